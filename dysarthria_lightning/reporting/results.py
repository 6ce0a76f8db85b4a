"""The results of one cross-validation as the ``report`` command shows them."""

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.reporting.content import number, select
from dysarthria_lightning.reporting.corpus import origin_note
from dysarthria_lightning.reporting.display import Text, TextTable, capitalised, with_interval
from dysarthria_lightning.reporting.paper.values import describe_features

_METRIC_NAMES = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}


def results_table(title: str, metrics: pd.DataFrame, notes: list[str]) -> TextTable:
    """Show each level's metrics with their intervals.

    Args:
        title: What was judged.
        metrics: Rows of ``level``, ``metric``, ``value``, ``low``, ``high``.
        notes: What the reader must know.
    """
    levels = [level for level in LEVELS.values() if len(select(metrics, level=level.key))]
    rows = []
    for metric, name in _METRIC_NAMES.items():
        found = [select(metrics, level=level.key, metric=metric).iloc[0] for level in levels]
        ends = [[number(row[end]) for end in ("value", "low", "high")] for row in found]
        rows.append((name, [Text(with_interval(*of_level)) for of_level in ends]))
    header = ["%, with 95 % interval", *(capitalised(level.describe()) for level in levels)]
    return TextTable("results", title, header, rows, [("", note) for note in notes])


def results_title(config: Config, predictions: pd.DataFrame) -> str:
    """Say which cross-validation a table is about.

    Args:
        config: Its configuration.
        predictions: The pooled test predictions.
    """
    speakers = predictions.groupby("speaker_id")["label"].first()
    folds = config.protocol.folds
    parts = [
        config.data.corpus,
        config.protocol.name.replace("_", " "),
        config.model.name,
        describe_features(config.features_name),
        f"subset {config.subset.name}",
        f"split {config.split_seed}",
        f"seed {config.seed}",
        *([f"tag {config.tag}"] if config.tag else []),
    ]
    return (
        f"{origin_note(config)}{', '.join(parts)}\n"
        f"{len(speakers)} test speakers ({int(speakers.sum())} dysarthric), "
        f"{len(predictions):,} instances, {folds} fold{'s' if folds > 1 else ''}"
    )
