"""What is wrong with a table's rows, said once for all rows that have it."""

from collections.abc import Iterable


def by_cell(cases: Iterable[tuple[str, str, str]]) -> list[str]:
    """Say each problem once.

    Args:
        cases: The row, what it holds (``label = 'sick'``), and what is expected instead or an
            empty text.

    Returns:
        A line for each problem: with its row, or how many rows have it and which is the first.
    """
    rows: dict[tuple[str, str], list[str]] = {}
    for row, cell, expected in cases:
        rows.setdefault((cell, expected), []).append(row)
    lines = []
    for (cell, expected), where in rows.items():
        said = f": {expected}" if expected else ""
        if len(where) == 1:
            lines.append(f"{where[0]}: {cell}{said}")
        else:
            lines.append(f"{cell} in {len(where)} rows (first: {where[0]}){said}")
    return lines
