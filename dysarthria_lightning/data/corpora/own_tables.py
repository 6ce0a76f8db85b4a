"""Tables that corpora bring along: their columns have names of their own, and fixed ones."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from dysarthria_lightning.data.spreadsheets import is_spreadsheet, read_cells
from dysarthria_lightning.data.tables import open_table
from dysarthria_lightning.errors import CorpusError

_MAX_ROWS = 100_000
_MAX_COLUMNS = 1_000
_MAX_BYTES = 200_000_000
#: How many rows of a spreadsheet may stand above its header, such as titles of groups of columns.
_MAX_ABOVE = 10


def read_own_table(path: Path, *forms: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """Read a corpus's own table.

    Args:
        path: A CSV file or an ``.xlsx`` spreadsheet.
        forms: One or several sets of columns that such a table may have: by what is read the name
            of its column, as the corpus spells it.

    Returns:
        By the row's number, as spreadsheets count it, text by what is read; empty where there is
        none. Rows without any text are left out.

    Raises:
        CorpusError: It cannot be read as a table, or has the columns of no form.
    """
    try:
        in_cells = is_spreadsheet(path)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: cannot be read as a table: {error}") from None
    rows, names = (_cells if in_cells else _lines)(path, forms)
    form = next((form for form in forms if set(form.values()) <= set(names)), None)
    if form is None:
        wanted = " or ".join(", ".join(form.values()) for form in forms)
        closest = min(forms, key=lambda form: len(set(form.values()) - set(names)))
        missing = [name for name in closest.values() if name not in names]
        raise CorpusError(
            f"{path}: column {', '.join(missing)} missing; expected {wanted}; the table has "
            f"{', '.join(filter(None, names))[:500]}"
        )
    found = {
        number: {what: _text(row.get(name)) for what, name in form.items()}
        for number, row in rows.items()
    }
    return {number: row for number, row in found.items() if any(row.values())}


_Rows = tuple[dict[int, dict[str, Any]], list[str]]


def _lines(path: Path, forms: Sequence[Mapping[str, str]]) -> _Rows:
    wanted = {name for form in forms for name in form.values()}
    table = open_table(path, lambda names: wanted)
    return dict(zip(table.rows.index, table.rows.to_dict("records"), strict=True)), table.names


def _cells(path: Path, forms: Sequence[Mapping[str, str]]) -> _Rows:
    try:
        cells, _ = read_cells(path, _MAX_ROWS, _MAX_COLUMNS, _MAX_BYTES)
    except ValueError as error:
        raise CorpusError(f"{path}: cannot be read as a table: {error}") from None
    named = [[_text(cell) for cell in row] for row in cells[: _MAX_ABOVE + 1]] or [[]]
    header = max(range(len(named)), key=lambda place: _n_known(named[place], forms))
    names = named[header]
    rows = {
        number: dict(zip(names, row, strict=False))
        for number, row in enumerate(cells[header + 1 :], header + 2)
    }
    return rows, names


def _n_known(names: Collection[str], forms: Sequence[Mapping[str, str]]) -> int:
    return max(len(set(form.values()) & set(names)) for form in forms)


def _text(cell: Any) -> str:
    """Write a cell as people read it: whole numbers without a decimal, days without a time."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime.datetime):
        cell = cell.date()
    return "" if cell is None else str(cell).strip()


def number_or_none(text: str) -> float | None:
    """Read a number that may be missing, or said to be so in a word; commas may be decimal."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
