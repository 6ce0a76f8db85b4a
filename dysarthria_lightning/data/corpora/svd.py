"""Saarbrücken Voice Database: vowels and a phrase of 1853 people, few of them with dysarthria.

Pützer & Barry, Universität des Saarlandes. A session is healthy or has one or more diagnoses; who
spoke and with what stands in a table of sessions alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from pydantic import Field

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.svd_sessions import (
    CHOSEN,
    DYSARTHRIA,
    TABLE_FORMS,
    read_sessions,
)
from dysarthria_lightning.data.corpora.takes import Take, first_match, path_ending, plain_path
from dysarthria_lightning.data.manifest_schema import HEALTHY, bullet_list
from dysarthria_lightning.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd

_NAME = r"(?P<session>\d+)-(?P<utterance>[aiu]_(n|h|l|lhl)|iau|phrase)"
#: By packaging: the end of a path. The folder is really spelt so.
_LAYOUTS = {
    "data.zip": path_ending(rf"data/\d+/(vowels|sentn?ces|sentences)/{_NAME}\.nsp"),
    "exported from the web page": path_ending(rf"{_NAME}\.(wav|nsp)"),
}
_EGG = re.compile(r"\d+-\w+-egg\.(wav|nsp)")
#: Exports of one diagnosis each: a session with two diagnoses lies in two of them.
_OF_ONE_DIAGNOSIS = re.compile(r"(?P<above>(.*/)?)(?P<diagnosis>[^/]+)/export/(?P<name>[^/]+)")

_TABLE = "summary.csv"
# fmt: off
Utterance = Literal[
    "a_n", "a_h", "a_l", "a_lhl", "i_n", "i_h", "i_l", "i_lhl", "u_n", "u_h", "u_l", "u_lhl",
    "iau", "phrase",
]
# fmt: on


class SvdData(PublishedCorpus):
    """``data=svd``: the Saarbrücken Voice Database.

    Attributes:
        pathologies: Whose sessions are taken for dysarthric: diagnoses as the table spells them.
        sessions: The table of sessions; None: ``summary.csv`` below ``root``.
        utterances: Which are read; None: all but iau, from which the vowels are cut.
    """

    # Who is who and with which label is in the recordings' own key.
    places = CorpusSection.places | {"sessions"}
    paths = CorpusSection.paths | {"sessions"}

    title = "Saarbrücken Voice Database"
    classes = (
        "people with one of the diagnoses in data.pathologies, by default those that are "
        "dysarthria or go with it, are called dysarthric, and those whose sessions are all marked "
        "n healthy; patients with other diagnoses are left out"
    )
    get = (
        "Get it from Zenodo (doi:10.5281/zenodo.16874898, data.zip and summary.csv) or "
        "stimmdb.coli.uni-saarland.de; for terms see its distributor"
    )
    citation = (
        "Pützer M, Barry WJ. Saarbrücker Stimmdatenbank. Institut für Phonetik, Universität des "
        "Saarlandes. doi:10.5281/zenodo.16874898"
    )
    example = "data/1/vowels/1-a_n.nsp"
    suffixes = (".wav", ".nsp")
    lists: ClassVar[Mapping[str, str]] = {
        "pathologies": f"diagnoses as the table of sessions spells them, such as {DYSARTHRIA[0]}",
        "utterances": f"utterances, of {', '.join(get_args(Utterance))}",
    }
    tasks_there = ("vowels", "sentences")
    groups_key = "data.pathologies"

    layout: Literal["svd"]
    corpus: Literal["svd"] = "svd"
    pathologies: list[str] = Field(default_factory=lambda: [*DYSARTHRIA])
    sessions: str | None = None
    utterances: list[Utterance] | None = None

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says: not who spoke, nor with which label.

        These come from :meth:`take_details`; a recording without them is refused.
        """
        packaging, found = first_match(_LAYOUTS.items(), file)
        if not found:
            return None
        utterance = found["utterance"]
        is_phrase = utterance == "phrase"
        return Take(
            speaker_id="",
            label=HEALTHY,
            take_id=f"{int(found['session'])}-{utterance}",
            session=str(int(found["session"])),
            task="sentences" if is_phrase else "vowels",
            text="Guten Morgen, wie geht es Ihnen?" if is_phrase else utterance.split("_")[0],
            packaging=packaging,
        )

    def passed_over(self, file: PurePosixPath) -> bool:
        """Pass over electroglottograms."""
        return _EGG.fullmatch(file.name) is not None

    def chosen_groups(self) -> Collection[str]:
        """Return the group of the healthy and of those with a chosen diagnosis."""
        return (CHOSEN,)

    def asks_for(self, take: Take) -> bool:
        """Say whether a recording is among those that the configuration asks for."""
        utterance = take.take_id.split("-")[1]
        asked = utterance in self.utterances if self.utterances else utterance != "iau"
        return asked and super().asks_for(take)

    def take_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read the table of sessions; see :meth:`PublishedCorpus.take_details`."""
        found = [take for file in files if (take := self._recording(file))]
        if not found:
            return {}
        table = self._table(folder, files)
        people = read_sessions(table, self.pathologies)
        unknown = sorted({int(take.session or 0) for take in found} - people.keys())
        if unknown:
            shown = ", ".join(map(str, unknown[:20])) + (" ..." if len(unknown) > 20 else "")
            raise CorpusError(
                f"{self.place}: {len(unknown)} sessions have no row in {table}, so that nobody "
                f"knows who spoke: {shown}. Add their rows, or remove their recordings"
            )
        return {take.take_id: people[int(take.session or 0)] for take in found}

    def list_recordings(
        self,
        files: Sequence[PurePosixPath],
        folder: Path,
        speakers: Mapping[str, Mapping[str, Any]] | None = None,
        takes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> pd.DataFrame:
        """Make the manifest from paths; see :meth:`PublishedCorpus.list_recordings`."""
        once = list(_once(files))
        manifest = super().list_recordings(once, folder, speakers, takes)
        if len(once) < len(files):
            manifest.attrs["notes"].append(
                f"{self.title}: {len(files) - len(once)} files lie in the folders of several "
                "diagnoses and are read once."
            )
        return manifest

    def remarks(self, takes: Collection[Take]) -> Iterator[str]:
        """Say what the user should know; see :meth:`PublishedCorpus.remarks`."""
        minors = {take.speaker_id for take in takes if take.age is not None and take.age < 18}
        if minors:
            yield f"speakers under 18: {len(minors)}."

    def _recording(self, file: PurePosixPath) -> Take | None:
        plain = plain_path(file)
        return None if self.passed_over(plain) else self.parse(plain)

    def _table(self, folder: Path, files: Sequence[PurePosixPath]) -> Path:
        """Find the table of sessions."""
        if self.sessions is not None:
            if not Path(self.sessions).is_file():
                raise CorpusError(f"data.sessions = {self.sessions}: there is no such file")
            return Path(self.sessions)
        tables = [file for file in files if file.name.lower() == _TABLE]
        if len(tables) > 1:
            raise CorpusError(
                f"{self.place}: {_TABLE} lies there more than once; name one with "
                f"data.sessions=FILE:\n{bullet_list([str(table) for table in tables])}"
            )
        if not tables:
            raise CorpusError(
                f"{self.place}: {_TABLE} is not there. The numbers in the files' names are of "
                "sessions; whose they are, and with which diagnosis, is in that table alone. Get "
                "it where data.zip is (doi:10.5281/zenodo.16874898), or name a table of your own "
                f"with data.sessions=FILE; its columns are {TABLE_FORMS[0]}, or {TABLE_FORMS[1]}"
            )
        return folder / tables[0]


def _once(files: Sequence[PurePosixPath]) -> Iterator[PurePosixPath]:
    """Pass over a recording that lies in the folder of another diagnosis, too."""
    first: dict[tuple[str, str], str] = {}
    for file in files:
        found = _OF_ONE_DIAGNOSIS.fullmatch(str(file))
        if not found or found["diagnosis"] == first.setdefault(
            (found["above"], found["name"]), found["diagnosis"]
        ):
            yield file
