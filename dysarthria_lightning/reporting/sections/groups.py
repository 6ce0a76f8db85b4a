"""AUROC within groups of speakers or recordings, one row per group and one column per model."""

import math

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import number, select, select_cell
from dysarthria_lightning.reporting.display import TextTable, first_estimate_text
from dysarthria_lightning.reporting.drawings import Drawing, Forest, Points
from dysarthria_lightning.reporting.paper import values as paper


def groups_of(table: pd.DataFrame, cells: list[Cell], columns: list[str]) -> pd.DataFrame:
    """List the groups that any of the cells has, in the table's order.

    Args:
        table: With the cells' columns and the groups'.
        cells: Those that count.
        columns: That describe a group.
    """
    parts = [part[columns] for cell in cells if len(part := select_cell(table, cell))]
    return pd.concat(parts).drop_duplicates() if parts else pd.DataFrame(columns=columns)


def group_parts(
    table: pd.DataFrame,
    cells: list[Cell],
    names: dict[tuple[str, str], str],
    name: str,
    title: str,
) -> tuple[list[TextTable], list[Drawing]]:
    """Make a table and a chart of groups.

    Args:
        table: With the cells' columns, ``grouping``, ``group``, ``value``, ``low``, ``high``.
        cells: One column each.
        names: What to call a (grouping, group), in order.
        name: Unique on the page.
        title: Stands above both.

    Returns:
        A list of one table, one of one chart; empty ones without groups.
    """
    if not names:
        return [], []
    found = {}
    for cell in cells:
        of_cell = select_cell(table, cell)
        found[cell] = [select(of_cell, grouping=grouping, group=group) for grouping, group in names]
    rows = [
        (
            row_name,
            [
                first_estimate_text(of_groups[place], paper.cell_anchor(cell))
                for cell, of_groups in found.items()
            ],
        )
        for place, row_name in enumerate(names.values())
    ]
    header = ["Group", *(paper.model_name(cell.model) for cell in cells)]
    points = [_points(cell, of_groups, visible=True) for cell, of_groups in found.items()]
    return (
        [TextTable(f"{name}-table", title, header, rows, [])],
        [Forest(f"{name}-forest", title, "AUROC", list(names.values()), points)],
    )


def group_points(table: pd.DataFrame, cell: Cell, groups: list[str], *, visible: bool) -> Points:
    """Gather a cell's values of groups.

    Args:
        table: Rows of the cell: ``group``, ``value``, ``low``, ``high``.
        cell: Which one.
        groups: In order; one that is not in the table has no value.
        visible: Shown before anything is chosen.
    """
    return _points(cell, [select(table, group=group) for group in groups], visible=visible)


def _points(cell: Cell, found: list[pd.DataFrame], *, visible: bool) -> Points:
    values, low, high = (
        np.array([number(rows.iloc[0][end]) if len(rows) else math.nan for rows in found])
        for end in ("value", "low", "high")
    )
    return Points(cell.model, paper.model_name(cell.model), values, low, high, visible)
