"""Users' tables, CSV, ``.xlsx`` or Parquet, read with care: sizes are bounded."""

import csv
import io
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from dysarthria_lightning.data.spreadsheets import is_spreadsheet, read_cells
from dysarthria_lightning.data.table_start import is_above_header, lines_above_header
from dysarthria_lightning.data.table_text import find_encoding
from dysarthria_lightning.errors import CorpusError

# A few kilobytes of Parquet may hold any number of rows, or of bytes.
_MAX_ROWS = 1_000_000
_MAX_COLUMNS = 1_000
_MAX_HEADER = 100_000
_MAX_BYTES = 200_000_000


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes:
        rows: The chosen columns (CSV: text or None). The index is the number of each row as
            spreadsheets count it; Parquet: from 1.
        names: The names of all columns in order.
        separator: What stands between columns; None where nothing does.
        encoding: Of its text; None where it is none.
        sheet: Which sheet of several it is.
    """

    rows: pd.DataFrame
    names: list[str]
    separator: str | None = None
    encoding: str | None = None
    sheet: str | None = None


def read_table(path: Path, known: Collection[str]) -> tuple[pd.DataFrame, list[str]]:
    """Read the known columns of a table, and the names of all; see :func:`open_table`.

    Args:
        path: The table.
        known: Names of the columns to read.

    Returns:
        Those that are there, with rows numbered from 0, and the names of all columns in order.

    Raises:
        CorpusError: It cannot be read as a table, or is too large.
    """
    table = open_table(path, lambda names: known)
    return table.rows.reset_index(drop=True), table.names


def open_table(
    path: Path, choose: Callable[[list[str]], Collection[str]], sheet: str | None = None
) -> Table:
    """Read the chosen columns of a table.

    Args:
        path: A CSV file (comma, semicolon or tab between columns; UTF-8, UTF-16 or Windows-1252),
            an ``.xlsx`` spreadsheet or a Parquet file. Before a CSV file's header may stand
            ``sep=;``, empty lines, and comments that begin with ``#``.
        choose: From the names of all columns, those to read.
        sheet: The sheet to read, where a spreadsheet has one of this name; otherwise, the first
            that is not empty.

    Raises:
        CorpusError: It cannot be read as a table, or is too large.
    """
    try:
        size = path.stat().st_size
        if size == 0:
            raise ValueError("it is empty")
        if size > _MAX_BYTES:
            raise ValueError(f"it is larger than {_MAX_BYTES // 1_000_000} MB")
        if is_parquet(path):
            table = _read_parquet(path, choose)
        elif is_spreadsheet(path):
            table = _read_spreadsheet(path, choose, sheet)
        else:
            table = _read_csv(path, find_encoding(path), choose)
    except (
        csv.Error,
        pyarrow.ArrowException,
        OSError,
        ValueError,
        TypeError,
        KeyError,
        MemoryError,
    ) as error:
        raise CorpusError(f"{path}: cannot be read as a table: {str(error).strip()}") from None
    if len(table.rows) > _MAX_ROWS:
        raise CorpusError(f"{path}: more than {_MAX_ROWS:,} rows; split the table")
    return table


def without_na(table: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    """Take NA, which is how R says that a value is missing, for none.

    Args:
        table: As read.
        columns: Where NA is no text of its own.
    """
    is_na = (table == "NA").to_numpy() & table.columns.isin(columns)
    return table.astype(object).where(~is_na, None) if is_na.any() else table


def _read_csv(path: Path, encoding: str, choose: Callable[[list[str]], Collection[str]]) -> Table:
    """Read every value as text, so that speaker 007 stays 007."""
    with path.open(encoding=encoding, newline="") as lines:
        above = lines_above_header(lines.read(_MAX_HEADER))
        lines.seek(0)
        skipped = sum(len(lines.readline()) for _ in range(above.n_lines))
        separator, names = _read_header(lines.read(_MAX_HEADER), above.separator)
        lines.seek(0)
        lines.read(skipped)
        records = islice(csv.reader(lines, delimiter=separator, strict=True), 1, _MAX_ROWS + 2)
        rows = _take_columns(records, names, choose(names), first=above.n_rows + 2)
    return Table(rows, names, separator, encoding)


def _take_columns(
    records: Iterable[list[Any]], names: list[str], wanted: Collection[str], first: int
) -> pd.DataFrame:
    """Take some columns of rows whose first one has the number ``first``."""
    known = [place for place, name in enumerate(names) if name in wanted]
    rows = []
    for number, record in enumerate(records, start=first):
        if any(cell not in ("", None) for cell in record[len(names) :]):
            raise ValueError(f"row {number} has more cells than its header")
        # "None", "null" and "NA" may be what was read or who speaks.
        rows.append([record[place] if place < len(record) else None for place in known])
    table = pd.DataFrame(rows, columns=[names[place] for place in known], dtype=object)
    return table.set_axis(pd.RangeIndex(first, first + len(rows)), axis=0)


def _read_header(start: str, separator: str | None) -> tuple[str, list[str]]:
    """Find the separator and the columns' names in a table's first characters."""
    if separator is None:
        separator = max(",;\t", key=(start.splitlines() or [start])[0].count)
    text = io.StringIO(start, newline="")
    names = [name.strip() for name in next(csv.reader(text, delimiter=separator), [])]
    if names and names[0].startswith("#"):
        names[0] = names[0].lstrip("# ") or names[0]
    _check_columns(len(names))
    if text.tell() == _MAX_HEADER:
        raise ValueError(f"its header is longer than {_MAX_HEADER:,} characters")
    return separator, names


def _read_spreadsheet(
    path: Path, choose: Callable[[list[str]], Collection[str]], wanted: str | None
) -> Table:
    cells, sheet = read_cells(path, _MAX_ROWS, _MAX_COLUMNS, _MAX_BYTES, wanted)
    n_above = 0
    while n_above < len(cells) and is_above_header(cells[n_above]):
        n_above += 1
    names = ["" if name is None else str(name).strip() for name in (cells[n_above:] or [[]])[0]]
    _check_columns(len(names))
    rows = _take_columns(cells[n_above + 1 :], names, choose(names), n_above + 2)
    return Table(rows, names, sheet=sheet)


def _check_columns(number: int) -> None:
    if number > _MAX_COLUMNS:
        raise ValueError(f"it has more than {_MAX_COLUMNS:,} columns")


def _read_parquet(path: Path, choose: Callable[[list[str]], Collection[str]]) -> Table:
    with pyarrow.parquet.ParquetFile(path) as file:
        _check_columns(file.metadata.num_columns)
        wanted = choose([name.strip() for name in file.schema_arrow.names])
        fields = [field for field in file.schema_arrow if field.name.strip() in wanted]
        known = [field.name for field in fields]
        names = [name.strip() for name in file.schema_arrow.names]
        _check_size(file.metadata.num_rows, _promised_bytes(file.metadata, known))
    for field in fields:
        if pyarrow.types.is_nested(field.type) or pyarrow.types.is_fixed_size_binary(field.type):
            raise ValueError(f"column {field.name} holds neither text nor numbers")
    # A long text that is repeated takes its full size once per row only when it is decoded.
    with pyarrow.parquet.ParquetFile(path, read_dictionary=known) as file:
        parts, n_rows, n_bytes = [], 0, 0
        for part in file.iter_batches(batch_size=65_536, columns=known):
            parts.append(part)
            n_rows += len(part)
            n_bytes += sum(map(_decoded_bytes, part.columns))
            _check_size(n_rows, n_bytes)
        schema = pyarrow.schema([file.schema_arrow.field(name) for name in known])
    rows = pyarrow.Table.from_batches(parts, schema.remove_metadata()).to_pandas()
    rows = rows.set_axis([name.strip() for name in known], axis=1)
    return Table(rows.set_axis(pd.RangeIndex(1, len(rows) + 1), axis=0), names)


def _promised_bytes(metadata: pyarrow.parquet.FileMetaData, columns: list[str]) -> int:
    """Add up what a file's footer says of the columns' sizes."""
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    chunks = (group.column(place) for group in groups for place in range(group.num_columns))
    return sum(
        chunk.total_uncompressed_size
        for chunk in chunks
        if chunk.path_in_schema.split(".")[0] in columns
    )


def _decoded_bytes(column: pyarrow.Array) -> int:
    if not isinstance(column, pyarrow.DictionaryArray) or not _is_text(column.dictionary.type):
        return int(column.nbytes)
    lengths = pyarrow.compute.binary_length(column.dictionary)
    return pyarrow.compute.sum(lengths.take(column.indices)).as_py() or 0


def _is_text(kind: pyarrow.DataType) -> bool:
    types = pyarrow.types
    return any(
        check(kind)
        for check in (
            types.is_string,
            types.is_large_string,
            types.is_binary,
            types.is_large_binary,
        )
    )


def _check_size(n_rows: int, n_bytes: int) -> None:
    if n_bytes > _MAX_BYTES or n_rows > _MAX_ROWS:
        raise ValueError(f"it holds more than {_MAX_ROWS:,} rows or {_MAX_BYTES // 1_000_000} MB")


def is_parquet(path: Path) -> bool:
    """Tell by its name whether a table is Parquet."""
    return path.suffix.lower() in (".parquet", ".pq")
