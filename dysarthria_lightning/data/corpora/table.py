"""``data=manifest``: the user's own table of recordings, CSV or Parquet."""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow

from dysarthria_lightning.data.manifest import DYSARTHRIC, HEALTHY, bullet_list, check_manifest
from dysarthria_lightning.errors import CorpusError

_REQUIRED = ("path", "speaker_id", "label")
_OPTIONAL = ("gender", "syllable", "syllable_type", "age", "severity")
_LABELS = {
    "0": HEALTHY,
    "healthy": HEALTHY,
    "1": DYSARTHRIC,
    "dysarthric": DYSARTHRIC,
}
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
    table = _read_table(table_path)
    missing = [column for column in _REQUIRED if column not in table.columns]
    if missing:
        raise CorpusError(
            f"{file}: column {' and '.join(missing)} missing; the table has "
            f"{', '.join(table.columns)}; needed are {', '.join(_REQUIRED)}, "
            f"optional {', '.join(_OPTIONAL)}"
        )
    table = table.reindex(columns=[*_REQUIRED, *_OPTIONAL]).astype(object).map(_clean)
    # Spreadsheets count a CSV's header as row 1, and its empty rows too.
    first = 1 if _is_parquet(table_path) else 2
    rows = pd.Series([f"row {number}" for number in range(first, len(table) + first)])
    filled = table.notna().any(axis=1)
    table, rows = table[filled], rows[filled]
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


def _read_table(path: Path) -> pd.DataFrame:
    """Read every value as text, so that speaker 007 stays 007."""
    try:
        if _is_parquet(path):
            table = pd.read_parquet(path)
        else:
            with path.open(encoding="utf-8-sig") as lines:
                header = lines.readline()
            table = pd.read_csv(
                path,
                sep=max(",;\t", key=header.count),
                dtype=str,
                encoding="utf-8-sig",
                # "None" and "null" may be what was read or who speaks; NA is how R says missing.
                keep_default_na=False,
                na_values=["", "NA"],
                skip_blank_lines=False,
            )
    except UnicodeDecodeError:
        raise CorpusError(f"{path}: not UTF-8 text; save the table as CSV in UTF-8") from None
    except (
        pd.errors.ParserError,
        pd.errors.EmptyDataError,
        pyarrow.ArrowException,
        OSError,
        ValueError,
    ) as error:
        raise CorpusError(f"{path}: cannot be read as a table: {str(error).strip()}") from None
    table.columns = [str(column).strip() for column in table.columns]
    return table


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".pq")


def _clean(value: Any) -> str | None:
    """Strip a cell; whole numbers of a Parquet column lose their '.0'."""
    if value is None or value is pd.NA or value != value:
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


def _numbers(manifest: pd.DataFrame, column: str, source: str) -> pd.Series:
    numbers = pd.to_numeric(manifest[column], errors="coerce").astype(float)
    wrong = manifest[numbers.isna() & manifest[column].notna()]
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
