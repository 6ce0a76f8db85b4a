"""How speakers are divided: complete, disjoint, balanced, repeatable, for any number of them."""

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dysarthria_lightning.data.protocols import NovelSpeakers
from dysarthria_lightning.data.splits import SIDES, split_speakers
from dysarthria_lightning.errors import ConfigError

NOVEL = NovelSpeakers(name="novel_speakers", folds=3, validation_speakers=2)


def names(n: int) -> list[str]:
    return [f"S{number:03d}" for number in range(n)]


def make_speakers(labels: Sequence[int], genders: Sequence[str | None] = ()) -> pd.DataFrame:
    """Speakers in the order of their names."""
    columns = {"label": labels, "gender": genders or [None] * len(labels)}
    return pd.DataFrame(columns, index=pd.Index(names(len(labels)), name="speaker_id"))


def all_folds(speakers: pd.DataFrame, seed: int, **settings: Any) -> list[dict[str, list[str]]]:
    protocol = NOVEL.model_copy(update=settings)
    return [split_speakers(speakers, protocol, fold, seed) for fold in range(protocol.folds)]


def spread(speakers: pd.DataFrame, parts: list[list[str]], columns: list[str]) -> int:
    """By how many the parts differ in any of the groups that columns make."""
    whole = speakers.groupby(columns).size().index
    counts = [speakers.loc[part].groupby(columns).size() for part in parts]
    table = pd.DataFrame([count.reindex(whole, fill_value=0) for count in counts])
    return int((table.max() - table.min()).max())


def test_the_papers_numbers() -> None:
    sides = all_folds(make_speakers([0, 1] * 34 + [0]), 0, folds=10, validation_speakers=9)
    assert {tuple(side["validation"]) for side in sides} == {tuple(sides[0]["validation"])}
    assert [(len(s["train"]), len(s["validation"]), len(s["test"])) for s in sides] == [
        (54, 9, 6)
    ] * 10


@given(
    n_speakers=st.integers(3, 80),
    n_validation=st.integers(1, 10),
    folds=st.integers(2, 20),
    seed=st.integers(0, 1000),
)
def test_sides_are_disjoint_and_everyone_else_is_tested_once(
    n_speakers: int, n_validation: int, folds: int, seed: int
) -> None:
    speakers = make_speakers([0, 1] * (n_speakers // 2) + [0] * (n_speakers % 2))
    settings = {"folds": folds, "validation_speakers": n_validation}
    if n_speakers - n_validation < folds:
        with pytest.raises(ConfigError, match=f"the corpus has {n_speakers} speakers"):
            all_folds(speakers, seed, **settings)
        return
    sides = all_folds(speakers, seed, **settings)
    assert_sides(sides, list(speakers.index))
    assert all(side["validation"] == sides[0]["validation"] for side in sides)
    assert len(sides[0]["validation"]) == n_validation
    tested = list(chain.from_iterable(side["test"] for side in sides))
    assert sorted([*tested, *sides[0]["validation"]]) == list(speakers.index)


def assert_sides(folds: list[dict[str, list[str]]], speakers: list[str]) -> None:
    """Each fold has everyone once, and the folds' test sides are about as large."""
    for sides in folds:
        assert sorted(chain.from_iterable(sides[side] for side in SIDES)) == speakers
    sizes = [len(sides["test"]) for sides in folds]
    assert max(sizes) - min(sizes) <= 1


# Whether gender is known; classes and genders of up to forty speakers, six of each class at least.
CORPORA = st.tuples(
    st.booleans(), st.lists(st.tuples(st.integers(0, 1), st.sampled_from("fm")), max_size=28)
)


def draw_corpus(known: bool, more: list[tuple[int, str]]) -> pd.DataFrame:
    drawn = [*((number % 2, "fm"[number // 2 % 2]) for number in range(12)), *more]
    labels = [label for label, _ in drawn]
    genders: list[str | None] = [gender for _, gender in drawn]
    if not known:
        genders[3] = None
    return make_speakers(labels, genders)


@given(corpus=CORPORA, folds=st.integers(3, 6), seed=st.integers(0, 1000))
def test_stratified_folds_have_their_share_of_classes_and_genders(
    corpus: tuple[bool, list[tuple[int, str]]], folds: int, seed: int
) -> None:
    speakers = draw_corpus(*corpus)
    rotating = {"folds": folds, "validation": "rotating", "validation_speakers": "auto"}
    sides = all_folds(speakers, seed, stratify=True, **rotating)
    assert_sides(sides, list(speakers.index))
    parts = [side["test"] for side in sides]
    assert sorted(chain.from_iterable(parts)) == list(speakers.index)
    assert spread(speakers, parts, ["label"]) <= 1
    if corpus[0]:
        assert spread(speakers, parts, ["gender"]) <= 1
        assert spread(speakers, parts, ["label", "gender"]) <= 1


@given(
    corpus=CORPORA,
    folds=st.integers(2, 8),
    n_validation=st.integers(2, 4),
    seed=st.integers(0, 1000),
)
def test_stratified_validation_speakers_have_their_share_too(
    corpus: tuple[bool, list[tuple[int, str]]], folds: int, n_validation: int, seed: int
) -> None:
    speakers = draw_corpus(*corpus)
    settings = {"folds": folds, "validation_speakers": n_validation}
    sides = all_folds(speakers, seed, stratify=True, **settings)
    assert_sides(sides, list(speakers.index))
    validation = sides[0]["validation"]
    assert len(validation) == n_validation
    assert all(side["validation"] == validation for side in sides)
    labels = speakers.loc[validation, "label"]
    assert set(labels) == {0, 1}
    share = n_validation * speakers["label"].mean()
    assert math.floor(share) <= labels.sum() <= math.ceil(share)
    assert spread(speakers, [side["test"] for side in sides], ["label"]) <= 1


@given(stratify=st.booleans(), folds=st.integers(3, 6), seed=st.integers(0, 1000))
def test_rotating_folds_validate_in_turn_and_test_everyone_once(
    stratify: bool, folds: int, seed: int
) -> None:
    speakers = make_speakers([0, 1, 1] * 6)
    settings = {"validation": "rotating", "validation_speakers": "auto", "stratify": stratify}
    sides = all_folds(speakers, seed, folds=folds, **settings)
    assert_sides(sides, list(speakers.index))
    assert sorted(chain.from_iterable(side["test"] for side in sides)) == list(speakers.index)
    for fold, side in enumerate(sides):
        assert side["validation"] == sides[(fold + 1) % folds]["test"]


@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize("validation", ["fixed", "rotating"])
def test_the_split_depends_on_the_seed_and_not_on_the_order_of_speakers(
    stratify: bool, validation: str
) -> None:
    speakers = make_speakers([0, 1] * 15, ["female", "female", "male"] * 10)
    number = "auto" if validation == "rotating" else 5
    settings = {"stratify": stratify, "validation": validation, "validation_speakers": number}
    first = all_folds(speakers, 1, **settings)
    assert first == all_folds(speakers.iloc[::-1], 1, **settings)
    assert first != all_folds(speakers, 2, **settings)


@pytest.mark.parametrize("stratify", [False, True])
def test_leave_one_speaker_out(stratify: bool) -> None:
    speakers = make_speakers([0, 1] * 10)
    sides = all_folds(speakers, 0, folds=15, validation_speakers=5, stratify=stratify)
    assert all(len(side["test"]) == 1 for side in sides)


@pytest.mark.parametrize(("n_speakers", "expected"), [(69, 9), (64, 8), (30, 4), (8, 2), (300, 39)])
def test_as_large_a_part_as_in_the_paper_validates(n_speakers: int, expected: int) -> None:
    speakers = make_speakers([0, 1] * (n_speakers // 2) + [0] * (n_speakers % 2))
    sides = all_folds(speakers, 0, validation_speakers="auto", stratify=True)
    assert len(sides[0]["validation"]) == expected


@pytest.mark.parametrize(
    ("labels", "settings", "message"),
    [
        (
            [0, 1] * 6,
            {"folds": 10, "validation_speakers": 3},
            "12 speakers; 3 for validation leave 9, so at most 9 folds (leave-one-speaker-out)",
        ),
        (
            [0, 1] * 4,
            {"folds": 10, "validation_speakers": 9},
            "8 speakers; 9 for validation leave 0, too few to train and test; "
            "protocol.validation_speakers can be at most 4",
        ),
        ([0, 1] * 2, {"folds": 10, "validation_speakers": 9}, "at least 6 are needed"),
        (
            [0, 1] * 10,
            {"folds": 20, "validation": "rotating", "validation_speakers": "auto"},
            "so at most 10 folds are possible; change protocol.folds, or use "
            "protocol.validation=fixed",
        ),
        (
            [0] * 20 + [1] * 4,
            {"folds": 5, "validation": "rotating", "validation_speakers": "auto", "stratify": True},
            "4 dysarthric speakers, and with protocol.validation=rotating each of the 5 folds "
            "needs one to validate, so at most 4 folds are possible",
        ),
        (
            [0] * 2 + [1] * 20,
            {"stratify": True},
            "the corpus has 2 healthy speakers; at least 3 of each class are needed",
        ),
    ],
)
def test_too_few_speakers_are_refused_with_what_is_possible(
    labels: list[int], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        all_folds(make_speakers(labels), 0, **settings)
    assert message in str(caught.value)
