"""What published corpora's own tables say of their speakers, read row by row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dysarthria_lightning.data.label_spellings import gender
from dysarthria_lightning.data.manifest_schema import GENDERS
from dysarthria_lightning.errors import CorpusError

#: How tables say that a value is missing, in lower case.
_MISSING = {"", "-", "--", "/", "//", "?", "na", "n/a", "nan", "none", "null"}
# A spreadsheet's title may stand above its header.
_MAX_ABOVE = 10
_MAX_ROWS, _MAX_COLUMNS, _MAX_BYTES = 100_000, 1_000, 50_000_000


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        where: The table and the row's number, for messages.
        columns: By what is read, the name of its column in the table.
        values: By what is read, what the cell holds.
    """

    where: str
    columns: Mapping[str, str]
    values: Mapping[str, str]

    def text(self, what: str) -> str | None:
        """Return a cell's text; None: it is missing."""
        value = self.values.get(what, "")
        return None if value.casefold() in _MISSING else value

    def number(self, what: str) -> float | None:
        """Return a cell's number, with a decimal point or comma; None: it is missing.

        Raises:
            CorpusError: It holds something else.
        """
        value = self.text(what)
        if value is None:
            return None
        try:
            number = float(value.replace(",", "."))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise CorpusError(f"{self.where}: {self.columns[what]} = {value!r}: expected a number")
        return number

    def gender(self, what: str, codes: Mapping[str, str] | None = None) -> str | None:
        """Return female or male; None: it is missing.

        Args:
            what: Which cell.
            codes: What spellings of the table's own stand for.

        Raises:
            CorpusError: It holds something else.
        """
        value = self.text(what)
        known = (codes or {}).get(value or "", gender(value))
        if known is not None and known not in GENDERS:
            expected = ", ".join(["F", "M", *(codes or {})])
            raise CorpusError(
                f"{self.where}: {self.columns[what]} = {value!r}: expected one of {expected}"
            )
        return known


def read_rows(file: Path, columns: Mapping[str, Sequence[str]]) -> list[Row]:
    """Read columns of a table.

    Args:
        file: A CSV file or an ``.xlsx`` spreadsheet, of which the first sheet that is not empty
            is read.
        columns: By what is read, the names its column may have; case and blanks do not count.

    Returns:
        The rows below the header in which there is anything.

    Raises:
        CorpusError: It cannot be read as a table, or lacks a column.
    """
    # Pandas takes most of a second.
    from dysarthria_lightning.data.spreadsheets import is_spreadsheet, read_cells
    from dysarthria_lightning.data.tables import open_table

    try:
        if is_spreadsheet(file):
            cells, _ = read_cells(file, _MAX_ROWS, _MAX_COLUMNS, _MAX_BYTES)
            first = 1
        else:
            table = open_table(file, lambda names: names)
            cells = [list(table.rows.columns), *table.rows.to_numpy().tolist()]
            first = int(table.rows.index.start) - 1
    except (OSError, ValueError) as error:
        raise CorpusError(f"{file}: cannot be read as a table: {error}") from None
    rows = [[_as_text(cell) for cell in row] for row in cells]
    header, places = _find_header(file, rows, columns)
    names = {what: rows[header][place] for what, place in places.items()}
    return [
        Row(
            f"{file}, row {number + first}",
            names,
            {what: row[place] for what, place in places.items() if place < len(row)},
        )
        for number, row in enumerate(rows)
        if number > header and any(row)
    ]


def _speaker(row: Row) -> str | None:
    return row.text("speaker")


def details_of_speakers(
    rows: Iterable[Row],
    speaker_of: Callable[[Row], str | None] = _speaker,
    genders: Mapping[str, str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Gather what rows say of each speaker.

    Args:
        rows: With a speaker and, as far as the table has them, gender, age and severity.
        speaker_of: Reads a row's speaker; None: the row is of no speaker, such as one of averages,
            and passed over.
        genders: What spellings of the table's own stand for.

    Returns:
        By speaker, values of :class:`takes.Take`'s attributes.

    Raises:
        CorpusError: A value is none of its kind, or two rows contradict each other.
    """
    details: dict[str, dict[str, Any]] = {}
    for row in rows:
        speaker = speaker_of(row)
        if speaker is None:
            continue
        values = {
            "gender": row.gender("gender", genders),
            "age": row.number("age"),
            "severity": row.number("severity"),
        }
        known = details.setdefault(speaker, {})
        for name, value in values.items():
            if value is not None and known.setdefault(name, value) != value:
                raise CorpusError(
                    f"{row.where}: speaker {speaker} has {name} {value}, and {known[name]} in a "
                    "row above; correct the table, or move it out of the corpus's folder"
                )
    return details


def _as_text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = "" if cell is None else str(cell).strip()
    # Whoever saved a column of whole numbers with empty cells got decimals.
    return text.removesuffix(".0") if text.removesuffix(".0").isdecimal() else text


def _find_header(
    file: Path, rows: Sequence[Sequence[str]], columns: Mapping[str, Sequence[str]]
) -> tuple[int, dict[str, int]]:
    """Find the row that names most of the columns, and each column's place in it."""
    best, best_row = dict[str, int](), 0
    for number, row in enumerate(rows[:_MAX_ABOVE]):
        plain = [_plain(cell) for cell in row]
        places = {
            what: plain.index(_plain(name))
            for what, spellings in columns.items()
            for name in spellings
            if _plain(name) in plain
        }
        if len(places) > len(best):
            best, best_row = places, number
    if absent := [names for what, names in columns.items() if what not in best]:
        raise CorpusError(
            f"{file}: there is no column {', '.join(' or '.join(names) for names in absent)}; its "
            f"first row holds {', '.join(filter(None, rows[0])) if rows else 'nothing'}"
        )
    return best_row, best


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
