"""Who stands on which side, for any number of speakers."""

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dysarthria_lightning.data.protocols import KnownSpeakers, NovelSpeakers
from dysarthria_lightning.data.splits import SIDES, make_split, split_recordings, split_speakers
from dysarthria_lightning.errors import ConfigError

NOVEL = NovelSpeakers(name="novel_speakers", folds=3, validation_speakers=2)
# One whose two validation speakers are of both classes.
SEED = 1
KNOWN = KnownSpeakers(name="known_speakers", train_parts=2, test_parts=1, validation_parts=1)


def names(n: int) -> list[str]:
    return [f"S{number:03d}" for number in range(n)]


def make_recordings(n_speakers: int = 11, per_speaker: int = 4) -> pd.DataFrame:
    """Each recording is two segments."""
    return pd.DataFrame(
        [
            {
                "recording_id": f"{speaker}-{number}#{segment}",
                "source_id": f"{speaker}-{number}",
                "source_digest": f"{speaker}-{number}",
                "speaker_id": speaker,
                "label": int(speaker[1:]) % 2,
                "syllable_type": ("monophthong", "compound_vowel", "consonant_a")[number % 3],
            }
            for speaker in names(n_speakers)
            for number in range(per_speaker)
            for segment in range(2)
        ]
    )


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


@given(n=st.integers(8, 500), seed=st.integers(0, 100))
def test_recordings_split_two_to_one_to_one(n: int, seed: int) -> None:
    sides = split_recordings(n, {"train": 2, "test": 1, "validation": 1}, seed)
    assert sorted(chain.from_iterable(sides.values())) == list(range(n))
    assert abs(len(sides["train"]) - n / 2) <= 1
    assert abs(len(sides["test"]) - n / 4) <= 1


@given(seed=st.integers(0, 100), protocol=st.sampled_from([NOVEL, KNOWN]))
def test_sides_are_those_of_the_sorted_names_shuffled(
    seed: int, protocol: NovelSpeakers | KnownSpeakers
) -> None:
    """As runs on disk have been split; written out name by name."""
    recordings = make_recordings().sample(frac=1, random_state=seed, ignore_index=True)
    recordings["label"] = recordings.index % 2  # both classes on every side, whoever is drawn
    column = "speaker_id" if protocol is NOVEL else "source_digest"
    order = np.random.default_rng(seed).permutation(sorted(set(recordings[column])))
    if protocol is NOVEL:
        rest = np.array_split(order[2:], 3)
        expected = {"train": [*rest[0], *rest[2]], "validation": order[:2], "test": rest[1]}
    else:
        parts = np.split(order, [22, 33])
        expected = dict(zip(("train", "test", "validation"), parts, strict=True))
    split = make_split(recordings, protocol, [], 1 if protocol is NOVEL else 0, seed)
    for side in SIDES:
        rows = [k for k, name in enumerate(recordings[column]) if name in set(expected[side])]
        assert split.side(side).tolist() == rows


def test_known_speakers_stand_on_every_side_but_segments_stay_together() -> None:
    recordings = make_recordings(per_speaker=40)
    split = make_split(recordings, KNOWN, [], 0, 0)
    sources = [set(recordings["source_id"].iloc[split.side(side)]) for side in SIDES]
    assert not sources[0] & sources[1]
    assert not sources[0] & sources[2]
    speakers = [set(recordings["speaker_id"].iloc[split.side(side)]) for side in SIDES]
    assert speakers[0] == speakers[1] == speakers[2]
    described = split.describe(recordings)
    assert described["test"]["recordings"] == sorted(sources[2])


def test_known_speakers_keep_copies_of_one_recording_on_one_side() -> None:
    recordings = make_recordings(per_speaker=40)
    copied = recordings["source_id"].isin(["S001-0", "S001-1"])
    recordings.loc[copied, "source_digest"] = "the same"
    for seed in range(10):
        split = make_split(recordings, KNOWN, [], 0, seed)
        holding = [s for s in SIDES if copied.to_numpy()[split.side(s)].any()]
        assert len(holding) == 1


def test_subsets_leave_types_out_and_share_their_folds() -> None:
    recordings = make_recordings()
    everything = make_split(recordings, NOVEL, [], 1, SEED)
    fewer = make_split(recordings, NOVEL, ["compound_vowel"], 1, SEED)
    for side in SIDES:
        kept = recordings.iloc[everything.side(side)]
        expected = kept.index[kept["syllable_type"] != "compound_vowel"]
        np.testing.assert_array_equal(fewer.side(side), expected)


def test_a_subset_needs_types() -> None:
    recordings = make_recordings().assign(syllable_type=None)
    with pytest.raises(ConfigError, match="88 of 88 recordings have no syllable_type"):
        make_split(recordings, NOVEL, ["consonant_a"], 0, 0)


@pytest.mark.parametrize(
    ("side", "messages"),
    [
        ("train", ["every training speaker is healthy", "Change split_seed"]),
        ("validation", ["every validation speaker is healthy", "protocol.stratify=true"]),
    ],
)
def test_one_class_to_learn_from_is_refused(side: str, messages: list[str]) -> None:
    recordings = make_recordings()
    split = make_split(recordings, NOVEL, [], 0, SEED)
    recordings["label"] = recordings.index % 2
    recordings.loc[split.side(side), "label"] = 0
    with pytest.raises(ConfigError) as caught:
        make_split(recordings, NOVEL, [], 0, SEED)
    assert all(message in str(caught.value) for message in messages)


def test_stratified_sides_are_of_both_classes_whatever_the_seed() -> None:
    recordings = make_recordings()
    stratified = NOVEL.model_copy(update={"stratify": True})
    for seed in range(50):
        split = make_split(recordings, stratified, [], 0, seed)
        assert recordings["label"].iloc[split.validation].nunique() == 2


def test_gender_counts_where_it_is_known_of_every_speaker() -> None:
    recordings = make_recordings(n_speakers=24)
    numbers = recordings["speaker_id"].str[1:].astype(int)
    gender = numbers.map(lambda number: ("female", "male")[number // 2 % 2])
    # Some of a speaker's recordings say nothing.
    gender[recordings["recording_id"].str.endswith("-0#0")] = None
    settings = {"stratify": True, "validation": "rotating", "validation_speakers": "auto"}
    protocol = NOVEL.model_copy(update=settings)
    split = make_split(recordings.assign(gender=gender), protocol, [], 0, 0)
    tested = pd.DataFrame({"number": numbers, "gender": gender}).iloc[split.test].dropna()
    counts = tested.drop_duplicates("number")["gender"].value_counts()
    assert counts.to_dict() == {"female": 4, "male": 4}


def test_classes_are_counted_on_each_side() -> None:
    recordings = make_recordings()
    split = make_split(recordings, NOVEL, ["consonant_a"], 0, SEED)
    counted = split.classes(recordings)
    for side in SIDES:
        rows = recordings.iloc[split.side(side)]
        for label, name in enumerate(("healthy", "dysarthric")):
            its = rows[rows["label"] == label]
            expected = {"speakers": len(set(its["speaker_id"])), "recordings": len(its)}
            assert counted[side][name] == expected


def test_an_empty_side_is_refused() -> None:
    recordings = make_recordings().assign(syllable_type="consonant_a")
    with pytest.raises(ConfigError, match="train side has no recordings"):
        make_split(recordings, NOVEL, ["consonant_a"], 0, 0)
