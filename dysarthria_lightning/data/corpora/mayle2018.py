"""The paper's own layout: ``<gender> <class>/<number>-<speaker>-<note>…/<file>.wav``.

The gender (male, female) and the class (healthy, patient) come from the top folder, the speaker
from the second field of the sub-folder. A file name starts with ``z-`` (compound vowel), ``zz-``
(consonant-/a/) or neither (monophthong); a repeat ends in ``-1``, ``-2``…; remarks stand in
brackets, half- or full-width. Folder names hold real names, so speakers get pseudonyms and no
path reaches the outputs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.corpora.pseudonyms import pseudonym, read_key
from dysarthria_lightning.data.folders import visible
from dysarthria_lightning.data.manifest_schema import (
    DYSARTHRIC,
    HEALTHY,
    bullet_list,
    check_manifest,
)
from dysarthria_lightning.data.speaker_ids import one_person_twice
from dysarthria_lightning.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd

_GROUPS = {
    f"{gender} {status}": (gender, label)
    for gender in ("female", "male")
    for status, label in (("healthy", HEALTHY), ("patient", DYSARTHRIC))
}
_TYPES = {"zz-": "consonant_a", "z-": "compound_vowel", "": "monophthong"}
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_STEM = re.compile(r"(?P<prefix>zz-|z-|)(?P<syllable>[^\W_]+)(?:-(?P<repeat>\d+))?")


class Mayle2018Data(CorpusSection):
    """``data=mayle2018``: a corpus in the paper's own layout.

    Attributes:
        root: The folder that holds the four folders of gender and class.
        pseudonym_key_file: A file with a secret that keeps pseudonyms from being undone.
    """

    places = CorpusSection.places | {"pseudonym_key_file"}
    paths = CorpusSection.paths | {"pseudonym_key_file"}
    papers_protocol = True

    layout: Literal["mayle2018"]
    root: str | None
    pseudonym_key_file: str | None = None
    corpus: Literal["mayle2018"] = "mayle2018"

    def read(self, outputs_dir: str) -> pd.DataFrame:
        """List the recordings; see :func:`read`."""
        return read(self.root, self.pseudonym_key_file)


def read(root: str | None, pseudonym_key_file: str | None = None) -> pd.DataFrame:
    """List the corpus's recordings.

    Args:
        root: The folder that holds the four folders of gender and class.
        pseudonym_key_file: A file with a secret that keeps pseudonyms from being undone by
            whoever has a list of names. The secret itself is in no setting, because
            settings are saved.

    Returns:
        The checked manifest. A speaker's id is stable: the same name, group and key give the
        same id whatever else the corpus holds.

    Raises:
        CorpusError: A folder or file is not laid out as expected; the message names it.
    """
    import pandas as pd

    if root is None:
        raise CorpusError(f"data.root is needed: the folder that holds {_group_names()}")
    folder = Path(root)
    if not folder.is_dir():
        raise CorpusError(
            f"data.root = {root}: there is no such folder; expected one that holds "
            f"{_group_names()}. The paper's recordings were never published: ask its authors"
        )
    key = read_key(pseudonym_key_file)
    seen: Counter[str] = Counter()
    problems: list[str] = []
    rows: list[dict[str, object]] = []
    for group in visible(folder):
        if group.name not in _GROUPS or not group.is_dir():
            raise CorpusError(f"{group}: expected only the folders {_group_names()}")
        speakers = visible(group)
        problems += _names_spelt_twice(speakers)
        for speaker in speakers:
            rows.extend(_speaker_rows(speaker, *_GROUPS[group.name], key, seen))
    if problems:
        raise CorpusError(f"{root}:\n{bullet_list(problems)}")
    return check_manifest(pd.DataFrame(rows), root)


def _names_spelt_twice(folders: list[Path]) -> Iterator[str]:
    """Compare names before they become pseudonyms, which differ where the names do at all."""
    folders_of_names: dict[str, list[str]] = {}
    for folder in folders:
        fields = unicodedata.normalize("NFKC", folder.name).split("-")
        if len(fields) > 1:
            folders_of_names.setdefault(fields[1].strip(), []).append(
                f"{folder.parent.name}/{folder.name}"
            )
    return one_person_twice(folders_of_names)


def _group_names() -> str:
    return ", ".join(f'"{name}"' for name in _GROUPS)


def _speaker_rows(
    folder: Path, gender: str, label: int, key: bytes, seen: Counter[str]
) -> list[dict[str, object]]:
    fields = unicodedata.normalize("NFKC", folder.name).split("-")
    if not (
        folder.is_dir() and len(fields) > 1 and fields[0].strip().isdigit() and fields[1].strip()
    ):
        raise CorpusError(f"{folder}: expected a folder named <number>-<speaker>-<note>")
    speaker_id = pseudonym(fields[1].strip(), gender, label, key)
    # One speaker may have several folders, so the folder's number belongs to the recording's id.
    session = re.sub(r"\W", "", fields[0])
    rows = []
    for file in visible(folder):
        prefix, syllable, repeat = _parse(file)
        name = "-".join([speaker_id, session, f"{prefix}{syllable}", *([repeat] if repeat else [])])
        # ha.wav and ha(remark).wav are two recordings of one text; a speaker may have two folders.
        seen[name] += 1
        rows.append(
            {
                "recording_id": name if seen[name] == 1 else f"{name}.{seen[name]}",
                "path": str(file.resolve()),
                "row": f"{folder.parent.name}/{folder.name}/{file.name}",
                "speaker_id": speaker_id,
                "label": label,
                "gender": gender,
                "syllable": syllable,
                "syllable_type": _TYPES[prefix],
            }
        )
    return rows


def _parse(file: Path) -> tuple[str, str, str | None]:
    """Split a file name into prefix, syllable and repeat.

    ``zz-ha-2（发音错误）.wav`` is ("zz-", "ha", "2").
    """
    # NFKC turns full-width brackets and digits into plain ones.
    stem = _REMARK.sub("", unicodedata.normalize("NFKC", file.stem)).strip().lower()
    parts = _STEM.fullmatch(stem)
    if file.suffix.lower() != ".wav" or not parts:
        raise CorpusError(
            f"{file}: expected <syllable>.wav, z-<syllable>.wav or zz-<syllable>.wav, "
            "with -<number> for a repeat and remarks in brackets"
        )
    return parts["prefix"], parts["syllable"], parts["repeat"]
