"""Recordings that somebody wants scored: a folder, a table or one file, with labels or without."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dysarthria_lightning.config.predicting import GivenTable, People
from dysarthria_lightning.data.corpora.manifest import read_rows
from dysarthria_lightning.data.excerpts import shared_sound
from dysarthria_lightning.data.folders import files_below
from dysarthria_lightning.data.label_spellings import mapping_hint
from dysarthria_lightning.data.manifest_schema import GENDERS, LABEL_NAMES, bullet_list
from dysarthria_lightning.data.problems import by_cell
from dysarthria_lightning.data.speaker_ids import destroyed_ids, one_person_twice
from dysarthria_lightning.errors import CorpusError

_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".xlsx", ".xls")
#: Names of sound files, of those too that cannot be read: they are to be named with the reason.
_AUDIO = {
    *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au"),
    *(".snd", ".caf", ".sph", ".nsp", ".w64", ".rf64", ".m4a", ".mp4", ".aac", ".wma", ".webm"),
    *(".amr", ".3gp", ".mka", ".npy"),
}


@dataclass(frozen=True)
class GivenRecordings:
    """Recordings to be scored.

    Attributes:
        rows: One row per recording in order of ``recording_id``: ``path``, ``start``, ``end``,
            ``speaker_id``, ``label`` (0, 1, or missing), ``age`` and ``gender`` (or missing).
        notes: How they were taken, and what the user should know.
        bad_files: ``skip`` or ``error``.
    """

    rows: pd.DataFrame
    notes: list[str]
    bad_files: str


def read_given(path: str, people: People, table: GivenTable) -> GivenRecordings:
    """List the recordings to be scored.

    Args:
        path: A folder of audio, a table, or one file.
        people: Who is one person.
        table: How a table is read.

    Raises:
        CorpusError: Nothing is there, or a table holds what is not allowed.
    """
    place = Path(path)
    if place.is_dir():
        rows, notes = _read_folder(place, people)
    elif not place.exists():
        raise CorpusError(
            f"recordings = {path}: there is no such file or folder; name a folder of audio, a "
            "table (CSV, .xlsx or Parquet) with a column path, or one file"
        )
    elif place.suffix.lower() in _TABLES:
        rows, notes = _read_table(path, people, table)
    else:
        rows, notes = _folder_rows([(printable(place.name), place)]), []
        rows["speaker_id"] = printable(place.stem)
    rows = rows.sort_values("recording_id", ignore_index=True)
    return GivenRecordings(rows, notes, table.on_bad_file)


def printable(text: str) -> str:
    """Write a name so that any terminal and any file can hold it."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def _read_folder(folder: Path, people: People) -> tuple[pd.DataFrame, list[str]]:
    files = files_below(folder)
    audio = [file for file in files if file.suffix.lower() in _AUDIO]
    others = Counter(file.suffix.lower() or "no ending" for file in files)
    others = Counter({name: n for name, n in others.items() if name not in _AUDIO})
    passed = ", ".join(f"{n} {printable(name)}" for name, n in sorted(others.items()))
    if not audio:
        tables = [file.name for file in files if file.suffix.lower() in _TABLES]
        hint = f"; if the table names them: recordings={folder / tables[0]}" if tables else ""
        there = f"there are {passed}" if passed else "it is empty"
        raise CorpusError(
            f"recordings = {folder}: holds no audio (WAV, FLAC, OGG, MP3, AIFF, ...); {there}{hint}"
        )
    rows = _folder_rows([(printable(file.as_posix()), folder / file) for file in audio])
    own = printable(folder.resolve().name)
    tops = [printable(file.parts[0]) if len(file.parts) > 1 else own for file in audio]
    in_folders = any(len(file.parts) > 1 for file in audio)
    chosen = people if people != "auto" else ("folders" if in_folders else "one")
    rows["speaker_id"] = {"one": own, "folders": tops, "files": rows["recording_id"]}[chosen]
    n = rows["speaker_id"].nunique()
    taken = {
        "one": f"All {len(rows)} recordings of the folder are taken for one person's",
        "folders": f"Each sub-folder is taken for one person: {n} people",
        "files": f"Each file is taken for one person: {n} people",
    }
    notes = [f"{taken[chosen]} ({_otherwise(chosen)})."]
    if passed:
        notes.append(f"Files that are no audio by their names are passed over: {passed}.")
    return rows, notes


def _otherwise(chosen: str) -> str:
    ways = {
        "one": "people=one takes all for one person",
        "folders": "people=folders takes each sub-folder for a person",
        "files": "people=files takes each file for a person",
    }
    said = [text for way, text in ways.items() if way != chosen]
    return f"{', '.join(said)}; a table says it one by one"


def _folder_rows(files: list[tuple[str, Path]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "recording_id": [name for name, _ in files],
            # A path may hold bytes that are no text.
            "path": pd.Series([str(path) for _, path in files], dtype=object),
            "start": float("nan"),
            "end": float("nan"),
            "row": [name for name, _ in files],
            "label": None,
            "age": float("nan"),
            "gender": None,
        }
    )


def _read_table(file: str, people: People, table: GivenTable) -> tuple[pd.DataFrame, list[str]]:
    read = read_rows(file, table.columns, table.labels, required=("path",))
    rows, notes = read.manifest, list(read.notes)
    if rows.empty:
        raise CorpusError(f"{file}: no recordings are listed")
    has_speakers = bool(rows["speaker_id"].notna().any())
    chosen = people if people != "auto" else ("table" if has_speakers else "files")
    problems = [*(read.lost if table.on_bad_file == "error" else []), *read.problems]
    problems += _problems(rows, with_speakers=chosen == "table")
    if problems:
        guessed = f"\n{read.guessed}" if read.guessed else ""
        raise CorpusError(f"{file}:\n{bullet_list(problems)}{guessed}")
    if chosen == "files":
        rows["speaker_id"] = rows["recording_id"]
        if not has_speakers:
            notes.append(
                "The table has no speakers: each recording is taken for one person's (a column "
                "speaker_id says otherwise; people=one takes all for one person)."
            )
    elif chosen != "table":
        folders = [os.path.basename(os.path.dirname(path)) for path in rows["path"]]
        rows["speaker_id"] = Path(file).stem if chosen == "one" else folders
    rows["recording_id"] = [printable(name) for name in rows["recording_id"]]
    rows["speaker_id"] = [printable(str(name)) for name in rows["speaker_id"]]
    known = rows[rows["label"].notna()].groupby("speaker_id")["label"].nunique()
    two = known.index[known > 1].tolist()
    if two:
        raise CorpusError(f"{file}: {', '.join(two[:20])}: healthy and dysarthric; expected one")
    # A label is a person's, whichever of their recordings it stands beside.
    rows["label"] = rows.groupby("speaker_id")["label"].transform("first")
    return rows, notes


def _problems(rows: pd.DataFrame, with_speakers: bool) -> list[str]:
    """Say what is wrong with rows; labels, ages and genders may be missing."""
    cells = []
    for row in rows.itertuples():
        if pd.isna(row.path):
            cells.append((row.row, "path is missing", ""))
        if with_speakers and pd.isna(row.speaker_id):
            cells.append((row.row, "speaker_id is missing", ""))
        if not pd.isna(row.label) and row.label not in LABEL_NAMES:
            hint = f"; {mapping_hint(str(row.label))}"
            expected = f"expected one of 0, 1, healthy, dysarthric, or nothing{hint}"
            cells.append((row.row, f"label = {row.label!r}", expected))
        if not (pd.isna(row.age) or 0 <= row.age <= 130):
            cells.append((row.row, f"age = {row.age:g}", "expected 0 to 130 years"))
        if not pd.isna(row.gender) and row.gender not in GENDERS:
            expected = f"expected {' or '.join(GENDERS)}, or nothing"
            cells.append((row.row, f"gender = {row.gender!r}", expected))
    problems = by_cell(cells)
    there = rows[rows["path"].notna()]
    for _, same in there[there.duplicated(["path", "start", "end"], keep=False)].groupby(
        ["path", "start", "end"], dropna=False
    ):
        problems.append(
            f"{same['recording_id'].iloc[0]} is listed more than once ({', '.join(same['row'])})"
        )
    if with_speakers:
        sound = there[there["speaker_id"].notna()]
        problems += shared_sound(sound)
        ids = sound.groupby("speaker_id", sort=False)["row"].agg(list).to_dict()
        problems += [*destroyed_ids(ids), *one_person_twice(ids)]
    return problems
