"""Who stands on which side, for any number of speakers."""

from itertools import chain

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dysarthria_lightning.data.protocols import KnownSpeakers, NovelSpeakers
from dysarthria_lightning.data.splits import SIDES, make_split, split_recordings
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
        (
            "validation",
            ["every validation speaker is healthy; no epoch and no threshold", "stratify=true"],
        ),
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
