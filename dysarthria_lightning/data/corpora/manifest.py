"""``data=manifest``: the user's own table of recordings, CSV or Parquet."""

import csv
import io
import math
import os
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from dysarthria_lightning.data.manifest_schema import (
    DYSARTHRIC,
    HEALTHY,
    bullet_list,
    check_manifest,
)
from dysarthria_lightning.errors import CorpusError

_REQUIRED = ("path", "speaker_id", "label")
_OPTIONAL = ("gender", "syllable", "syllable_type", "age", "severity")
_READ = {*_REQUIRED, *_OPTIONAL}
_LABELS = {
    "0": HEALTHY,
    "healthy": HEALTHY,
    "1": DYSARTHRIC,
    "dysarthric": DYSARTHRIC,
}
# A few kilobytes of Parquet may hold any number of rows, or of bytes.
_MAX_ROWS = 1_000_000
_MAX_COLUMNS = 1_000
_MAX_HEADER = 100_000
_MAX_BYTES = 200_000_000
_GENDERS = {"f": "female", "female": "female", "m": "male", "male": "male"}


def read(file: str | None) -> pd.DataFrame:
    """Read a user's table.

    Args:
        file: A CSV (comma, semicolon or tab between columns; UTF-8) or Parquet file. Paths in it
            are absolute or relative to the table's folder.

    Returns:
        The checked manifest. A recording's id is its path as the table gives it.

    Raises:
        CorpusError: The table cannot be read, lacks a column, holds a value that is not allowed,
            or names a file that does not exist.
    """
    if not file:
        raise CorpusError("data.manifest is needed: the CSV or Parquet table of your recordings")
    table_path = Path(file)
    if not table_path.is_file():
        raise CorpusError(f"data.manifest = {file}: there is no such file")
    table, names = _read_table(table_path)
    missing = [column for column in _REQUIRED if column not in names]
    if missing:
        raise CorpusError(
            f"{file}: column {' and '.join(missing)} missing; the table has "
            f"{', '.join(names)}; needed are {', '.join(_REQUIRED)}, "
            f"optional {', '.join(_OPTIONAL)}"
        )
    twice = sorted(name for name in _READ if names.count(name) > 1)
    if twice:
        raise CorpusError(f"{file}: there is more than one column {' and '.join(twice)}")
    table = table.reindex(columns=[*_REQUIRED, *_OPTIONAL]).astype(object).map(_clean)
    # Spreadsheets count a CSV's header as row 1, and its empty rows too.
    first = 1 if _is_parquet(table_path) else 2
    rows = pd.Series([f"row {number}" for number in range(first, len(table) + first)])
    filled = table.notna().any(axis=1)
    table, rows = table[filled], rows[filled]
    _check_text(table, rows, file)
    manifest = pd.DataFrame(
        {
            "recording_id": table["path"],
            "path": _absolute(table["path"], table_path.parent),
            "row": rows,
            "speaker_id": table["speaker_id"],
            "label": [_known(value, _LABELS) for value in table["label"]],
        }
    )
    for column in _OPTIONAL:
        manifest[column] = table[column]
    manifest["gender"] = [_known(value, _GENDERS) for value in manifest["gender"]]
    _check_files(manifest, file)
    for column in ("age", "severity"):
        manifest[column] = _numbers(manifest, column, file)
    return check_manifest(manifest, file)


def _read_table(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read the known columns, and the names of all."""
    try:
        size = path.stat().st_size
        if size == 0:
            raise ValueError("it is empty")
        if size > _MAX_BYTES:
            raise ValueError(f"it is larger than {_MAX_BYTES // 1_000_000} MB")
        table, names = _read_parquet(path) if _is_parquet(path) else _read_csv(path)
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


def _read_csv(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read every value as text, so that speaker 007 stays 007."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        separator, names = _read_header(lines.read(_MAX_HEADER))
        known = [place for place, name in enumerate(names) if name in _READ]
        lines.seek(0)
        cells = []
        records = csv.reader(lines, delimiter=separator, strict=True)
        for number, record in enumerate(islice(records, _MAX_ROWS + 2), start=1):
            if len(record) > len(names):
                raise ValueError(f"row {number} has more cells than its header")
            # "None" and "null" may be what was read or who speaks; NA is how R says missing.
            cells.append(
                [
                    record[place] if place < len(record) and record[place] != "NA" else None
                    for place in known
                ]
            )
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


def _read_parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    with pyarrow.parquet.ParquetFile(path) as file:
        _check_columns(file.metadata.num_columns)
        fields = [field for field in file.schema_arrow if field.name.strip() in _READ]
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


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _clean(value: Any) -> str | None:
    """Strip a cell; whole numbers of a Parquet column lose their '.0'."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def _absolute(paths: Iterable[str | None], folder: Path) -> list[str | None]:
    """Resolve paths, each folder once, for that takes a look at every folder above it."""
    real_folder = cache(os.path.realpath)

    def resolve(path: str) -> str:
        parent, name = os.path.split(os.path.join(folder, path))
        joined = os.path.join(real_folder(parent), name)
        is_plain = name not in ("", os.curdir, os.pardir) and not os.path.islink(joined)
        return joined if is_plain else os.path.realpath(joined)

    return [resolve(path) if isinstance(path, str) else None for path in paths]


def _known(value: str | None, names: dict[str, Any]) -> Any:
    """Translate a known spelling; leave an unknown one for the schema to report."""
    return names.get(value.lower(), value) if isinstance(value, str) else None


def _check_files(manifest: pd.DataFrame, source: str) -> None:
    absent = [
        f"{row}: there is no file {path}"
        for row, path in zip(manifest["row"], manifest["path"], strict=True)
        if isinstance(path, str) and not os.path.isfile(path)
    ]
    if absent:
        raise CorpusError(f"{source}:\n{bullet_list(absent)}")


def _check_text(table: pd.DataFrame, rows: pd.Series, source: str) -> None:
    """Refuse what no name holds and what terminals take for commands."""
    wrong = [
        f"{row}: {column} = {value!r} holds characters that cannot be printed"
        for column in table.columns
        for row, value in zip(rows, table[column], strict=True)
        if isinstance(value, str) and any(unicodedata.category(c) in ("Cc", "Cs") for c in value)
    ]
    if wrong:
        raise CorpusError(f"{source}:\n{bullet_list(wrong)}")


def _numbers(manifest: pd.DataFrame, column: str, source: str) -> pd.Series:
    numbers = pd.to_numeric(manifest[column], errors="coerce").astype(float)
    wrong = manifest[~numbers.map(math.isfinite) & manifest[column].notna()]
    if not wrong.empty:
        raise CorpusError(
            f"{source}:\n"
            + bullet_list(
                [
                    f"{row.row}: {column} = {getattr(row, column)!r} is no number"
                    for row in wrong.itertuples()
                ]
            )
        )
    return numbers
