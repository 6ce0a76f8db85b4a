"""The results of one cross-validation as the ``report`` command shows them."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.evaluation.metrics import AUROCS, WITHIN_FOLDS
from dysarthria_lightning.reporting.content import number, select
from dysarthria_lightning.reporting.corpus import origin_note
from dysarthria_lightning.reporting.display import (
    DASH,
    Text,
    TextTable,
    capitalised,
    value_range,
    with_interval,
)
from dysarthria_lightning.reporting.estimands import (
    AUROC_NAMES,
    describe_chance,
    describe_interval,
    describe_pooled,
    describe_within_folds,
)
from dysarthria_lightning.reporting.metric_notes import metric_notes
from dysarthria_lightning.reporting.nouns import Noun, noun_of_settings
from dysarthria_lightning.reporting.paper.values import describe_features, model_name

# Enough to tell corpora apart by eye.
_KEY_DIGITS = 8

_METRIC_NAMES = {
    **AUROC_NAMES,
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}


def results_table(
    title: str, metrics: pd.DataFrame, notes: list[str], noun: Noun, *, several_models: bool
) -> TextTable:
    """Show each level's metrics with their intervals.

    Args:
        title: What was judged.
        metrics: What :func:`analysis.judge` returned.
        several_models: Whether the folds' models each judged some speakers.
        notes: What the reader must know.
        noun: What the corpus's recordings are called.
    """
    levels = [level for level in LEVELS.values() if len(select(metrics, level=level.key))]
    rows = []
    for metric, name in _METRIC_NAMES.items():
        found = [select(metrics, level=level.key, metric=metric) for level in levels]
        texts = [_text(rows_of.iloc[0]) if len(rows_of) else Text(DASH) for rows_of in found]
        is_one_of_two = metric in AUROCS and not several_models
        if is_one_of_two and metric == WITHIN_FOLDS:
            rows.append(("AUROC", texts))
        elif not is_one_of_two and any(text.value != DASH for text in texts):
            rows.append((name, texts))
    header = [
        "%, with 95 % interval",
        *(capitalised(level.describe(noun.plural)) for level in levels),
    ]
    notes = [*notes, *metric_notes(levels)]
    return TextTable("results", title, header, rows, [("", note) for note in notes])


def results_notes(metrics: pd.DataFrame, noun: Noun, *, several_models: bool) -> list[str]:
    """Say what the values are, and what their intervals hold.

    Args:
        metrics: What :func:`analysis.judge` returned.
        noun: What the corpus's recordings are called.
        several_models: Whether the folds' models each judged some speakers.
    """
    within = select(metrics, metric=WITHIN_FOLDS)
    n_repeats = int(within["repeats"].max())
    notes = []
    if several_models:
        compared = bool(within["value"].notna().any())
        notes.append(describe_within_folds() if compared else describe_pooled(only=True))
    called = f"{capitalised(noun.plural)} and speakers are called dysarthric above probability 0.5."
    if metrics["chance_low"].notna().any():
        notes.append(describe_chance())
    return [*notes, describe_interval(n_repeats), called]


def with_references(table: TextTable, references: dict[str, pd.DataFrame]) -> TextTable:
    """Put what the references reach under what a model does.

    Args:
        table: What :func:`results_table` returned.
        references: By the name of each model what :func:`analysis.judge` returned.
    """
    rows = list(table.rows)
    for model, metrics in references.items():
        levels = [level.key for level in LEVELS.values() if len(select(metrics, level=level.key))]
        texts = []
        for level in levels:
            found = [select(metrics, level=level, metric=metric).iloc[0] for metric in AUROCS]
            defined = [row for row in found if math.isfinite(number(row["value"]))]
            texts.append(_text((defined or found)[0]))
        rows.append((f"AUROC of {model_name(model)}", texts))
    return replace(table, rows=rows)


def _text(row: "pd.Series[Any]") -> Text:
    spread = value_range(number(row["smallest"]), number(row["largest"]))
    return Text(
        with_interval(
            *(number(row[end]) for end in ("value", "low", "high")),
            reason=str(row.get("reason") or ""),
        ),
        spread=spread if row["repeats"] > 1 else "",
        chance=value_range(number(row["chance_low"]), number(row["chance_high"])),
    )


def results_title(
    configs: Sequence[Config],
    predictions: pd.DataFrame,
    records: list[dict[str, Any]],
    *,
    compared: bool,
) -> str:
    """Say which cross-validation a table is about.

    Args:
        configs: The configuration of each of its repeats.
        predictions: The test predictions of all.
        records: Of its folds' runs.
        compared: Whether the corpus that was trained is known to be the one that is there now.
    """
    config = configs[0]
    speakers = predictions.groupby("speaker_id")["label"].first()
    n_recordings = predictions["recording_id"].nunique()
    folds, noun = config.protocol.folds, noun_of_settings(config)
    parts = [
        config.data.corpus,
        config.protocol.short_name.replace("_", " "),
        config.model.name,
        describe_features(config.features_name),
        f"subset {config.subset.name}",
        _describe_repeats(configs),
        *([f"tag {config.tag}"] if config.tag else []),
        *(["labels permuted"] if config.data.permuted_labels is not None else []),
    ]
    return (
        f"{origin_note(config)}{', '.join(parts)}\n"
        f"{len(speakers)} test speakers ({int(speakers.sum())} dysarthric), "
        f"{n_recordings:,} {noun.plural}, {folds} fold{'s' if folds > 1 else ''}\n"
        f"{_trained(records)}{'' if compared else '; not compared with recordings'}"
    )


def _describe_repeats(configs: Sequence[Config]) -> str:
    if all(config.split_seed == config.seed for config in configs):
        numbers = [config.seed for config in configs]
        if len(numbers) == 1:
            return f"repeat {numbers[0]}"
        if numbers == list(range(numbers[0], numbers[-1] + 1)):
            return f"repeats {numbers[0]} to {numbers[-1]}"
        return f"repeats {', '.join(map(str, numbers))}"
    return f"split {configs[0].split_seed}, seed {configs[0].seed}"


def _trained(records: list[dict[str, Any]]) -> str:
    key = records[0]["fingerprint"]["corpus"]["content"]
    dates = sorted({record["finished"][:10] for record in records})
    period = " to ".join(dict.fromkeys([dates[0], dates[-1]]))
    return f"corpus content {key[:_KEY_DIGITS]}, trained {period}"
