"""Minsk2020 ALS: sustained /a/ and /i/ of 31 patients with ALS and 33 healthy speakers.

Vashkevich & Rushkevich, Biomedical Signal Processing and Control 65:102350, 2021. The label is
ALS; 24 of the 31 patients have bulbar signs.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.folders import visible
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY, check_manifest
from dysarthria_lightning.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd

_CLASS_FOLDERS = {"ALS": DYSARTHRIC, "HC": HEALTHY}
_FILE_NAME = re.compile(r"(\d{3})_([ai])\.wav")
_TABLE = "Minsk2020_ALS_dataset.csv"
_DIAGNOSIS = "Diagnosis (ALS)"
_GET = "get it with: git clone https://github.com/Mak-Sim/Minsk2020_ALS_database"


class Minsk2020Data(CorpusSection):
    """``data=minsk2020``: the public Minsk2020 ALS corpus.

    Attributes:
        root: The folder that holds ``ALS/``, ``HC/`` and the table of speakers.
    """

    title = "Minsk2020 ALS"
    classes = "31 people with ALS, 24 of them with bulbar signs, are called dysarthric; 33 healthy"
    citation = (
        "Vashkevich M, Rushkevich Y. Classification of ALS patients based on acoustic analysis of "
        "sustained vowel phonations. Biomedical Signal Processing and Control 65:102350, 2021. "
        "doi:10.1016/j.bspc.2020.102350"
    )

    layout: Literal["minsk2020"]
    root: str | None
    corpus: Literal["minsk2020"] = "minsk2020"

    def read(self, outputs_dir: str) -> pd.DataFrame:
        """List the recordings; see :func:`read`."""
        return read(self.root)


def read(root: str | None) -> pd.DataFrame:
    """List the corpus's recordings.

    Args:
        root: The folder that holds ``ALS/``, ``HC/`` and the table of speakers.

    Returns:
        The checked manifest; speaker ids are class and number ("ALS024"), since the same number
        in both classes is two people.

    Raises:
        CorpusError: The folder is missing or laid out otherwise.
    """
    import pandas as pd

    if root is None:
        raise CorpusError(f"data.root is needed: the folder of the Minsk2020 ALS corpus; {_GET}")
    folder = Path(root)
    absent = [name for name in (*_CLASS_FOLDERS, _TABLE) if not (folder / name).exists()]
    if absent:
        raise CorpusError(
            f"data.root = {root}: {', '.join(absent)} not found there; expected the folder of the "
            f"Minsk2020 ALS corpus; {_GET}"
        )
    speakers = _read_speakers(folder / _TABLE)
    rows = [
        _row(file, label, speakers)
        for name, label in _CLASS_FOLDERS.items()
        for file in visible(folder / name)
    ]
    return check_manifest(pd.DataFrame(rows), root)


def _read_speakers(table: Path) -> pd.DataFrame:
    """Return sex and age by (diagnosis, number)."""
    import pandas as pd

    try:
        speakers = pd.read_csv(table)
    except ValueError as error:  # the base of pandas' own errors and of bad encodings
        raise CorpusError(f"{table}: cannot be read as a table: {error}") from None
    missing = [column for column in ("ID", "Sex", "Age", _DIAGNOSIS) if column not in speakers]
    if missing:
        raise CorpusError(f"{table}: column {', '.join(missing)} missing")
    ages = pd.to_numeric(speakers["Age"], errors="coerce")
    twice = speakers.duplicated([_DIAGNOSIS, "ID"])
    for wrong, what in ((ages.isna(), "Age is no number"), (twice, "this speaker has a row above")):
        if wrong.any():
            row = int(wrong.idxmax())
            raise CorpusError(f"{table}, row {row + 2}: {what} (ID {speakers['ID'][row]})")
    return speakers.assign(Age=ages).set_index([_DIAGNOSIS, "ID"])[["Sex", "Age"]]


def _row(file: Path, label: int, speakers: pd.DataFrame) -> dict[str, object]:
    name = _FILE_NAME.fullmatch(file.name)
    if not name:
        raise CorpusError(f"{file}: expected a name such as 008_a.wav (number, vowel a or i)")
    number, vowel = int(name[1]), name[2]
    if (label, number) not in speakers.index:
        raise CorpusError(f"{file}: {_TABLE} has no speaker {number} with diagnosis {label}")
    sex, age = speakers.loc[(label, number)]
    speaker_id = f"{file.parent.name}{name[1]}"
    return {
        "recording_id": f"{speaker_id}_{vowel}",
        "path": str(file.resolve()),
        "row": f"{file.parent.name}/{file.name}",
        "speaker_id": speaker_id,
        "label": label,
        "gender": {"F": "female", "M": "male"}.get(sex, sex),
        "age": float(age),
        "syllable": vowel,
        "syllable_type": "monophthong",
    }
