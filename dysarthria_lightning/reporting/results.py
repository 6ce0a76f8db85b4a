"""The results of one cross-validation as the ``report`` command shows them."""

from typing import Any

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.reporting.content import number, select
from dysarthria_lightning.reporting.corpus import origin_note
from dysarthria_lightning.reporting.display import Text, TextTable, capitalised, with_interval
from dysarthria_lightning.reporting.metric_notes import metric_notes
from dysarthria_lightning.reporting.nouns import Noun, noun_of_settings
from dysarthria_lightning.reporting.paper.values import describe_features

# Enough to tell corpora apart by eye.
_KEY_DIGITS = 8

_METRIC_NAMES = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}


def results_table(title: str, metrics: pd.DataFrame, notes: list[str], noun: Noun) -> TextTable:
    """Show each level's metrics with their intervals.

    Args:
        title: What was judged.
        metrics: Rows of ``level``, ``metric``, ``value``, ``low``, ``high``.
        notes: What the reader must know.
        noun: What the corpus's recordings are called.
    """
    levels = [level for level in LEVELS.values() if len(select(metrics, level=level.key))]
    rows = []
    for metric, name in _METRIC_NAMES.items():
        found = [select(metrics, level=level.key, metric=metric).iloc[0] for level in levels]
        ends = [[number(row[end]) for end in ("value", "low", "high")] for row in found]
        rows.append((name, [Text(with_interval(*of_level)) for of_level in ends]))
    header = [
        "%, with 95 % interval",
        *(capitalised(level.describe(noun.plural)) for level in levels),
    ]
    notes = [*notes, *metric_notes(levels)]
    return TextTable("results", title, header, rows, [("", note) for note in notes])


def results_title(
    config: Config, predictions: pd.DataFrame, records: list[dict[str, Any]], *, compared: bool
) -> str:
    """Say which cross-validation a table is about.

    Args:
        config: Its configuration.
        predictions: The pooled test predictions.
        records: Of its folds' runs.
        compared: Whether the corpus that was trained is known to be the one that is there now.
    """
    speakers = predictions.groupby("speaker_id")["label"].first()
    folds, noun = config.protocol.folds, noun_of_settings(config)
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
        f"{len(predictions):,} {noun.plural}, {folds} fold{'s' if folds > 1 else ''}\n"
        f"{_trained(records)}{'' if compared else '; not compared with recordings'}"
    )


def _trained(records: list[dict[str, Any]]) -> str:
    key = records[0]["fingerprint"]["corpus"]["content"]
    dates = sorted({record["finished"][:10] for record in records})
    period = " to ".join(dict.fromkeys([dates[0], dates[-1]]))
    return f"corpus content {key[:_KEY_DIGITS]}, trained {period}"
