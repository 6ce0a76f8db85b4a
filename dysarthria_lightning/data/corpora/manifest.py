"""``data=manifest``: the user's own table of recordings, CSV or Parquet."""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.manifest_schema import (
    DYSARTHRIC,
    HEALTHY,
    OPTIONAL_COLUMNS,
    OnTwoLabels,
    bullet_list,
    check_manifest,
)
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.schema.base import FOLDER_NAME

if TYPE_CHECKING:
    import pandas as pd

_REQUIRED = ("path", "speaker_id", "label")
_LABELS = {
    "0": HEALTHY,
    "healthy": HEALTHY,
    "1": DYSARTHRIC,
    "dysarthric": DYSARTHRIC,
}
_READ = {*_REQUIRED, *OPTIONAL_COLUMNS}
#: Where NA can only mean that a value is missing; elsewhere it may be what was read, or initials.
_NO_FREE_TEXT = {"label", "gender", "age", "severity", "syllable_type"}
_GENDERS = {"f": "female", "female": "female", "m": "male", "male": "male"}


class ManifestData(CorpusSection):
    """``data=manifest``: the user's own table of recordings.

    Attributes:
        manifest: The table; None where a report on runs that are there needs only the name.
        name: Names the corpus in ``outputs/``; None: the table's file stem.
        on_two_labels: What becomes of speakers with both labels. Those who are left out are no part
            of what a run learns from, so the recordings say it all.
    """

    places = CorpusSection.places | {"manifest", "name", "on_two_labels"}

    layout: Literal["manifest"]
    manifest: str | None
    name: str | None = None
    on_two_labels: OnTwoLabels = "error"

    @model_validator(mode="after")
    def _needs_a_table(self) -> ManifestData:
        if not (self.manifest or self.name):
            raise ValueError("data.manifest is needed: the CSV or Parquet table of your recordings")
        if not re.fullmatch(FOLDER_NAME, self.corpus):
            raise ValueError(
                f"{self.corpus!r} cannot name a folder (letters, digits, '.', '_', '-' only): "
                f"name the corpus with data.name=..., such as data.name={_folder_name(self.corpus)}"
            )
        return self

    @property
    def corpus(self) -> str:
        """The corpus's name in ``outputs/``."""
        return self.name or Path(self.manifest or "").stem

    def is_given(self, outputs_dir: str) -> bool:
        """Say whether the table is named."""
        return self.manifest is not None

    def read(self, outputs_dir: str) -> pd.DataFrame:
        """List the recordings of the table; see :func:`read_manifest`."""
        if not self.manifest:
            raise CorpusError(
                "data.manifest is needed: the CSV or Parquet table of your recordings"
            )
        return read_manifest(self.manifest, self.on_two_labels)


def _folder_name(text: str) -> str:
    """Return a name like a text that can name a folder."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_") or "recordings"


def read_manifest(
    file: str | os.PathLike[str], on_two_labels: OnTwoLabels = "error"
) -> pd.DataFrame:
    """Read a user's table.

    Args:
        file: A CSV (comma, semicolon or tab between columns; UTF-8) or Parquet file. Paths in it
            are absolute or relative to the table's folder.
        on_two_labels: Whether speakers with both labels are refused or left out.

    Returns:
        The checked manifest. A recording's id is its path as the table gives it.

    Raises:
        CorpusError: The table cannot be read, lacks a column, holds a value that is not allowed,
            or names a file that does not exist.
    """
    import pandas as pd

    from dysarthria_lightning.data.tables import is_parquet, read_table, without_na

    table_path, file = Path(file), str(file)
    if not table_path.is_file():
        raise CorpusError(f"data.manifest = {file}: there is no such file")
    table, names = read_table(table_path, _READ)
    missing = [column for column in _REQUIRED if column not in names]
    if missing:
        raise CorpusError(
            f"{file}: column {' and '.join(missing)} missing; the table has "
            f"{', '.join(names)}; needed are {', '.join(_REQUIRED)}, "
            f"optional {', '.join(OPTIONAL_COLUMNS)}"
        )
    twice = sorted(name for name in _READ if names.count(name) > 1)
    if twice:
        raise CorpusError(f"{file}: there is more than one column {' and '.join(twice)}")
    table = table.reindex(columns=[*_REQUIRED, *OPTIONAL_COLUMNS]).astype(object)
    table = table.where(table.notna(), None).map(_clean)
    table = without_na(table, _NO_FREE_TEXT)
    # Spreadsheets count a CSV's header as row 1, and its empty rows too.
    first = 1 if is_parquet(table_path) else 2
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
    for column in OPTIONAL_COLUMNS:
        manifest[column] = table[column]
    manifest["gender"] = [_known(value, _GENDERS) for value in manifest["gender"]]
    _check_files(manifest, file)
    for column in ("age", "severity"):
        manifest[column] = _numbers(manifest, column, file)
    return check_manifest(manifest, file, on_two_labels)


def _clean(value: Any) -> str | None:
    """Strip a cell; whole numbers of a Parquet column lose their '.0'."""
    if value is None:
        return None
    # Beyond, a float stands for many whole numbers, and which one it was is not known.
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return str(value).strip() or None


def _absolute(paths: Iterable[str | None], folder: Path) -> list[str | None]:
    """Resolve paths, each folder once: that takes a look at every folder above it."""
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
    import pandas as pd

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
