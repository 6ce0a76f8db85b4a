"""What the ``intervals`` command shows of a table of scores."""

import math

import pandas as pd

from dysarthria_lightning.evaluation.levels import MEAN_SCORE
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.score_tables import ScoreTable
from dysarthria_lightning.reporting.content import number
from dysarthria_lightning.reporting.display import (
    DASH,
    Text,
    TextTable,
    interval_of,
    p_value,
    percent,
    value_range,
)
from dysarthria_lightning.reporting.estimands import (
    AUROC_NAMES,
    DIFFERENT,
    ONE_REPEAT,
    describe_chance,
    describe_interval,
    describe_pooled,
    describe_within_folds,
)


def scores_table(table: ScoreTable, values: pd.DataFrame, name: str, draws: int) -> TextTable:
    """Show the AUROCs of each score column.

    Args:
        table: The checked scores.
        values: What :func:`score_tables.judge_scores` returned first.
        name: Of the file.
        draws: Bootstrap samples that intervals are from.
    """
    rows: list[tuple[str, list[Text]]] = []
    for value in (row for _, row in values.iterrows() if _is_shown(row, table)):
        level = "speakers" if value["level"] == MEAN_SCORE.key else "single rows"
        of_one_model = value["metric"] == WITHIN_FOLDS and not table.has_folds
        statistic = "AUROC" if of_one_model else AUROC_NAMES[value["metric"]]
        label = f"{value['score']}, {level}: {statistic}"
        rows.append((label, _texts(value, table.n_repeats)))
    header = ["%", "Value", "95 % interval", "Chance"]
    if table.n_repeats > 1:
        header.append("Repeats")
    speakers = table.rows.drop_duplicates("speaker_id")
    title = (
        f"{name}: {len(speakers)} speakers ({int(speakers['label'].sum())} dysarthric), "
        f"{len(table.rows):,} rows, {table.n_repeats} repeat{'' if table.n_repeats == 1 else 's'}"
    )
    return TextTable(
        "scores", title, header, rows, [("", note) for note in _notes(table, values, draws)]
    )


def comparisons_table(comparisons: pd.DataFrame) -> TextTable:
    """Show how score columns compare by speaker.

    Args:
        comparisons: What :func:`score_tables.judge_scores` returned second.
    """
    rows = []
    for _, pair in comparisons.iterrows():
        texts = [
            percent(number(pair["difference"])),
            _difference_range(number(pair["low"]), number(pair["high"])),
            p_value(number(pair["p_holm"])),
            "yes" if pair["differs"] else "not shown",
            percent(number(pair["detectable"])),
        ]
        rows.append((f"{pair['model']} less {pair['other']}", [Text(text) for text in texts]))
    header = ["AUROC of speakers, points", "Difference", "95 % interval", "p", "Different?"]
    return TextTable(
        "comparisons",
        "Comparisons",
        [*header, "Smallest that could be found"],
        rows,
        [("", DIFFERENT)],
    )


def _is_shown(row: "pd.Series[object]", table: ScoreTable) -> bool:
    """Whether a row says something: one model's pooled scores are its scores within the fold."""
    if row["metric"] == "auroc":
        return table.has_folds
    return math.isfinite(number(row["value"]))


def _texts(value: "pd.Series[object]", n_repeats: int) -> list[Text]:
    numbers = {
        name: number(value[name])
        for name in ("value", "low", "high", "chance_low", "chance_high", "smallest", "largest")
    }
    texts = [
        percent(numbers["value"]),
        interval_of(
            *(numbers[name] for name in ("value", "low", "high")),
            reason=str(value.get("reason") or ""),
        ),
        value_range(numbers["chance_low"], numbers["chance_high"]) or DASH,
    ]
    if n_repeats > 1:
        texts.append(value_range(numbers["smallest"], numbers["largest"]))
    return [Text(text) for text in texts]


def _notes(table: ScoreTable, values: pd.DataFrame, draws: int) -> list[str]:
    within = values[values["metric"] == WITHIN_FOLDS]["value"]
    notes = []
    if table.has_folds:
        compared = bool(within.notna().all())
        notes.append(describe_within_folds() if compared else describe_pooled(only=True))
    notes += [describe_interval(table.n_repeats, draws), describe_chance()]
    if table.has_folds and table.n_repeats == 1:
        notes.append(ONE_REPEAT)
    return notes


def _difference_range(low: float, high: float) -> str:
    # A dash between would be read as another minus.
    return f"{percent(low)} to {percent(high)}" if math.isfinite(low + high) else DASH
