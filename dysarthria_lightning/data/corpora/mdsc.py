"""MDSC: Mandarin commands of 21 speakers with dysarthria and 25 without, as AISHELL-6B or LRDWWS.

Gao et al., Interspeech 2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.takes import Take, first_match, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.data.table_text import find_encoding
from dysarthria_lightning.errors import CorpusError

_FILE = (
    r"wav/(?:(?P<folder>[CD][FM]\d{4})/(?=(?P=folder)_))?"
    r"(?P<speaker>[CD](?P<sex>[FM])\d{4})_(?P<number>\d{4})\.wav"
)
#: By packaging, in the order in which they are tried.
_ENDINGS = (
    (
        "AISHELL-6B",
        rf"(?P<group>Control|Uncontrol)/(?:train|dev|test)/(?:(?:enrollment|eval)/)?{_FILE}",
    ),
    ("the LRDWWS challenge", rf"train/(?P<group>Control|Uncontrol)/{_FILE}"),
    ("the LRDWWS challenge", rf"(?:dev|test(?:-[ab])?)/(?:enrollment|eval)/{_FILE}"),
)
_LAYOUTS = [(name, path_ending(end)) for name, end in _ENDINGS]
#: "Uncontrol" are the patients.
_LETTERS = {"Control": "C", "Uncontrol": "D"}

#: Words that listeners understood, in percent: karkirowle/pathbench, datasets/mdsc, and, for the
#: challenge's own speakers, greeeenmouth/LRDWWS, README.
_INTELLIGIBILITY = {
    **{"DF0001": 91.65, "DF0004": 83.56, "DF0006": 84.3, "DF0007": 21.88, "DF0009": 87.8},
    **{"DF0011": 85.19, "DF0013": 52.99, "DF0014": 62.12, "DF0015": 68.44, "DF0016": 93.73},
    **{"DF0018": 80.35, "DF0021": 51.9, "DM0002": 24.84, "DM0003": 66.17, "DM0005": 85.78},
    **{"DM0008": 85.43, "DM0010": 71.51, "DM0012": 52.0, "DM0017": 91.65, "DM0019": 47.95},
    **{"DM0020": 90.62, "DF0023": 49.91, "DF0026": 77.53, "DF0028": 91.1, "DF0030": 90.5},
    **{"DM0022": 57.58, "DM0024": 38.9, "DM0025": 78.13, "DM0027": 67.4, "DM0029": 45.8},
    "DM0031": 89.73,
}


class MDSCData(PublishedCorpus):
    """``data=mdsc``: the Mandarin Dysarthria Speech Corpus.

    ``severity`` is intelligibility in percent: higher is better; controls have none. The parts
    that the publishers name (train, dev, test, enrollment, eval) are read as one corpus: folds are
    drawn by speaker, and a patient's two halves are one speaker's.
    """

    title = "MDSC"
    classes = (
        "speakers with dysarthria of cerebral palsy or hepatolenticular degeneration "
        "(Uncontrol) and without (Control)"
    )
    get = (
        "Get it from AISHELL (aishelltech.com/AISHELL_6B, by a form; CC BY-NC 4.0) or as the data "
        "of the LRDWWS challenge"
    )
    citation = (
        "Gao M, Chen H, Du J, Xu X, Guo H, Bu H, Yang J, Li M, Lee C-H. Enhancing voice wake-up "
        "for dysarthria: Mandarin Dysarthria Speech Corpus release and customized system design. "
        "Interspeech 2024. arXiv:2406.10304"
    )
    example = "Uncontrol/train/wav/DF0001/DF0001_0003.wav"
    tasks_there = ("words",)

    layout: Literal["mdsc"]
    corpus: Literal["mdsc"] = "mdsc"

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`."""
        packaging, found = first_match(_LAYOUTS, file)
        if not found:
            return None
        parts = found.groupdict()
        speaker = parts["speaker"]
        if _LETTERS.get(parts.get("group", ""), speaker[0]) != speaker[0]:
            return None
        return Take(
            speaker_id=speaker,
            label=HEALTHY if speaker[0] == "C" else DYSARTHRIC,
            take_id=f"{speaker}_{parts['number']}",
            gender="female" if parts["sex"] == "F" else "male",
            severity=_INTELLIGIBILITY.get(speaker),
            task="words",
            packaging=packaging,
        )

    def take_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read the texts in every ``label.txt``; see :meth:`PublishedCorpus.take_details`."""
        details = {}
        for file in files:
            if file.name == "label.txt":
                for line in _lines(folder / file):
                    take_id, _, text = line.replace("\t", " ").partition(" ")
                    details[take_id.removesuffix(".wav")] = {"text": text.strip() or None}
        return details


def _lines(path: Path) -> list[str]:
    """Read lines of text; some files begin with a byte-order mark."""
    try:
        text = path.read_text(encoding=find_encoding(path))
    except ValueError:
        raise CorpusError(
            f'{path}: not UTF-8 text; expected lines such as "CM0002_0001 ..." with what was said'
        ) from None
    return [line.strip() for line in text.splitlines() if line.strip()]
