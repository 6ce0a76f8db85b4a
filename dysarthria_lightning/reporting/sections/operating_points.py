"""Thresholds that were chosen on other speakers than those who meet them."""

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.levels import LEVELS, NOISY_OR, SOFT_MAJORITY, Level
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.evaluation.thresholds import OTHER_FOLDS, RULES
from dysarthria_lightning.reporting.content import ReportContent, number, select, select_cell
from dysarthria_lightning.reporting.display import (
    NEVER_CHANGES,
    Text,
    TextTable,
    capitalised,
    first_estimate_text,
    percent,
    with_interval,
)
from dysarthria_lightning.reporting.drawings import Line, Panel
from dysarthria_lightning.reporting.estimands import POINTWISE
from dysarthria_lightning.reporting.metric_notes import CASE_MIX
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import setting_name

_MEASURES = ("sensitivity", "specificity")
_CLASSES = {"sensitivity": "dysarthric", "specificity": "healthy"}
_CURVES = (
    "The curves give both for any such share, under the threshold for 90\u00a0% specificity, with "
    f"percentiles of bootstrap draws. {POINTWISE} "
)
_PREVALENCE_TICKS = (0.1, 1, 10, 50)
_PREDICTIVE = {"ppv": "PPV", "npv": "NPV"}
#: Beside what cross-fitted thresholds come to.
BIASED = (
    "Biased low in sensitivity where folds are not stratified; in specificity under a threshold "
    "for 90\u00a0% sensitivity."
)
# With fewer, 90 % of them means all of them.
_TEN = 10


def operating_points_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show sensitivity, specificity and predictive values under thresholds of other speakers.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    tables, folded = (
        [
            _rates(content, cells, levels),
            *(_predictive_values(content, cells, levels, rule) for rule in RULES),
        ]
        for levels in ([it for it in LEVELS.values() if it != NOISY_OR], [NOISY_OR])
    )
    charts = _curves(content, cells)
    of_people = (
        "PPV is the share of those called dysarthric who are, NPV the share of the others who are "
        "not, by Bayes' theorem for people of whom as many are dysarthric as stated "
        f"(report.prevalences sets other shares). {CASE_MIX} "
        f"{_CURVES if charts else ''}"
    )
    return Section(
        "operating-points",
        "Sensitivity and specificity",
        "Of test speakers (%), under thresholds that were chosen on other speakers. "
        f"Shown: {setting_name(cells, content.noun)}.",
        ("operating_points.csv", "predictive_values.csv", "predictive_curves.csv"),
        [table for table in tables if table.rows],
        [*charts],
        folded_title=capitalised(NOISY_OR.name),
        folded_tables=[table for table in folded if table.rows],
        reading=f"{describe_thresholds(content, cells)} "
        f"{of_people if any(table.rows for table in tables[1:]) else ''}".strip(),
    )


def _curves(content: ReportContent, cells: list[Cell]) -> list[Panel]:
    """Draw predictive values over the prevalence, under thresholds that fix the specificity."""
    table = select(content.analysis.predictive_curves, level=SOFT_MAJORITY.key, rule="specificity")
    panels = []
    for measure, name in _PREDICTIVE.items():
        lines = [
            _curve(cell, rows)
            for cell in cells
            if len(rows := select_cell(table, cell, measure=measure))
        ]
        if lines:
            panels.append(
                Panel(
                    f"predictive-{measure}",
                    f"{name}, {SOFT_MAJORITY.name}",
                    "Share who are dysarthric (%)",
                    f"{name} (%)",
                    lines,
                    summary_name=name,
                    y_range=(-1, 101),
                    x_ticks=_PREVALENCE_TICKS,
                    log_x=True,
                )
            )
    return panels


def _curve(cell: Cell, rows: pd.DataFrame) -> Line:
    x, y, low, high = (
        100 * rows[column].to_numpy(float) for column in ("prevalence", "value", "low", "high")
    )
    at_ten = [float(np.interp(np.log(10), np.log(x), ends)) / 100 for ends in (y, low, high)]
    name = paper.model_name(cell.model)
    summary = f"{with_interval(*at_ten)} at 10 %"
    return Line(cell.model, name, x, y, low, high, summary)


def describe_thresholds(content: ReportContent, cells: list[Cell]) -> str:
    """Say on whom thresholds rest, and what follows from it.

    Args:
        content: Of the report.
        cells: Whose thresholds they are.
    """
    parts = [select_cell(content.analysis.operating_points, cell) for cell in cells]
    parts = [part for part in parts if len(part)]
    if not parts:
        return ""
    table = pd.concat(parts)
    said = [_describe_source(str(source), rows) for source, rows in table.groupby("chosen_on")]
    few = (
        "Among fewer than ten speakers of a class, 90 % means all of them. "
        if table["n_chosen_on"].min() < _TEN
        else ""
    )
    return (
        f"{' '.join(said)} {few}What thresholds reached on the speakers they were chosen on stands "
        "beside what they come to; the intervals take them as given."
    )


def _describe_source(source: str, rows: pd.DataFrame) -> str:
    dysarthric, healthy = (int(select(rows, rule=rule)["n_chosen_on"].min()) for rule in _MEASURES)
    counts = f"{dysarthric} dysarthric and {healthy} healthy speakers or more"
    if source == OTHER_FOLDS:
        return (
            "Thresholds are cross-fitted: each fold's was chosen for at least 90 % specificity or "
            "sensitivity on the test speakers of the other folds, judged by those folds' own "
            f"models, and never on its own ({counts}), who did train those models. Scores of "
            "different folds' models are not perfectly comparable, so a threshold may be too low "
            "or too high for another fold's."
        )
    return (
        "Each threshold was chosen on the validation speakers of its fold, because other folds do "
        "not have test speakers of both classes to choose on, for at least 90 % specificity or "
        f"sensitivity there ({counts}). The same speakers chose the epoch, so thresholds are "
        "optimistic."
    )


def _rates(content: ReportContent, cells: list[Cell], levels: list[Level]) -> TextTable:
    header = ["Model"]
    for rule in ("specificity", "sensitivity"):
        header += [f"{capitalised(it)}, threshold for 90\u00a0% {rule}" for it in _MEASURES]
        header.append(f"{capitalised(rule)} where it was chosen")
    rows = []
    for name, anchor, of_level in _by_level(
        content, content.analysis.operating_points, cells, levels
    ):
        texts = []
        for rule in ("specificity", "sensitivity"):
            of_rule = select(of_level, rule=rule)
            texts += [
                first_estimate_text(
                    select(of_rule, measure=measure), anchor, none_because=NEVER_CHANGES
                )
                for measure in _MEASURES
            ]
            texts.append(_attained(of_rule.iloc[0], anchor))
        rows.append((name, texts))
    name = f"operating{_suffix(levels)}"
    return TextTable(name, "Operating points", header, rows, _bias_note(content, cells))


def _suffix(levels: list[Level]) -> str:
    """Part the names of tables of folded levels from those of others."""
    return "-noisy-or" if levels == [NOISY_OR] else ""


def _bias_note(content: ReportContent, cells: list[Cell]) -> list[tuple[str, str]]:
    """Say that cross-fitted thresholds are biased, where there are any."""
    table = content.analysis.operating_points
    found = any(len(select_cell(table, cell, chosen_on=OTHER_FOLDS)) for cell in cells)
    return [("", BIASED)] if found else []


def _attained(row: pd.Series, anchor: str) -> Text:
    n, of_class = int(row["n_chosen_on"]), _CLASSES[str(row["rule"])]
    return Text(percent(number(row["attained"])), note=f"on {n} {of_class}", anchor=anchor)


def _predictive_values(
    content: ReportContent, cells: list[Cell], levels: list[Level], rule: str
) -> TextTable:
    table = select(content.analysis.predictive_values, rule=rule)
    prevalences = sorted(table["prevalence"].unique()) if len(table) else []
    places = [(prevalence, measure) for prevalence in prevalences for measure in _PREDICTIVE]
    rows = []
    for name, anchor, of_level in _by_level(content, table, cells, levels):
        texts = [
            first_estimate_text(
                select(of_level, prevalence=prevalence, measure=measure),
                anchor,
                none_because=NEVER_CHANGES,
            )
            for prevalence, measure in places
        ]
        rows.append((name, texts))
    header = [
        "Model",
        *(f"{_PREDICTIVE[it]} where {100 * share:g}\u00a0% are dysarthric" for share, it in places),
    ]
    title = f"Predictive values, threshold for 90\u00a0% {rule}"
    name = f"predictive-{rule}{_suffix(levels)}"
    return TextTable(name, title, header, rows, _bias_note(content, cells))


def _by_level(
    content: ReportContent, table: pd.DataFrame, cells: list[Cell], levels: list[Level]
) -> list[tuple[str, str, pd.DataFrame]]:
    """List the name, the anchor and the rows of each model and level that a table has."""
    found = []
    for cell in cells:
        of_cell = select_cell(table, cell)
        for level in levels:
            rows = select(of_cell, level=level.key)
            if len(rows):
                name = f"{paper.model_name(cell.model)}, {level.describe(content.noun.plural)}"
                found.append((name, paper.cell_anchor(cell), rows))
    return found
