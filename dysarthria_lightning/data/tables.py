"""Users' tables, CSV or Parquet, read with care: sizes are bounded, and all is text at first."""

import csv
import io
from collections.abc import Collection
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from dysarthria_lightning.errors import CorpusError

# A few kilobytes of Parquet may hold any number of rows, or of bytes.
_MAX_ROWS = 1_000_000
_MAX_COLUMNS = 1_000
_MAX_HEADER = 100_000
_MAX_BYTES = 200_000_000


def read_table(path: Path, known: Collection[str]) -> tuple[pd.DataFrame, list[str]]:
    """Read the known columns of a table, and the names of all.

    Args:
        path: A CSV file (comma, semicolon or tab between columns; UTF-8) or a Parquet file.
        known: Names of the columns to read.

    Returns:
        Those that are there (CSV: text or None), and the names of all columns in order.

    Raises:
        CorpusError: It cannot be read as a table, or is too large.
    """
    try:
        size = path.stat().st_size
        if size == 0:
            raise ValueError("it is empty")
        if size > _MAX_BYTES:
            raise ValueError(f"it is larger than {_MAX_BYTES // 1_000_000} MB")
        table, names = _read_parquet(path, known) if is_parquet(path) else _read_csv(path, known)
    except UnicodeDecodeError:
        raise CorpusError(f"{path}: not UTF-8 text; save the table as CSV in UTF-8") from None
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
    if len(table) > _MAX_ROWS:
        raise CorpusError(f"{path}: more than {_MAX_ROWS:,} rows; split the table")
    return table, names


def without_na(table: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    """Take NA, which is how R says that a value is missing, for none.

    Args:
        table: As read.
        columns: Where NA is no text of its own.
    """
    is_na = (table == "NA").to_numpy() & table.columns.isin(columns)
    return table.astype(object).where(~is_na, None) if is_na.any() else table


def _read_csv(path: Path, wanted: Collection[str]) -> tuple[pd.DataFrame, list[str]]:
    """Read every value as text, so that speaker 007 stays 007."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        separator, names = _read_header(lines.read(_MAX_HEADER))
        known = [place for place, name in enumerate(names) if name in wanted]
        lines.seek(0)
        cells = []
        records = csv.reader(lines, delimiter=separator, strict=True)
        for number, record in enumerate(islice(records, _MAX_ROWS + 2), start=1):
            if len(record) > len(names):
                raise ValueError(f"row {number} has more cells than its header")
            # "None", "null" and "NA" may be what was read or who speaks.
            cells.append([record[place] if place < len(record) else None for place in known])
    return pd.DataFrame(cells[1:], columns=[names[place] for place in known], dtype=object), names


def _read_header(start: str) -> tuple[str, list[str]]:
    """Find the separator and the columns' names in a table's first characters."""
    separator = max(",;\t", key=(start.splitlines() or [start])[0].count)
    text = io.StringIO(start, newline="")
    names = [name.strip() for name in next(csv.reader(text, delimiter=separator), [])]
    _check_columns(len(names))
    if text.tell() == _MAX_HEADER:
        raise ValueError(f"its header is longer than {_MAX_HEADER:,} characters")
    return separator, names


def _check_columns(number: int) -> None:
    if number > _MAX_COLUMNS:
        raise ValueError(f"it has more than {_MAX_COLUMNS:,} columns")


def _read_parquet(path: Path, wanted: Collection[str]) -> tuple[pd.DataFrame, list[str]]:
    with pyarrow.parquet.ParquetFile(path) as file:
        _check_columns(file.metadata.num_columns)
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
    table = pyarrow.Table.from_batches(parts, schema.remove_metadata()).to_pandas()
    return table.set_axis([name.strip() for name in known], axis=1), names


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
