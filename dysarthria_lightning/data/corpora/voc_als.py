"""VOC-ALS: vowels and syllables of 102 people with ALS and 51 healthy ones, by telephone.

Dubbioso et al., Scientific Data 11:800, 2024. The label is ALS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.speaker_tables import details_of_speakers, read_rows
from dysarthria_lightning.data.corpora.takes import Take, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY

_FILE = path_ending(
    r"(?P<speaker>(?P<group>CT|PZ)\d{3})_"
    r"((?P<vowel>phonation)(?P<letter>[AEIOU])|rhythm(?P<syllable>PA|TA|KA))\.wav"
)
#: The severity is the item of speech of the ALSFRS-R: 4 normal, 0 no useful speech.
_COLUMNS = {
    "speaker": ("ID",),
    "gender": ("Sex",),
    "age": ("Age (years)",),
    "severity": ("ALSFRS-R_SpeechSubscore",),
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
    table = "VOC-ALS.xlsx"
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
        tables = [folder / file for file in files if file.name == self.table]
        return details_of_speakers(row for table in tables for row in read_rows(table, _COLUMNS))
