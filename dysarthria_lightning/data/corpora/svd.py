"""Saarbrücken Voice Database: vowels and a phrase of 1853 people, few of them with dysarthria.

Pützer & Barry, Universität des Saarlandes. A session is healthy or has one or more diagnoses; who
spoke and with what stands in a table of sessions alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.corpora.published import PublishedCorpus, Take, path_ending
from dysarthria_lightning.data.corpora.speaker_tables import Row, read_rows
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY, bullet_list
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
#: By what is read, its column in the publishers' table and in a table that others made of it. The
#: one has days, the other an age.
_AGE = "talkerage"
_COLUMNS = {
    "session": ("AufnahmeID", "sessionid"),
    "kind": ("AufnahmeTyp", "sessiontype"),
    "person": ("SprecherID", "talkerid"),
    "gender": ("Geschlecht", "talkersex"),
    "pathologies": ("Pathologien", "pathologies"),
    "recorded": ("AufnahmeDatum", _AGE),
    "born": ("Geburtsdatum", _AGE),
}
_GENDERS = {"w": "female", "m": "male"}

#: Diagnoses that are dysarthria or go with it, as the table spells them.
DYSARTHRIA = (
    "Dysarthrophonie",
    "Zentral-laryngale Bewegungsstörung",
    "Amyotrophe Lateralsklerose",
    "Bulbärparalyse",
    "Morbus Parkinson",
)

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
    tasks_there = ("vowels", "sentences")

    layout: Literal["svd"]
    corpus: Literal["svd"] = "svd"
    pathologies: Annotated[list[str], Field(min_length=1)] = Field(
        default_factory=lambda: [*DYSARTHRIA]
    )
    sessions: str | None = None
    utterances: Annotated[list[Utterance], Field(min_length=1)] | None = None

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says: not who spoke, nor with which label.

        These come from :meth:`take_details`; a recording without them is refused.
        """
        matches = {name: layout.fullmatch(str(file)) for name, layout in _LAYOUTS.items()}
        packaging, found = next((item for item in matches.items() if item[1]), ("", None))
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
                f"{self._root}: {len(unknown)} sessions have no row in {table}, so that nobody "
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
        composed = PurePosixPath(unicodedata.normalize("NFC", str(file)))
        return None if self.passed_over(composed) else self.parse(composed)

    def _table(self, folder: Path, files: Sequence[PurePosixPath]) -> Path:
        """Find the table of sessions."""
        if self.sessions is not None:
            if not Path(self.sessions).is_file():
                raise CorpusError(f"data.sessions = {self.sessions}: there is no such file")
            return Path(self.sessions)
        tables = [file for file in files if file.name.lower() == _TABLE]
        if len(tables) > 1:
            raise CorpusError(
                f"{self._root}: {_TABLE} lies there more than once; name one with "
                f"data.sessions=FILE:\n{bullet_list([str(table) for table in tables])}"
            )
        if not tables:
            raise CorpusError(
                f"{self._root}: {_TABLE} is not there. The numbers in the files' names are of "
                "sessions; whose they are, and with which diagnosis, is in that table alone. Get "
                "it where data.zip is (doi:10.5281/zenodo.16874898), or name a table of your own "
                f"with data.sessions=FILE; its columns are {_listed(0)}, or {_listed(1)}"
            )
        return folder / tables[0]


def read_sessions(table: Path, pathologies: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Read the table of sessions.

    Args:
        table: CSV or ``.xlsx``.
        pathologies: Diagnoses that are taken for dysarthria.

    Returns:
        By session values of :class:`Take`'s attributes. A ``fault`` have sessions of patients with
        other diagnoses, and all sessions of people who are patients in some and healthy in others.

    Raises:
        CorpusError: The table cannot be read, or does not know one of the diagnoses.
    """
    wanted = {_plain(name) for name in pathologies}
    known: set[str] = set()
    sessions: dict[int, dict[str, Any]] = {}
    kinds: dict[str, set[str]] = {}
    for row in read_rows(table, _COLUMNS):
        number, person = row.text("session") or "", row.text("person")
        kind = (row.text("kind") or "").lower()
        if not number.isdecimal() or not person or kind not in ("n", "p"):
            raise CorpusError(
                f"{row.where}: session {number!r} of person {person!r} is of kind {kind!r}; "
                "expected a number, a person and n (healthy) or p (patient)"
            )
        diagnoses = {_plain(name) for name in (row.text("pathologies") or "").split(",")} - {""}
        known |= diagnoses
        fault = None
        if kind == "p" and not diagnoses & wanted:
            fault = "patient without a diagnosis in data.pathologies"
        session: dict[str, Any] = {
            "speaker_id": person,
            "label": HEALTHY if kind == "n" else DYSARTHRIC,
            "gender": row.gender("gender", _GENDERS),
            "age": _age(row),
            "fault": fault,
        }
        if sessions.setdefault(int(number), session) != session:
            raise CorpusError(f"{row.where}: session {number} has another row above")
        kinds.setdefault(person, set()).add(kind)
    # One's own table may hold a part of the corpus.
    unknown = [name for name in pathologies if _plain(name) not in known]
    unknown = [name for name in unknown if name not in DYSARTHRIA]
    if unknown:
        raise CorpusError(
            f"data.pathologies: {', '.join(unknown)}: not in {table}, which has "
            f"{', '.join(sorted(known))}"
        )
    for session in sessions.values():
        if len(kinds[session["speaker_id"]]) > 1:
            session["fault"] = "person who is healthy in one session and a patient in another"
    return sessions


def _once(files: Sequence[PurePosixPath]) -> Iterator[PurePosixPath]:
    """Pass over a recording that lies in the folder of another diagnosis, too."""
    first: dict[tuple[str, str], str] = {}
    for file in files:
        found = _OF_ONE_DIAGNOSIS.fullmatch(str(file))
        if not found or found["diagnosis"] == first.setdefault(
            (found["above"], found["name"]), found["diagnosis"]
        ):
            yield file


def _age(row: Row) -> float | None:
    """Return how old somebody was at a session."""
    if row.columns["born"] == _AGE:
        return row.number("born")
    days = row.text("born"), row.text("recorded")
    if days[0] is None or days[1] is None:
        return None
    try:
        born, recorded = _day(days[0]), _day(days[1])
    except ValueError:
        raise CorpusError(
            f"{row.where}: born {days[0]!r}, recorded {days[1]!r}; expected days such as 1977-04-07"
        ) from None
    had_no_birthday = (recorded.month, recorded.day) < (born.month, born.day)
    return float(recorded.year - born.year - had_no_birthday)


def _day(text: str) -> date:
    """Read a day, also as a German spreadsheet writes it."""
    if re.fullmatch(r"\d\d?\.\d\d?\.\d{4}", text):
        day, month, year = map(int, text.split("."))
        return date(year, month, day)
    return date.fromisoformat(text[:10])


def _plain(name: str) -> str:
    """Write a diagnosis in one way: accents composed, no blanks around it."""
    return unicodedata.normalize("NFC", name).strip()


def _listed(form: int) -> str:
    return ", ".join(dict.fromkeys(names[form] for names in _COLUMNS.values()))
