"""MDVR-KCL: a read passage and a dialogue of people with Parkinson's disease and without.

Jaeger, Trivedi & Stadtschnitzer, 2019, recorded with a smartphone at King's College London.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.takes import Take, Task, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY

# One name lacks the underscore after the speaker.
_LAYOUT = path_ending(
    r"(?P<task>ReadText|SpontaneousDialogue)/(?P<group>HC|PD)/"
    r"(?P<speaker>ID\d\d)_?(?P<status>hc|pd)_\d_\d_(?P<speech>\d)\.wav"
)
_TASKS: dict[str, Task] = {"ReadText": "reading", "SpontaneousDialogue": "speech"}


class MdvrKclData(PublishedCorpus):
    """``data=mdvr_kcl``: MDVR-KCL.

    Severity is item III-18 (speech) of the UPDRS as the file's name says it, 0 (normal) to 4; the
    names also hold Hoehn and Yahr's stage and item II-5, which are not read. Controls have one too.
    """

    title = "MDVR-KCL"
    classes = (
        "16 people with Parkinson's disease are called dysarthric, whether or not their speech is "
        "affected; 21 healthy"
    )
    get = "Get it from Zenodo, record 2867216"
    citation = (
        "Jaeger H, Trivedi D, Stadtschnitzer M. Mobile Device Voice Recordings at King's College "
        "London (MDVR-KCL) from both early and advanced Parkinson's disease patients and healthy "
        "controls. Zenodo, 2019. doi:10.5281/zenodo.2867216"
    )
    example = "ReadText/HC/ID00_hc_0_0_0.wav"
    tasks_there = ("reading", "speech")

    layout: Literal["mdvr_kcl"]
    corpus: Literal["mdvr_kcl"] = "mdvr_kcl"

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`."""
        found = _LAYOUT.fullmatch(str(file))
        if not found or found["group"].lower() != found["status"]:
            return None
        return Take(
            speaker_id=found["speaker"],
            label=DYSARTHRIC if found["group"] == "PD" else HEALTHY,
            take_id=f"{found['speaker']}-{found['task']}",
            severity=float(found["speech"]),
            task=_TASKS[found["task"]],
        )

    def remarks(self, takes: Collection[Take]) -> Iterable[str]:
        """Say who else is heard; see :meth:`PublishedCorpus.remarks`."""
        yield "sex and age of its speakers are not published."
        if any(take.task == "speech" for take in takes):
            yield (
                "the clinician is heard in the dialogues too; data.tasks=[reading] leaves them out."
            )
