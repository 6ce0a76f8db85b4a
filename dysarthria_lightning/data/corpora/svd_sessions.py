"""The table of sessions of the Saarbrücken Voice Database: who spoke, and with which diagnosis."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from dysarthria_lightning.data.corpora.speaker_tables import Row, read_rows
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.errors import CorpusError

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
#: Columns of the two tables, for messages.
TABLE_FORMS = [
    ", ".join(dict.fromkeys(names[form] for names in _COLUMNS.values())) for form in (0, 1)
]

#: Diagnoses that are dysarthria or go with it, as the table spells them.
DYSARTHRIA = (
    "Dysarthrophonie",
    "Zentral-laryngale Bewegungsstörung",
    "Amyotrophe Lateralsklerose",
    "Bulbärparalyse",
    "Morbus Parkinson",
)

#: Groups of sessions.
CHOSEN, OTHERS = "healthy or of a chosen diagnosis", "patients with other diagnoses"


def read_sessions(table: Path, pathologies: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Read the table of sessions.

    Args:
        table: CSV or ``.xlsx``.
        pathologies: Diagnoses that are taken for dysarthria.

    Returns:
        By session values of :class:`Take`'s attributes. All sessions of people who are patients in
        some and healthy in others have a ``fault``.

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
        session: dict[str, Any] = {
            "speaker_id": person,
            "label": HEALTHY if kind == "n" else DYSARTHRIC,
            "gender": row.gender("gender", _GENDERS),
            "age": _age(row),
            "group": OTHERS if kind == "p" and not diagnoses & wanted else CHOSEN,
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
            session["group"] = CHOSEN
            session["fault"] = "person who is healthy in one session and a patient in another"
    return sessions


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
