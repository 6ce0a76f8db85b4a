"""Whether patients' scores grow with a severity that no model has seen."""

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select_cell
from dysarthria_lightning.reporting.display import Text, TextTable, decimal, first_estimate_text
from dysarthria_lightning.reporting.drawings import SeverityScatter
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import best_cell, setting_name


def severity_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show patients' scores against their severity.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    models = {
        cell.model: (paper.model_name(cell.model), patients)
        for cell in cells
        if len(patients := select_cell(content.analysis.severity, cell))
    }
    best = best_cell(content, cells)
    shown = best.model if best and best.model in models else next(iter(models), "")
    table = _correlations(content, cells)
    return Section(
        "severity",
        "Score against severity",
        "Patients only. Models are never told how severe a patient is: do their scores grow with "
        f"it all the same? Shown: {setting_name(cells, content.noun)}.",
        ("severity.csv", "severity_correlation.csv"),
        [table] if table.rows else [],
        [SeverityScatter("severity-scores", models, shown)] if models else [],
    )


def _correlations(content: ReportContent, cells: list[Cell]) -> TextTable:
    rows = []
    for cell in cells:
        found = select_cell(content.analysis.severity_correlation, cell)
        if len(found):
            anchor = paper.cell_anchor(cell)
            n_patients = Text(str(found.iloc[0]["n_speakers"]), anchor=anchor)
            text = first_estimate_text(found, anchor, decimal)
            rows.append((paper.model_name(cell.model), [text, n_patients]))
    title = "Correlation of score and severity, patients only"
    return TextTable("spearman", title, ["Model", "Spearman's ρ", "Patients"], rows, [])
