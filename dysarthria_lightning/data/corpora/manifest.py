"""``data=manifest``: the user's own table of recordings, CSV, ``.xlsx`` or Parquet."""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.excerpts import (
    EXPECTED_CHANNEL,
    PART,
    part_problems,
    recording_id,
)
from dysarthria_lightning.data.label_spellings import Labels, gender, mapping_hint
from dysarthria_lightning.data.manifest_schema import (
    OPTIONAL_COLUMNS,
    OnTwoLabels,
    bullet_list,
    check_manifest,
)
from dysarthria_lightning.data.problems import by_cell
from dysarthria_lightning.data.recorded_files import find_files
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.schema.base import FOLDER_NAME

if TYPE_CHECKING:
    import pandas as pd

_REQUIRED = ("path", "speaker_id", "label")
_OPTIONAL = (*OPTIONAL_COLUMNS, *PART)
_NUMBERS = ("age", "severity", *PART)
#: Where NA can only mean that a value is missing; elsewhere it may be what was read, or initials.
_NO_FREE_TEXT = {"label", "gender", "syllable_type", *_NUMBERS}

_EXAMPLE = """\
path,speaker_id,label,gender,age
anna_1.wav,anna,healthy,female,61
anna_2.wav,anna,healthy,female,61
bert_1.wav,bert,dysarthric,male,58"""


class ManifestData(CorpusSection):
    """``data=manifest``: the user's own table of recordings.

    Attributes:
        manifest: The table; None where a report on runs that are there needs only the name.
        name: Names the corpus in ``outputs/``; None: the table's file stem.
        columns: By what is read, the name of its column in the table; None: it is not read.
        labels: By spelling in the table, ``healthy`` or ``dysarthric``; or by one of these two a
            list of spellings.
        on_two_labels: What becomes of speakers with both labels. Those who are left out are no part
            of what a run learns from, so the recordings say it all.
    """

    # What columns and labels come to is in the recordings' own key.
    places = CorpusSection.places | {"manifest", "name", "columns", "labels", "on_two_labels"}
    paths = frozenset({"manifest"})

    is_one_corpus = False  # the table may name several

    layout: Literal["manifest"]
    manifest: str | None
    name: str | None = None
    columns: dict[str, str | None] | None = None
    labels: dict[str, str | list[str]] | None = None
    on_two_labels: OnTwoLabels = "error"

    @model_validator(mode="after")
    def _needs_a_table(self) -> ManifestData:
        if not (self.manifest or self.name):
            raise ValueError(
                "data.manifest is needed: the table of your recordings (CSV, .xlsx or Parquet)"
            )
        if not re.fullmatch(FOLDER_NAME, self.corpus):
            raise ValueError(
                f"{self.corpus!r} cannot name a folder (letters, digits, '.', '_', '-' only): "
                f"name the corpus with data.name=..., such as data.name={_folder_name(self.corpus)}"
            )
        unknown = [name for name in self.columns or {} if name not in (*_REQUIRED, *_OPTIONAL)]
        if unknown:
            raise ValueError(
                f"data.columns: {', '.join(unknown)}: expected {', '.join(_REQUIRED)}, "
                f"{' or '.join((', '.join(_OPTIONAL[:-1]), _OPTIONAL[-1]))}, and after it the name "
                "of the column in your table"
            )
        try:
            Labels(self.labels or {})
        except ValueError as error:
            raise ValueError(f"data.labels: {error}") from None
        return self

    @property
    def corpus(self) -> str:
        """The corpus's name in ``outputs/``."""
        return self.name or Path(self.manifest or "").stem

    def is_given(self, outputs_dir: str) -> bool:
        """Say whether the table is named."""
        return self.manifest is not None

    def without_places(self) -> dict[str, Any]:
        """Return the section's values with the corpus's name and without its table."""
        return super().without_places() | {"name": self.corpus}

    def read(self, outputs_dir: str) -> pd.DataFrame:
        """List the recordings of the table; see :func:`read_manifest`."""
        if not self.manifest:
            raise CorpusError(
                "data.manifest is needed: the table of your recordings (CSV, .xlsx or Parquet)"
            )
        return read_manifest(self.manifest, self.on_two_labels, self.columns, self.labels)


def _folder_name(text: str) -> str:
    """Return a name like a text that can name a folder."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_") or "recordings"


def read_manifest(
    file: str | os.PathLike[str],
    on_two_labels: OnTwoLabels = "error",
    columns: Mapping[str, str | None] | None = None,
    labels: Mapping[str, str | Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Read a user's table.

    Args:
        file: A CSV (comma, semicolon or tab between columns), ``.xlsx`` or Parquet file. Paths in
            it are absolute or relative to the table's folder.
        on_two_labels: Whether speakers with both labels are refused or left out.
        columns: By what is read, the name of its column in the table; None: it is not read. The
            others are found by their names and common other names.
        labels: Spellings of the labels, ``{"ALS": "dysarthric"}``.

    Returns:
        The checked manifest. A recording's id is its path as the table gives it, followed by the
        part that it is, ``talk.wav#1.5-3,channel2``. ``attrs["notes"]`` lists what the user should
        know of how the table was read.

    Raises:
        CorpusError: The table cannot be read, lacks a column, holds a value that is not allowed,
            or names a file that does not exist.
    """
    read = read_rows(file, columns, labels)
    try:
        manifest = check_manifest(
            read.manifest, str(file), on_two_labels, [*read.lost, *read.problems], mapping_hint
        )
    except CorpusError as error:
        if not read.guessed:
            raise
        raise CorpusError(f"{error}\n{read.guessed}") from None
    manifest.attrs["notes"] = read.notes
    return manifest


@dataclass(frozen=True)
class TableRows:
    """A user's table as it was read, before its rows are checked.

    Attributes:
        manifest: One row per recording, all columns of :func:`read_manifest`; what is missing is
            None.
        lost: Which files are not there.
        problems: What is wrong with single cells.
        guessed: Which columns were taken for another name.
        notes: What the user should know.
    """

    manifest: pd.DataFrame
    lost: list[str]
    problems: list[str]
    guessed: str | None
    notes: list[str]


def read_rows(
    file: str | os.PathLike[str],
    columns: Mapping[str, str | None] | None = None,
    labels: Mapping[str, str | Sequence[str]] | None = None,
    required: Sequence[str] = _REQUIRED,
) -> TableRows:
    """Read a user's table, and leave most checks to the caller.

    Args:
        file: See :func:`read_manifest`.
        columns: Likewise.
        labels: Likewise.
        required: The columns that must be there.

    Raises:
        CorpusError: The table cannot be read, lacks a column, or holds what cannot be printed.
    """
    import pandas as pd

    from dysarthria_lightning.data.table_columns import Columns, find_columns
    from dysarthria_lightning.data.table_text import ENCODING_NAMES
    from dysarthria_lightning.data.tables import is_parquet, open_table, without_na

    table_path, file = Path(file), str(file)
    if not table_path.is_file():
        raise CorpusError(_no_table(table_path, file))
    found = Columns()
    optional = [name for name in (*_REQUIRED, *_OPTIONAL) if name not in required]

    def choose(names: list[str]) -> list[str]:
        nonlocal found
        found = find_columns(names, columns or {}, required, optional)
        return list(found.taken.values())

    read = open_table(table_path, choose)
    if found.problems:
        raise CorpusError(_described(file, found.problems))
    taken = {name: column for column, name in found.taken.items()}
    table = read.rows.rename(columns=taken).reindex(columns=[*_REQUIRED, *_OPTIONAL])
    table = table.astype(object)
    table = table.where(table.notna(), None).map(_clean)
    table = without_na(table, _NO_FREE_TEXT)
    table = table[table.notna().any(axis=1)]
    rows = pd.Series([f"row {number}" for number in table.index])
    table = table.reset_index(drop=True)
    unprintable = _unprintable(table, rows)
    if unprintable:
        raise CorpusError(f"{file}:\n{bullet_list(unprintable)}")
    spelt = Labels(labels or {})
    paths, lost, notes = find_files(table["path"], rows, table_path.parent)
    manifest = table.assign(
        path=paths,
        row=rows,
        label=[spelt(value) for value in table["label"]],
        gender=[gender(value) for value in table["gender"]],
    )
    no_numbers: list[tuple[str, str, str]] = []
    decimal_comma = read.separator != "," and not is_parquet(table_path)
    for column in _NUMBERS:
        manifest[column], wrong = _numbers(manifest[column], rows, decimal_comma)
        no_numbers += wrong
    manifest["recording_id"] = [
        None if path is None else recording_id(path, *part)
        for path, *part in zip(table["path"], *(manifest[it] for it in PART), strict=True)
    ]
    if read.encoding in ENCODING_NAMES:
        notes.insert(0, f"read as {ENCODING_NAMES[read.encoding]}, as it is not UTF-8")
    if read.sheet:
        notes.insert(0, read.sheet)
    said = [f"{file}: {note}" for note in (found.guessed, *found.notes, *notes) if note]
    problems = by_cell([*no_numbers, *part_problems(manifest)])
    return TableRows(manifest, lost, problems, found.guessed, said)


def _no_table(path: Path, file: str) -> str:
    what = "a folder" if path.is_dir() else None
    said = f"is {what}; name a table of the recordings" if what else "there is no such file"
    return (
        f"data.manifest = {file}: {said}. A table has one row per recording, like this one; start "
        f"from it:\n{_EXAMPLE}"
    )


def _described(file: str, problems: Sequence[str]) -> str:
    return (
        f"{file}: {problems[0]}" if len(problems) == 1 else f"{file}:\n{bullet_list([*problems])}"
    )


def _clean(value: Any) -> str | None:
    """Strip a cell; whole numbers of a Parquet column lose their '.0'."""
    if value is None:
        return None
    # Beyond, a float stands for many whole numbers, and which one it was is not known.
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return str(value).strip() or None


def _unprintable(table: pd.DataFrame, rows: pd.Series) -> list[str]:
    """Name what no name holds and what terminals take for commands."""
    return [
        f"{row}: {column} = {value!r} holds characters that cannot be printed"
        for column in table.columns
        for row, value in zip(rows, table[column], strict=True)
        if isinstance(value, str) and any(unicodedata.category(c) in ("Cc", "Cs") for c in value)
    ]


def _numbers(
    values: pd.Series, rows: pd.Series, decimal_comma: bool
) -> tuple[pd.Series, list[tuple[str, str, str]]]:
    """Return a column as numbers, and the row, cell and fault of each that is none."""
    import pandas as pd

    spelt = values
    if decimal_comma:
        spelt = values.map(
            lambda value: (
                value.replace(",", ".")
                if isinstance(value, str) and re.fullmatch(r"[+-]?\d*,\d+", value)
                else value
            )
        )
    numbers = pd.to_numeric(spelt, errors="coerce").astype(float)
    wrong = ~numbers.map(math.isfinite) & values.notna()
    if not wrong.any():
        return numbers, []
    # Such a column may be about something else, and was passed over once.
    expected = EXPECTED_CHANNEL if values.name == "channel" else ""
    return numbers, [
        (row, f"{values.name} = {value!r} is no number", expected)
        for row, value in zip(rows[wrong], values[wrong], strict=True)
    ]
