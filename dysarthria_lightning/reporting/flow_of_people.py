"""Where people and recordings went: listed, usable, trained on, validating, tested."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pandas as pd

from dysarthria_lightning.data.flow import DROPPED, LEFT, LISTED, USABLE
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.evaluation.study import CrossValidation
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import counted
from dysarthria_lightning.reporting.headline import headline_cell
from dysarthria_lightning.reporting.nouns import RECORDINGS, SEGMENTS, Noun
from dysarthria_lightning.reporting.selection import shown_cells

_IDS = ["recording_id", "speaker_id", "label"]
_MOST_REASONS = 4


class Count(NamedTuple):
    """How many there are."""

    people: int
    dysarthric: int
    healthy: int
    recordings: int


@dataclass(frozen=True)
class Box:
    """A step that people go through.

    Attributes:
        key: ``listed``, ``usable``, ``training``, ``validation`` or ``tested``.
        title: Stands above it.
        people: How many, as in "60 people".
        classes: How many of each class; none if that is not known.
        recordings: How many.
        note: What else must be known of it.
    """

    key: str
    title: str
    people: str
    classes: list[str]
    recordings: str
    note: str = ""


@dataclass(frozen=True)
class Flow:
    """How many people and recordings are in each step.

    Attributes:
        steps: One below the other.
        left_out: Between listed and usable: how many, and why.
        parts: What those who are usable are divided into; none where nothing is finished.
        said: In a sentence whether everybody is tested.
        everybody: Whether everybody is tested in some repeat; None where nothing is finished.
    """

    steps: list[Box]
    left_out: list[str] = field(default_factory=list)
    parts: list[Box] = field(default_factory=list)
    said: str = ""
    everybody: bool | None = None


def flow_of_people(content: ReportContent) -> Flow:
    """Count who is in each step of the result that the first sentence is about.

    Args:
        content: Of the report.
    """
    recordings, noun = content.study.recordings, content.noun
    steps, left_out = _usable(content)
    cell = headline_cell(content) or next(iter(shown_cells(content)), None)
    repeats = content.study.crossvalidations.get(cell, []) if cell else []
    if not repeats:
        return Flow(
            steps,
            left_out,
            said="Nobody has been tested whom the models had not heard in training.",
        )
    divided = [_divide(repeat) for repeat in repeats]
    tested = pd.concat([it.tested for it in divided]).drop_duplicates("recording_id")
    parts = [
        _box(
            "training",
            "Trained on",
            [_count(it) for one in divided for it in one.training],
            noun,
            "In each fold a model learns from these.",
        ),
        _validation_box(divided, noun),
        _tested_box(divided, noun),
    ]
    missing = recordings[~recordings["speaker_id"].isin(tested["speaker_id"])]
    said = _who_is_tested(divided, recordings, missing, noun)
    return Flow(steps, left_out, parts, said, everybody=missing.empty)


def _usable(content: ReportContent) -> tuple[list[Box], list[str]]:
    """Return the steps until people are usable, and who is lost on the way, and why."""
    usable = _count(content.study.recordings)
    box = _box("usable", "Usable", [usable], content.noun)
    if content.flow is None:
        return [box], []
    # Segments are counted as the recordings that they were cut from.
    noun = RECORDINGS if content.noun == SEGMENTS else content.noun
    every = content.flow[content.flow["label"].isna()]
    if noun != content.noun:
        of_usable = every.loc[every["step"] == USABLE, "n_recordings"].iloc[0]
        cut = f"{_named(int(of_usable), noun)}, cut into {box.recordings}"
        box = replace(box, recordings=cut)
    first = every[every["step"] == LISTED].iloc[0]
    recordings = _named(int(first["n_recordings"]), noun)
    if pd.isna(first["n_speakers"]):
        listed_box = Box(LISTED, "Listed", recordings, [], "")
        lost = 0
    else:
        by_class = content.flow[content.flow["step"] == LISTED].set_index("label")["n_speakers"]
        dysarthric, healthy = (int(by_class.get(it, 0)) for it in (DYSARTHRIC, HEALTHY))
        people = dysarthric + healthy
        counts = Count(people, dysarthric, healthy, int(first["n_recordings"]))
        listed_box = _box(LISTED, "Listed", [counts], noun)
        lost = people - usable.people
    left_out = _reasons(every, noun)
    if not (lost or left_out):
        return [replace(box, title="Listed, all usable")], []
    if lost:
        have = "person has" if lost == 1 else "people have"
        left_out.append(f"{lost:,} {have} no usable {noun.singular}")
    return [listed_box, box], left_out


def _reasons(every: pd.DataFrame, noun: Noun) -> list[str]:
    """Say how much is left out and why, the most first; the rest is counted together."""
    rows = every[every["step"].isin((DROPPED, LEFT))]
    rows = rows.sort_values("n_recordings", ascending=False, kind="stable")
    said = [_reason(row, noun) for row in rows.head(_MOST_REASONS).to_dict("records")]
    others = rows.iloc[_MOST_REASONS:]
    if len(others):
        n_recordings = int(others["n_recordings"].fillna(0).sum())
        reasons = counted(len(others), "other reason")
        said.append(f"{_named(n_recordings, noun)} left out for {reasons}")
    return said


def _reason(row: Mapping[Hashable, Any], noun: Noun) -> str:
    people = "" if pd.isna(row["n_speakers"]) else counted(row["n_speakers"], "person", "people")
    what = people
    if not pd.isna(row["n_recordings"]):
        what = _named(row["n_recordings"], noun) + (f" of {people}" if people else "")
    lost = "not listed" if row["step"] == DROPPED else "left out"
    return f"{what} {lost}: {row['reason']}"


class _Divided(NamedTuple):
    """The recordings of a repeat, as :data:`_IDS`."""

    tested: pd.DataFrame
    validating: list[pd.DataFrame]
    training: list[pd.DataFrame]
    only_validating: pd.DataFrame


def _divide(repeat: CrossValidation) -> _Divided:
    """Divide what a repeat has scored: what a fold neither tests nor validates on it trains on."""
    scored = [table[[*_IDS, "fold"]] for table in (repeat.test, repeat.validation) if len(table)]
    used = pd.concat(scored)[_IDS].drop_duplicates("recording_id")
    validating, training = [], []
    for fold in sorted(repeat.test["fold"].unique()):
        held_out = pd.concat([table[table["fold"] == fold] for table in scored])
        training.append(used[~used["recording_id"].isin(held_out["recording_id"])])
        validating.append(repeat.validation[repeat.validation["fold"] == fold])
    return _Divided(
        repeat.test[_IDS],
        validating,
        training,
        used[~used["speaker_id"].isin(repeat.test["speaker_id"])],
    )


def _validation_box(divided: list[_Divided], noun: Noun) -> Box:
    title = "Validated on"
    if any(len(it.only_validating) for it in divided):
        note = "They decide in every fold when training ends, and are not tested."
        return _box("validation", title, [_count(it.only_validating) for it in divided], noun, note)
    note = "They decide when training ends; other folds test them."
    counts = [_count(table) for it in divided for table in it.validating]
    return _box("validation", title, counts, noun, f"In each fold. {note}")


def _tested_box(divided: list[_Divided], noun: Noun) -> Box:
    folds = {len(it.training) for it in divided}
    note = "Each by a model that had never heard them"
    if len(folds) == 1:
        note += f", one of {counted(folds.pop(), 'fold')}"
    if len(divided) > 1:
        note += f"; in each of {len(divided)} repeats"
    return _box("tested", "Tested", [_count(it.tested) for it in divided], noun, f"{note}.")


def _who_is_tested(
    divided: list[_Divided], recordings: pd.DataFrame, missing: pd.DataFrame, noun: Noun
) -> str:
    """Say whether everybody is tested, and who is not."""
    everybody = _count(recordings)
    of_all = f"of {counted(everybody.people, 'person', 'people')}"
    if len(missing):
        never = _count(missing)
        lost = f"{never.recordings:,} of {_named(everybody.recordings, noun)}"
        validating = pd.concat([it.only_validating for it in divided])["speaker_id"]
        n_validating = missing.loc[missing["speaker_id"].isin(validating), "speaker_id"].nunique()
        verb = "is" if never.people == 1 else "are"
        if n_validating == never.people:
            only = "validates" if never.people == 1 else "validate"
            return f"{never.people:,} {of_all} ({lost}) only {only} and {verb} never tested."
        return f"{never.people:,} {of_all} ({lost}) {verb} never tested."
    left = [_count(it.only_validating) for it in divided]
    if any(it.people for it in left):
        in_each = _range(it.people for it in left)
        return (
            f"In each repeat {in_each} {of_all} only validate; over {len(divided)} repeats "
            "everybody is tested."
        )
    return f"All {counted(everybody.people, 'person', 'people')} are tested."


def _box(key: str, title: str, counts: list[Count], noun: Noun, note: str = "") -> Box:
    """Show counts that may differ from fold to fold or from repeat to repeat."""
    people, dysarthric, healthy, recordings = (_range(of) for of in zip(*counts, strict=True))
    return Box(
        key,
        title,
        f"{people} {'person' if people == '1' else 'people'}",
        [f"{dysarthric} with dysarthria", f"{healthy} without"],
        f"{recordings} {noun.singular if recordings == '1' else noun.plural}",
        note,
    )


def _count(recordings: pd.DataFrame) -> Count:
    speakers = recordings.drop_duplicates("speaker_id")["label"]
    dysarthric, healthy = (int((speakers == label).sum()) for label in (DYSARTHRIC, HEALTHY))
    n_recordings = recordings["recording_id"].nunique()
    return Count(len(speakers), dysarthric, healthy, n_recordings)


def _named(n_recordings: int, noun: Noun) -> str:
    return counted(n_recordings, noun.singular, noun.plural)


def _range(numbers: Iterable[int]) -> str:
    low, high = min(them := list(numbers)), max(them)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
