"""Whether probabilities mean what they say."""

from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select_cell
from dysarthria_lightning.reporting.display import (
    TextTable,
    capitalised,
    decimal,
    first_estimate_text,
)
from dysarthria_lightning.reporting.drawings import Drawing, Reliability
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import setting_name


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
    tables = [_brier(content, cells, levels)]
    return Section(
        "calibration",
        "Calibration",
        f"Of {noun.plural} (or speakers) with a predicted probability of 0.7, seven in ten should "
        "be dysarthric; the dotted line is that ideal. The Brier score is the mean squared error "
        "of the probabilities: lower is better, 0.25 is what 0.5 throughout gets. "
        f"Shown: {setting_name(cells, noun)}.",
        ("calibration.csv", "brier.csv"),
        [table for table in tables if table.rows],
        _charts(content, cells, levels),
    )


def _charts(content: ReportContent, cells: list[Cell], levels: dict[str, str]) -> list[Drawing]:
    charts: list[Drawing] = []
    for level, name in levels.items():
        models = {
            cell.model: (paper.model_name(cell.model), bins)
            for cell in cells
            if len(bins := select_cell(content.analysis.calibration, cell, level=level))
        }
        if models:
            charts.append(Reliability(f"calibration-{level}", name, models))
    return charts


def _brier(content: ReportContent, cells: list[Cell], levels: dict[str, str]) -> TextTable:
    rows = []
    for cell in cells:
        scores = [select_cell(content.analysis.brier, cell, level=level) for level in levels]
        if any(len(score) for score in scores):
            anchor = paper.cell_anchor(cell)
            texts = [first_estimate_text(score, anchor, decimal) for score in scores]
            rows.append((paper.model_name(cell.model), texts))
    return TextTable("brier", "Brier score", ["Model", *levels.values()], rows, [])
