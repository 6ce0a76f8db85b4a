"""What the paper does not report: tests, operating points, calibration, and for whom it works.

All of it is about one setting, the paper's main experiment where that is finished.
"""

from dysarthria_lightning.evaluation.levels import LEVELS, SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select, select_cell
from dysarthria_lightning.reporting.display import (
    Text,
    TextTable,
    capitalised,
    decimal,
    first_estimate_text,
)
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.render.plotly import (
    calibration_chart,
    forest_chart,
    severity_chart,
)
from dysarthria_lightning.reporting.sections.comparisons import comparisons_section
from dysarthria_lightning.reporting.sections.groups import group_parts, group_points, groups_of
from dysarthria_lightning.reporting.sections.operating_points import operating_points_section
from dysarthria_lightning.reporting.sections.reading_length import reading_length_section
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import best_cell, setting_name, shown_cells

_TYPE_NAMES = {
    "monophthong": "monophthong",
    "compound_vowel": "compound vowel",
    "consonant_a": "consonant-/a/",
}


def beyond_sections(content: ReportContent) -> list[Section]:
    """Make the sections that have something to show.

    Args:
        content: Of the report.
    """
    cells = shown_cells(content)
    sections = [
        comparisons_section(content, cells),
        operating_points_section(content, cells),
        _calibration(content, cells),
        _subgroups(content, cells),
        _prompts(content, cells),
        _severity(content, cells),
        reading_length_section(content, cells),
    ]
    return [
        section
        for section in sections
        if section.tables or section.charts or section.folded_tables or section.folded
    ]


def _calibration(content: ReportContent, cells: list[Cell]) -> Section:
    calibration, brier = content.analysis.calibration, content.analysis.brier
    levels = {
        level.key: level.describe() for level in LEVELS.values() if level.to_probability is not None
    }
    charts = []
    for level, name in levels.items():
        models = {
            cell.model: (paper.model_name(cell.model), bins)
            for cell in cells
            if len(bins := select_cell(calibration, cell, level=level))
        }
        if models:
            charts.append(calibration_chart(f"calibration-{level}", capitalised(name), models))
    rows = []
    for cell in cells:
        scores = [select_cell(brier, cell, level=level) for level in levels]
        if any(len(score) for score in scores):
            texts = [
                first_estimate_text(score, paper.cell_anchor(cell), decimal) for score in scores
            ]
            rows.append((paper.model_name(cell.model), texts))
    header = ["Model", *(capitalised(name) for name in levels.values())]
    return Section(
        "calibration",
        "Calibration",
        "Of recordings (or speakers) with a predicted probability of 0.7, seven in ten should be "
        "dysarthric; the dotted line is that ideal. The Brier score is the mean squared error of "
        f"the probabilities: lower is better, 0.25 is what 0.5 throughout gets. {_shown(cells)}",
        ("calibration.csv", "brier.csv"),
        [TextTable("brier", "Brier score", header, rows, [])] if rows else [],
        charts,
    )


def _subgroups(content: ReportContent, cells: list[Cell]) -> Section:
    table = select(content.analysis.subgroups, level=SOFT_MAJORITY.key)
    groups = groups_of(table, cells, ["grouping", "group", "n_speakers", "n_dysarthric"])
    names = {
        (g.grouping, g.group): f"{g.grouping}: {g.group} ({g.n_dysarthric} of {g.n_speakers} "
        "dysarthric)"
        for g in groups.itertuples()
    }
    return Section(
        "subgroups",
        "Groups of speakers",
        "Speaker-level AUROC (%, soft majority) within groups. Groups are small: wide intervals "
        f"are no evidence of a difference, or of none. {_shown(cells)}",
        ("subgroups.csv",),
        *group_parts(table, cells, names, "subgroup", "AUROC by group"),
    )


def _prompts(content: ReportContent, cells: list[Cell]) -> Section:
    table = content.analysis.prompts
    types = groups_of(select(table, grouping="syllable_type"), cells, ["group", "n_recordings"])
    names = {
        ("syllable_type", g.group): f"{_TYPE_NAMES.get(g.group, g.group)} ({g.n_recordings:,})"
        for g in types.itertuples()
    }
    tables, charts = group_parts(table, cells, names, "type", "AUROC by type of syllable")
    best = best_cell(content, cells)
    folded = []
    syllables = select(table, grouping="syllable")
    if best and len(order := select_cell(syllables, best).sort_values("value", ascending=False)):
        groups = [str(group) for group in order["group"]]
        points = [
            group_points(select_cell(syllables, cell), cell, groups, visible=cell == best)
            for cell in cells
        ]
        title = "AUROC by syllable, from the best told apart"
        folded = [forest_chart("syllable-forest", title, "AUROC", groups, points)]
    return Section(
        "prompts",
        "Types of syllables and single prompts",
        "AUROC (%) of single recordings of new speakers, among those of one type or one prompt, "
        f"by the models trained on all of them. {_shown(cells)}",
        ("prompts.csv",),
        tables,
        charts,
        folded_title="Single prompts",
        folded=folded,
    )


def _severity(content: ReportContent, cells: list[Cell]) -> Section:
    models = {
        cell.model: (paper.model_name(cell.model), patients)
        for cell in cells
        if len(patients := select_cell(content.analysis.severity, cell))
    }
    best = best_cell(content, cells)
    shown = best.model if best and best.model in models else next(iter(models), "")
    rows = []
    for cell in cells:
        found = select_cell(content.analysis.severity_correlation, cell)
        if len(found):
            text = first_estimate_text(found, paper.cell_anchor(cell), decimal)
            n = Text(str(found.iloc[0]["n_speakers"]), anchor=paper.cell_anchor(cell))
            rows.append((paper.model_name(cell.model), [text, n]))
    header = ["Model", "Spearman's ρ", "Patients"]
    return Section(
        "severity",
        "Score against severity",
        "Patients only. Models are never told how severe a patient is: do their scores grow with "
        "it all the same? "
        f"{_shown(cells)}",
        ("severity.csv", "severity_correlation.csv"),
        [
            TextTable(
                "spearman", "Correlation of score and severity, patients only", header, rows, []
            )
        ]
        if rows
        else [],
        [severity_chart("severity-scores", models, shown)] if models else [],
    )


def _shown(cells: list[Cell]) -> str:
    return f"Shown: {setting_name(cells)}."
