"""How many speakers and recordings a corpus lists, how many can be used, and why others cannot."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from dysarthria_lightning.data.manifest_schema import LEFT_OUT, TWO_LABELS
from dysarthria_lightning.data.same_people import SAME_PEOPLE

if TYPE_CHECKING:
    from dysarthria_lightning.data.store import FeatureStore

#: What a store says of the recordings that it does not use: by id the speaker and the label.
WHOSE = "left_out_of"
FLOW_COLUMNS = ["step", "reason", "label", "n_speakers", "n_recordings"]
LISTED, DROPPED, LEFT, USABLE = "listed", "not counted", "left out", "usable"
Row = tuple[str, str, int | None, int | None, int | None]

_TOO_LONG = "too long (data.max_duration_s)"
_COPY = "the same audio as another recording of the speaker"
_SHARED = "the same audio as a recording of another speaker"
_MET = "of a person whom another of the corpora has, too"
_BOTH = "speakers with both labels"


def corpus_flow(store: "FeatureStore") -> pd.DataFrame:
    """Count speakers and recordings, from those listed to those that can be used.

    Args:
        store: The corpus.

    Returns:
        One row per step, reason and class, in order, with :data:`FLOW_COLUMNS`. ``step`` is
        ``listed``, ``not counted`` (left out before that count), ``left out`` (both once for each
        ``reason``, which is empty elsewhere) or ``usable``. ``label`` is missing in the rows that
        count all classes together. Where a store does not say whose a recording was that it
        leaves out, there are no others, and ``n_speakers`` is missing. Segments count as the
        recording that they were cut from.
    """
    about, usable = store.about, store.recordings.drop_duplicates("source_id")
    of_usable = list(zip(usable["speaker_id"], usable["label"], strict=True))
    reasons = dict(_reasons(about))
    by_reason: dict[str, list[str]] = defaultdict(list)
    for recording, reason in reasons.items():
        by_reason[reason].append(recording)
    if about["n_listed"] == len(usable) or WHOSE in about:
        whose = {recording: tuple(of) for recording, of in about.get(WHOSE, {}).items()}
        listed = _count(LISTED, "", [*of_usable, *whose.values()])
        left = [_count(LEFT, why, [whose[it] for it in its]) for why, its in by_reason.items()]
    else:
        listed = _row(LISTED, "", None, about["n_listed"])
        left = [_row(LEFT, why, None, len(its)) for why, its in by_reason.items()]
    steps = [listed, *_dropped_unread(about), *left, _count(USABLE, "", of_usable)]
    rows = [row for step in steps for row in step]
    integers = dict.fromkeys(("label", "n_speakers", "n_recordings"), "Int64")
    return pd.DataFrame(rows, columns=FLOW_COLUMNS).astype(integers)


def _reasons(about: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each recording of the list that is not used, with why."""
    shared = {recording for group in about.get("shared", []) for recording in group}
    problems = {it: _SHARED if it in shared else why for it, why in about["problems"].items()}
    said: dict[str, set[str]] = defaultdict(set)
    for reason in problems.values():
        said[_without_numbers(reason)].add(reason)
    if about.get("kept_first"):
        yield from ((copy, _COPY) for _, *copies in about["repeated"] for copy in copies)
    people = about.get(SAME_PEOPLE, {})
    yield from ((it, _MET) for it, (who, _) in about.get(WHOSE, {}).items() if who in people)
    for recording, reason in problems.items():
        alike = said[_without_numbers(reason)]
        yield recording, reason if len(alike) == 1 else _without_numbers(reason)
    yield from ((recording, _TOO_LONG) for recording in about["too_long"])


def _without_numbers(reason: str) -> str:
    return re.sub(r"\d+(\.\d+)?", "…", reason)


def _row(step: str, reason: str, n_speakers: int | None, n_recordings: int | None) -> list[Row]:
    """Count all classes together."""
    return [(step, reason, None, n_speakers, n_recordings)]


def _count(step: str, reason: str, whose: list[tuple[str, int]]) -> list[Row]:
    """Count the speakers and recordings of all classes and of each."""
    table = pd.DataFrame(whose, columns=["speaker_id", "label"])
    parts = {None: table} | {int(str(label)): of for label, of in table.groupby("label")}
    return [
        (step, reason, label, of["speaker_id"].nunique(), len(of)) for label, of in parts.items()
    ]


def _dropped_unread(about: dict[str, Any]) -> list[list[Row]]:
    """Count what was dropped from the list before it was read; it is not among those listed."""
    found = [
        _row(DROPPED, f"known fault: {reason}", None, len(recordings))
        for reason, recordings in about.get(LEFT_OUT, {}).items()
    ]
    two_labels = about.get(TWO_LABELS)
    return [*found, *([_row(DROPPED, _BOTH, len(two_labels), None)] if two_labels else [])]
