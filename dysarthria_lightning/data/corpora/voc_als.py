"""VOC-ALS: vowels and syllables of 102 people with ALS and 51 healthy ones, by telephone.

Dubbioso et al., Scientific Data 11:800, 2024. The label is ALS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from dysarthria_lightning.data.corpora.own_tables import number_or_none, read_own_table
from dysarthria_lightning.data.corpora.published import PublishedCorpus, Take, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.errors import CorpusError

_FILE = path_ending(
    r"(?P<speaker>(?P<group>CT|PZ)\d{3})_"
    r"((?P<vowel>phonation)(?P<letter>[AEIOU])|rhythm(?P<syllable>PA|TA|KA))\.wav"
)
_TABLE = "VOC-ALS.xlsx"
#: The severity is the item of speech of the ALSFRS-R: 4 normal, 0 no useful speech.
_COLUMNS = {
    "speaker": "ID",
    "gender": "Sex",
    "age": "Age (years)",
    "severity": "ALSFRS-R_SpeechSubscore",
}


class VocAlsData(PublishedCorpus):
    """``data=voc_als``: the VOC-ALS database."""

    title = "VOC-ALS"
    classes = (
        "102 people with ALS are called dysarthric, also those whose speech is still normal; "
        "51 healthy"
    )
    get = "Get it from Synapse (syn53009474), with an account there; for terms see its distributor"
    citation = (
        "Dubbioso R, Spisto M, Verde L, et al. Voice signals database of ALS patients with "
        "different dysarthria severity and healthy controls. Scientific Data 11:800, 2024. "
        "doi:10.1038/s41597-024-03597-2"
    )
    example = "phonationA/CT001_phonationA.wav"
    tasks_there = ("vowels", "syllables")

    layout: Literal["voc_als"]
    corpus: Literal["voc_als"] = "voc_als"

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`."""
        found = _FILE.fullmatch(str(file))
        if not found:
            return None
        return Take(
            speaker_id=found["speaker"],
            label=HEALTHY if found["group"] == "CT" else DYSARTHRIC,
            take_id=file.stem,
            task="vowels" if found["vowel"] else "syllables",
            text=(found["letter"] or found["syllable"]).lower(),
        )

    def speaker_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read the table of speakers; see :meth:`PublishedCorpus.speaker_details`."""
        return {
            row["speaker"]: {
                "gender": _gender(row["gender"], folder / file, number),
                "age": number_or_none(row["age"]),
                "severity": number_or_none(row["severity"]),  # "-" in controls
            }
            for file in files
            if file.name == _TABLE
            for number, row in read_own_table(folder / file, _COLUMNS).items()
        }

    def notes(self, chosen: Sequence[Take]) -> Iterator[str]:
        """Say what else the user should know; see :meth:`PublishedCorpus.notes`."""
        unknown = {take.speaker_id for take in chosen if take.gender is None and take.age is None}
        if unknown:
            yield (
                f"{self.title}: sex, age and severity of {len(unknown)} speakers are not known; "
                f"they are in {_TABLE}, which belongs below data.root."
            )


def _gender(text: str, table: Path, row: int) -> str | None:
    try:
        return {"M": "male", "F": "female", "": None}[text.upper()]
    except KeyError:
        raise CorpusError(f"{table}, row {row}: Sex = {text!r}; expected M or F") from None
