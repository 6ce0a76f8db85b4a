"""Tables of results for the terminal, made from tables of data and nothing else."""

import math

import pandas as pd
from rich.table import Table

from dysarthria_lightning.config import Config
from dysarthria_lightning.evaluation.intervals import Estimate
from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.reporting.content import select
from dysarthria_lightning.reporting.corpus import origin_note
from dysarthria_lightning.reporting.display import TOO_FEW
from dysarthria_lightning.reporting.paper.values import describe_features

_METRIC_NAMES = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}


def results_table(title: str, metrics: pd.DataFrame, caption: str) -> Table:
    """Show each level's metrics with their intervals.

    Args:
        title: What was judged.
        metrics: Rows of ``level``, ``metric``, ``value``, ``low``, ``high``.
        caption: What the reader must know.
    """
    table = Table(title=title, caption=caption, caption_justify="left", title_justify="left")
    table.add_column("%, with 95 % interval")
    for level in LEVELS:
        table.add_column(LEVELS[level].describe(), justify="right")
    for metric, name in _METRIC_NAMES.items():
        found = [select(metrics, level=level, metric=metric).iloc[0] for level in LEVELS]
        cells = [format_estimate(Estimate(row["value"], row["low"], row["high"])) for row in found]
        table.add_row(name, *cells)
    return table


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


def format_estimate(estimate: Estimate) -> str:
    """Write a value in per cent with its interval, or say why there is none."""
    if not math.isfinite(estimate.value):
        return "–"
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return f"{100 * estimate.value:.1f} ({TOO_FEW})"
    return f"{100 * estimate.value:.1f} ({100 * estimate.low:.1f}-{100 * estimate.high:.1f})"
