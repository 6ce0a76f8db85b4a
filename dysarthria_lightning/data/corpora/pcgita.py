"""PC-GITA: vowels, syllables, words, sentences, a text and a monologue in Colombian Spanish.

Orozco-Arroyave, Arias-Londoño, Vargas-Bonilla, González-Rátiva & Nöth, LREC 2014.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.speaker_tables import Row, details_of_speakers, read_rows
from dysarthria_lightning.data.corpora.takes import Take, Task, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY

_SPEAKER = r"(?P<speaker>AVPEPUDEA(?P<control>C?)\d{4})(?!\d)"
# What follows the speaker is spelt in many ways; what was said is in the folders.
_NAME = rf"{_SPEAKER}[^/]*\.wav"
_VOWEL = rf"([aeiou]/)?{_SPEAKER}[ _]?(?P<item>[aeiou]\d?)\.wav"
_HOW = r"(?P<how>sin normalizar|con normalizar|non-normalized|normalized)"
_CLASS = r"(?P<group>hc|pd|control|patologicas?)"
_ITEM = r"(?P<item>[^/]+)"
#: What was asked for, its kind, and the end of a path; folders with blanks for underscores.
_ENDINGS: tuple[tuple[str, Task, str], ...] = (
    ("ddk", "syllables", rf"ddk analysis/{_ITEM}/{_HOW}/{_CLASS}/{_NAME}"),
    ("sentence", "sentences", rf"sentences/{_ITEM}/{_HOW}/{_CLASS}/{_NAME}"),
    ("sentence", "sentences", rf"sentences2/\d {_ITEM}/{_HOW}/{_CLASS}/{_NAME}"),
    ("text", "reading", rf"read text/{_ITEM}/{_HOW}/{_CLASS}/{_NAME}"),
    ("monologue", "speech", rf"monologue/{_HOW}/{_CLASS}/{_NAME}"),
    ("word", "words", rf"words/{_HOW}/{_CLASS}/{_ITEM}/{_NAME}"),
    ("vowel", "vowels", rf"vowels/{_CLASS}/{_VOWEL}"),
    ("modulated-vowel", "vowels", rf"modulated vowels/{_CLASS}/{_VOWEL}"),
)
_LAYOUTS = [(what, task, path_ending(end, re.IGNORECASE)) for what, task, end in _ENDINGS]
_VARIANTS = {
    **dict.fromkeys(("sin normalizar", "non-normalized"), "raw"),
    **dict.fromkeys(("con normalizar", "normalized"), "normalised"),
}
# Folders beside or below those of the classes, of people who were left over in matching.
_LEFT_OVER = re.compile(
    r"(?:.*/)?(?P<place>(?:ddk analysis|sentences2?|read text|monologue|words|vowels|"
    rf"modulated vowels)/(?:.*/)?[^/]*(?:sobra|l[oa]s que )[^/]*/(?:.*/)?{_SPEAKER}[^/]*)\.wav",
    re.IGNORECASE,
)
_COLUMNS = {
    # The first is how the table spells it.
    "speaker": ("RECODING ORIGINAL NAME", "RECORDING ORIGINAL NAME"),
    "gender": ("SEX",),
    "age": ("AGE",),
    "severity": ("UPDRS-speech",),
}
_TABLE = path_ending(r"(copia de )?pc[- ]?gita metadata[^/]*\.(xlsx?|csv|tsv)", re.IGNORECASE)


class PcGitaData(PublishedCorpus):
    """``data=pcgita``: PC-GITA.

    Severity is the item of the UPDRS on speech, 0 (normal) to 4, for patients.

    Attributes:
        variant: Most recordings are there twice, as they were made and with their level normalised;
            which is read. Vowels are there once.
    """

    title = "PC-GITA"
    classes = (
        "50 people with Parkinson's disease are called dysarthric, whether or not their speech is "
        "affected; 50 healthy, of the same ages and sexes"
    )
    get = "Its authors (Universidad de Antioquia) give it on request, with an agreement of its own"
    citation = (
        "Orozco-Arroyave JR, Arias-Londoño JD, Vargas-Bonilla JF, González-Rátiva MC, Nöth E. New "
        "Spanish speech corpus database for the analysis of people suffering from Parkinson's "
        "disease. Proceedings of LREC 2014, pages 342-347"
    )
    example = "DDK analysis/ka-ka-ka/sin normalizar/hc/AVPEPUDEAC0001_ka.wav"
    table = "PCGITA_metadata.xlsx"
    tasks_there = ("vowels", "syllables", "words", "sentences", "reading", "speech")

    layout: Literal["pcgita"]
    corpus: Literal["pcgita"] = "pcgita"
    variant: Literal["raw", "normalised"] = "raw"

    def variants(self) -> Sequence[str | None] | None:
        """Return the variant to take, and what has none."""
        return (self.variant, None)

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`."""
        spaced = f"{file.parent}".replace("_", " ") + f"/{file.name}"
        if left_over := _LEFT_OVER.fullmatch(spaced):
            return Take(
                speaker_id=left_over["speaker"].upper(),
                label=HEALTHY if left_over["control"] else DYSARTHRIC,
                take_id=left_over["place"].replace("/", "-"),
                fault="in a folder of recordings that its authors left over",
            )
        takes = (
            _take(what, task, found.groupdict())
            for what, task, layout in _LAYOUTS
            if (found := layout.fullmatch(spaced))
        )
        return next(takes, None)

    def speaker_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read its table; see :meth:`PublishedCorpus.speaker_details`."""
        tables = [folder / file for file in files if _TABLE.fullmatch(str(file).replace("_", " "))]
        rows = (row for table in tables for row in read_rows(table, _COLUMNS))
        return details_of_speakers(rows, _speaker)


def _take(what: str, task: Task, parts: Mapping[str, str]) -> Take | None:
    """Say what a path's parts say; None if its folder is of the other class than the speaker."""
    if bool(parts["control"]) != (parts["group"].lower() in ("hc", "control")):
        return None
    speaker, item = parts["speaker"].upper(), parts.get("item", "").lower()
    return Take(
        speaker_id=speaker,
        label=HEALTHY if parts["control"] else DYSARTHRIC,
        take_id="-".join(filter(None, [speaker, what, item])),
        variant=_VARIANTS[parts["how"].lower()] if "how" in parts else None,
        task=task,
        text=item if task == "words" else None,
    )


def _speaker(row: Row) -> str | None:
    speaker = (row.text("speaker") or "").upper()
    return speaker if re.fullmatch(_SPEAKER, speaker) else None
