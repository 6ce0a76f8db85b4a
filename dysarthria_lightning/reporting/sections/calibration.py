"""Whether probabilities mean what they say."""

import math

import pandas as pd

from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, number, select, select_cell
from dysarthria_lightning.reporting.display import (
    DASH,
    NEVER_CHANGES,
    Text,
    TextTable,
    capitalised,
    decimal,
    first_estimate_text,
)
from dysarthria_lightning.reporting.drawings import Drawing, Reliability
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.caveats import few_speakers_note
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import setting_name

_MEASURES = {
    "slope": "slope",
    "intercept": "intercept",
    "observed_expected": "observed : expected",
}
_READING = (
    "The bars, shown of one model at a time, are 95 % intervals from a bootstrap of speakers, each "
    "bin alone, of the predictions of all repeats together. The Brier score is the mean squared "
    "error of the probabilities: lower is better, 0.25 is what 0.5 throughout gets. Slope and "
    "intercept are of a logistic regression of the label on the probability's logit: 1 and 0 are "
    "ideal, and a slope below 1 means probabilities that are too extreme. Observed : expected is "
    "the number of those who are dysarthric over the sum of the probabilities: 1 is ideal. It and "
    "the intercept are of this mix of dysarthric and healthy speakers. All are of the pooled "
    "scores of all folds, and the slope is biased low where folds are not stratified."
)


def calibration_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Compare predicted probabilities with the share that is dysarthric.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    noun = content.noun
    levels = {
        level.key: capitalised(level.describe(noun.plural))
        for level in LEVELS.values()
        if level.to_probability is not None
    }
    tables = [_brier(content, cells, levels), _slopes(content, cells, levels)]
    if not any(table.rows for table in tables):
        note = few_speakers_note(content, cells, "calibration and net benefit")
        return Section("calibration", "Calibration", note.strip(), (), only_text=bool(note))
    return Section(
        "calibration",
        "Calibration",
        f"Of {noun.plural} (or speakers) with a predicted probability of 0.7, seven in ten should "
        f"be dysarthric; the dotted line is that ideal. Shown: {setting_name(cells, noun)}.",
        ("calibration.csv", "calibration_slopes.csv", "brier.csv"),
        [table for table in tables if table.rows],
        _charts(content, cells, levels),
        reading=_READING,
    )


def _charts(content: ReportContent, cells: list[Cell], levels: dict[str, str]) -> list[Drawing]:
    charts: list[Drawing] = []
    slopes = content.analysis.calibration_slopes
    for level, name in levels.items():
        models = {
            cell.model: (paper.model_name(cell.model), bins)
            for cell in cells
            if len(bins := select_cell(content.analysis.calibration, cell, level=level))
        }
        if models:
            summaries = {
                cell.model: said
                for cell in cells
                if (said := _summary(select_cell(slopes, cell, level=level)))
            }
            charts.append(Reliability(f"calibration-{level}", name, models, summaries))
    return charts


def _summary(rows: pd.DataFrame) -> str:
    """State slope and intercept with their intervals; nothing where there is no line."""
    parts = []
    for measure in ("slope", "intercept"):
        text = _slope(select(rows, measure=measure), "")
        if text.value != DASH:
            parts.append(f"{measure} {text.value} ({text.interval})")
    return ", ".join(parts)


def _brier(content: ReportContent, cells: list[Cell], levels: dict[str, str]) -> TextTable:
    rows = []
    for cell in cells:
        scores = [select_cell(content.analysis.brier, cell, level=level) for level in levels]
        if any(len(score) for score in scores):
            anchor = paper.cell_anchor(cell)
            texts = [
                first_estimate_text(score, anchor, decimal, none_because=NEVER_CHANGES)
                for score in scores
            ]
            rows.append((paper.model_name(cell.model), texts))
    return TextTable("brier", "Brier score", ["Model", *levels.values()], rows, [])


def _slopes(content: ReportContent, cells: list[Cell], levels: dict[str, str]) -> TextTable:
    table = content.analysis.calibration_slopes
    places = [(level, measure) for level in levels for measure in _MEASURES]
    rows = []
    for cell in cells:
        of_cell = select_cell(table, cell)
        if len(of_cell):
            found = [select(of_cell, level=level, measure=measure) for level, measure in places]
            texts = [_slope(of_place, paper.cell_anchor(cell)) for of_place in found]
            rows.append((paper.model_name(cell.model), texts))
    header = ["Model", *(f"{levels[level]}: {_MEASURES[measure]}" for level, measure in places)]
    title = "Calibration slope, intercept, and observed : expected"
    return TextTable("calibration-slopes", title, header, rows, [])


def _slope(rows: pd.DataFrame, anchor: str) -> Text:
    reason = str(rows.iloc[0]["reason"]) if len(rows) else ""
    if reason and not math.isfinite(number(rows.iloc[0]["value"])):
        return Text(DASH, note=reason, anchor=anchor)
    return first_estimate_text(rows, anchor, decimal, none_because=reason or NEVER_CHANGES)
