"""Thresholds that were chosen before the test speakers came."""

import pandas as pd

from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select, select_cell
from dysarthria_lightning.reporting.display import TextTable, capitalised, first_estimate_text
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import setting_name

_MEASURES = ("sensitivity", "specificity")
# With fewer, 90 % of them means all of them.
_TEN = 10


def operating_points_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show sensitivity and specificity under thresholds of validation speakers.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    table = content.analysis.operating_points
    places = [(rule, m) for rule in ("specificity", "sensitivity") for m in _MEASURES]
    rows = []
    for cell in cells:
        for level in LEVELS.values():
            of_level = select_cell(table, cell, level=level.key)
            if of_level.empty:
                continue
            texts = [
                first_estimate_text(select(of_level, rule=rule, measure=m), paper.cell_anchor(cell))
                for rule, m in places
            ]
            judged = level.describe(content.noun.plural)
            rows.append((f"{paper.model_name(cell.model)}, {judged}", texts))
    header = ["Model", *(f"{capitalised(m)}, threshold for 90\u00a0% {rule}" for rule, m in places)]
    return Section(
        "operating-points",
        "Sensitivity and specificity",
        f"Of test speakers (%). {describe_thresholds(content, cells)} "
        f"Shown: {setting_name(cells, content.noun)}.",
        ("operating_points.csv",),
        [TextTable("operating", "Operating points", header, rows, [])] if rows else [],
    )


def describe_thresholds(content: ReportContent, cells: list[Cell]) -> str:
    """Say on how many validation speakers thresholds rest, and what follows from it.

    Args:
        content: Of the report.
        cells: Whose thresholds they are.
    """
    counts = [
        validation.drop_duplicates("speaker_id")["label"]
        .value_counts()
        .reindex([0, 1], fill_value=0)
        for cell in cells
        for repeat in content.study.crossvalidations[cell]
        for _, validation in repeat.validation.groupby("fold")
    ]
    if not counts:
        return ""
    of_fold = pd.DataFrame(counts)
    dysarthric, healthy = (_range(of_fold[label]) for label in (1, 0))
    all_of_them = (
        " Among fewer than ten speakers of a class, 90 % means all of them."
        if of_fold.to_numpy().min() < _TEN
        else ""
    )
    return (
        f"Each threshold was chosen on the validation speakers of its fold, {dysarthric} "
        f"dysarthric and {healthy} healthy, for at least 90 % specificity or sensitivity there."
        f"{all_of_them} The same speakers chose the epoch, so thresholds are optimistic, and the "
        "intervals take them as given."
    )


def _range(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low} to {high}"
