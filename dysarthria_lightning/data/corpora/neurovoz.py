"""NeuroVoz: vowels, syllables, sentences and free speech in Castilian Spanish.

Mendes-Laureano et al., 2024.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.speaker_tables import Row, details_of_speakers, read_rows
from dysarthria_lightning.data.corpora.takes import Take, Task, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY

# A task may be of two words: the speaker follows the last underscore.
_LAYOUT = path_ending(r"(?P<group>HC|PD)_(?P<what>[A-Z0-9_]+)_(?P<speaker>\d{4})\.wav")
_SENTENCES = (
    *("ABLANDADA", "ACAMPADA", "BARBAS", "BURRO", "CALLE", "CARMEN", "DIABLO", "GANGA", "MANGA"),
    *("PAN_VINO", "PATATA_BLANDA", "PERRO", "PETACA_BLANCA", "PIDIO", "SOMBRA", "TOMAS"),
)
_TASKS: dict[str, Task] = {
    **dict.fromkeys((f"{vowel}{repeat}" for vowel in "AEIOU" for repeat in "123"), "vowels"),
    "PATAKA": "syllables",
    **dict.fromkeys(_SENTENCES, "sentences"),
    **dict.fromkeys(("ESPONTANEA", "FREE"), "speech"),
}
_TABLE = path_ending(r"(metadata_|metadata/data_)(?P<group>hc|pd)\.csv")
_OF_ALL = {"speaker": ("ID",), "gender": ("Sex",), "age": ("Age",)}
_COLUMNS = {"hc": _OF_ALL, "pd": {**_OF_ALL, "severity": ("UPDRS scale",)}}
_SEXES = {"1": "male", "0": "female"}


class NeuroVozData(PublishedCorpus):
    """``data=neurovoz``: NeuroVoz.

    Severity is the column ``UPDRS scale``, for patients: of the disease, and not of speech alone.
    """

    title = "NeuroVoz"
    classes = (
        "53 or 54 people with Parkinson's disease (by version), under medication, are called "
        "dysarthric, whether or not their speech is affected; 55 or 58 healthy"
    )
    get = "Get it from Zenodo, record 13647600 (older: 10777657), with an agreement on its use"
    citation = (
        "Mendes-Laureano J, Gómez-García JA, Guerrero-López A, Luque-Buzo E, Arias-Londoño JD, "
        "Grandas-Pérez FJ, Godino-Llorente JI. NeuroVoz: a Castillian Spanish corpus of "
        "parkinsonian speech. arXiv:2403.02371, 2024"
    )
    example = "data/audios/PD_PAN_VINO_0007.wav"
    table = "metadata_hc.csv or metadata_pd.csv"
    tasks_there = ("vowels", "syllables", "sentences", "speech")

    layout: Literal["neurovoz"]
    corpus: Literal["neurovoz"] = "neurovoz"

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`."""
        found = _LAYOUT.fullmatch(str(file))
        if not found or found["what"] not in _TASKS:
            return None
        return Take(
            speaker_id=found["speaker"],
            label=DYSARTHRIC if found["group"] == "PD" else HEALTHY,
            take_id=f"{found['speaker']}-{found['what']}",
            task=_TASKS[found["what"]],
        )

    def speaker_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read its tables; see :meth:`PublishedCorpus.speaker_details`."""
        # Each has one row per recording.
        tables = [
            (folder / file, found) for file in files if (found := _TABLE.fullmatch(str(file)))
        ]
        rows = (
            row for table, found in tables for row in read_rows(table, _COLUMNS[found["group"]])
        )
        return details_of_speakers(rows, _speaker, _SEXES)

    def remarks(self, takes: Collection[Take]) -> Iterable[str]:
        """Say what sexes rest on; see :meth:`PublishedCorpus.remarks`."""
        if any(take.gender for take in takes):
            yield (
                "its tables have sex as 1 and 0 and do not say which is which; 1 is read as male, "
                "as others who use it do."
            )


def _speaker(row: Row) -> str | None:
    number = row.number("speaker")
    return f"{number:04.0f}" if number else None
