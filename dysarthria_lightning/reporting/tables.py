"""Tables for the terminal, made from tables of data and nothing else."""

import math

import pandas as pd
from rich.table import Table

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.manifest import DYSARTHRIC, GENDERS, HEALTHY, LABEL_NAMES
from dysarthria_lightning.data.synthetic import DISCLAIMER
from dysarthria_lightning.evaluation.statistics import Estimate
from dysarthria_lightning.reporting.display import TOO_FEW

_LEVEL_NAMES = {
    "recording": "single instance",
    "speaker_soft_majority": "speaker, soft majority",
    "speaker_noisy_or": "speaker, noisy-OR",
}
_METRIC_NAMES = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}


def corpus_table(recordings: pd.DataFrame) -> Table:
    """Count speakers and recordings by class and gender, as the paper's Table I.

    Args:
        recordings: One row an instance, with ``speaker_id``, ``source_id``, ``label`` and
            ``gender``.
    """
    sources = recordings.drop_duplicates("source_id")
    genders: list[str | None] = [
        gender for gender in GENDERS if (sources["gender"] == gender).any()
    ]
    if sources["gender"].isna().any():
        genders.append(None)
    table = Table(title="Speakers \\[recordings]", caption_justify="left")
    table.add_column("")
    table.add_column("Ratio", justify="right")
    for gender in genders:
        table.add_column((gender or "gender unknown").capitalize(), justify="right")
    table.add_column("Total", justify="right")
    for label in (DYSARTHRIC, HEALTHY, None):
        rows = sources if label is None else sources[sources["label"] == label]
        cells = [_count(rows[_has_gender(rows, gender)]) for gender in genders]
        name = "Total" if label is None else LABEL_NAMES[label].capitalize()
        ratio = f"{100 * len(rows) / len(sources):.1f} %"
        table.add_row(name, ratio, *cells, _count(rows), end_section=label == HEALTHY)
    return table


def duration_table(recordings: pd.DataFrame) -> Table:
    """Show by class how long the recordings are, what is cut from them, and sample rates.

    All of these can give a class away without any dysarthria being heard.

    Args:
        recordings: One row an instance, with ``label``, ``n_frames``, ``source_id``,
            ``source_duration_s`` and ``sample_rate_hz``.
    """
    table = Table(title="Durations")
    headings = ("", "Recording, mean ± SD, s", "Range, s", "Instances", "Frames", "kHz")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "" else "right")
    for label in (DYSARTHRIC, HEALTHY):
        rows = recordings[recordings["label"] == label]
        sources = rows.drop_duplicates("source_id")
        seconds, frames = sources["source_duration_s"], rows["n_frames"]
        rates = sources["sample_rate_hz"].value_counts()
        table.add_row(
            LABEL_NAMES[label].capitalize(),
            f"{seconds.mean():.2f} ± {seconds.std(ddof=0):.2f}",
            f"{seconds.min():.2f}-{seconds.max():.2f}",
            f"{len(rows):,}",
            f"{frames.min()}-{frames.max()}",
            ", ".join(_rate(int(rate), count) for rate, count in rates.items()),
        )
    return table


def results_table(title: str, estimates: dict[str, dict[str, Estimate]], caption: str) -> Table:
    """Show each level's metrics with their intervals.

    Args:
        title: What was judged.
        estimates: By level, then by metric.
        caption: What the reader must know.
    """
    table = Table(title=title, caption=caption, caption_justify="left", title_justify="left")
    table.add_column("%, with 95 % interval")
    for level in estimates:
        table.add_column(_LEVEL_NAMES[level], justify="right")
    for metric, name in _METRIC_NAMES.items():
        cells = [format_estimate(by_metric[metric]) for by_metric in estimates.values()]
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
        f"{config.n_mfcc} coefficients",
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


def origin_note(config: Config) -> str:
    """Say that a corpus is synthetic, where it is; a line of its own."""
    return f"{DISCLAIMER.capitalize()}.\n" if config.data.layout == "synthetic" else ""


def format_estimate(estimate: Estimate) -> str:
    """Write a value in per cent with its interval, or say why there is none."""
    if not math.isfinite(estimate.value):
        return "–"
    if not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return f"{100 * estimate.value:.1f} ({TOO_FEW})"
    return f"{100 * estimate.value:.1f} ({100 * estimate.low:.1f}-{100 * estimate.high:.1f})"


def _has_gender(rows: pd.DataFrame, gender: str | None) -> "pd.Series[bool]":
    return rows["gender"].isna() if gender is None else rows["gender"] == gender


def _count(rows: pd.DataFrame) -> str:
    return f"{rows['speaker_id'].nunique()} \\[{len(rows):,}]"


def _rate(rate_hz: int, count: int) -> str:
    return f"features ×{count}" if rate_hz == 0 else f"{rate_hz / 1000:g} ×{count}"
