"""How much of a speaker has to be heard."""

import math

import pandas as pd

from dysarthria_lightning.evaluation.levels import NOISY_OR, SOFT_MAJORITY, SPEAKER_LEVELS, Level
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select, select_cell
from dysarthria_lightning.reporting.display import (
    TextTable,
    capitalised,
    first_estimate_text,
    percent,
)
from dysarthria_lightning.reporting.drawings import Line, Panel
from dysarthria_lightning.reporting.estimands import POINTWISE
from dysarthria_lightning.reporting.nouns import Noun
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.caveats import left_out_note, pooled_note
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import no_pairs_note, setting_name

_ONE_POINT = 0.01


def reading_length_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show the AUROC that a few recordings of each speaker reach, and where it levels off.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    table, noun = content.analysis.reading_length, content.noun
    levels = [level for level in SPEAKER_LEVELS.values() if level != NOISY_OR]
    charts, folded = (
        [panel for level in shown if (panel := _panel(table, cells, level, noun))]
        for shown in (levels, [NOISY_OR])
    )
    soft = {
        cell: rows.sort_values("n_recordings")
        for cell in cells
        if len(rows := select_cell(table, cell, level=SOFT_MAJORITY.key))
    }
    return Section(
        "reading-length",
        "How much has to be read?",
        f"Speaker-level AUROC when only so many {noun.plural} of each speaker are used. "
        f"{_levelling_off(soft)}{POINTWISE} {no_pairs_note(table)}"
        f"{pooled_note(content, list(soft))}{left_out_note(content, cells)}"
        f"Shown: {setting_name(cells, content.noun)}.",
        ("reading_length.csv",),
        charts=[*charts],
        folded_title=capitalised(NOISY_OR.name),
        folded_charts=[*folded],
        tables_below=[_table(soft, noun)] if soft else [],
    )


def levels_off_at(rows: pd.DataFrame) -> int | None:
    """Return the fewest recordings from which on the AUROC is that with all, to one point.

    Args:
        rows: ``n_recordings``, in order, and ``value``; the last are all recordings.

    Returns:
        None where the AUROC is not defined.
    """
    values = rows["value"].to_numpy(float)
    if not math.isfinite(values[-1]):
        return None
    # A difference of exactly a point counts, however it was rounded.
    near = abs(values - values[-1]) <= _ONE_POINT + 1e-9
    first = len(near)
    while first > 0 and near[first - 1]:
        first -= 1
    return int(rows["n_recordings"].iloc[first])


def _levelling_off(soft: dict[Cell, pd.DataFrame]) -> str:
    found = {cell: n for cell, rows in soft.items() if (n := levels_off_at(rows)) is not None}
    if not found:
        return ""
    parts = [
        f"{paper.model_name(cell.model)} {n} of {soft[cell]['n_recordings'].max()}"
        for cell, n in found.items()
    ]
    return (
        "Of the numbers tried, the fewest from which on the AUROC (soft majority) lies within "
        f"1 point of that with all: {', '.join(parts)}. "
    )


def _table(soft: dict[Cell, pd.DataFrame], noun: Noun) -> TextTable:
    lengths = sorted({int(n) for rows in soft.values() for n in rows["n_recordings"]})
    rows = [
        (
            f"{n} (all)" if n == lengths[-1] else str(n),
            [
                first_estimate_text(select(rows, n_recordings=n), paper.cell_anchor(cell))
                for cell, rows in soft.items()
            ],
        )
        for n in lengths
    ]
    header = [_axis(noun), *(paper.model_name(cell.model) for cell in soft)]
    title = f"AUROC by number of {noun.plural}, soft majority (%)"
    return TextTable("reading-length-table", title, header, rows, [])


def _panel(table: pd.DataFrame, cells: list[Cell], level: Level, noun: Noun) -> Panel | None:
    lines = []
    for cell in cells:
        rows = select_cell(table, cell, level=level.key)
        if rows.empty:
            continue
        rows = rows.sort_values("n_recordings")
        x, y, low, high = (
            rows[column].to_numpy(float) for column in ("n_recordings", "value", "low", "high")
        )
        summary = f"from {percent(y[0])} with {x[0]:.0f} to {percent(y[-1])} with {x[-1]:.0f}"
        lines.append(Line(cell.model, paper.model_name(cell.model), x, y, low, high, summary))
    if not lines:
        return None
    return Panel(
        f"reading-{level.key}",
        capitalised(level.name),
        _axis(noun),
        "AUROC",
        lines,
        x_ticks=_apart(sorted({int(n) for line in lines for n in line.x})),
        log_x=True,
    )


def _axis(noun: Noun) -> str:
    return f"{capitalised(noun.plural)} of a speaker"


def _apart(lengths: list[int]) -> tuple[int, ...]:
    """Leave out ticks so near to the last that their labels would touch."""
    return tuple(n for n in lengths if n == lengths[-1] or 1.5 * n <= lengths[-1])
