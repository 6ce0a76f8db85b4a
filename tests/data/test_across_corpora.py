"""Who stands on which side where corpora are several."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dysarthria_lightning.data.folds import stratify_speakers
from dysarthria_lightning.data.protocols import AcrossCorpora, NovelSpeakers
from dysarthria_lightning.data.splits import make_split, split_speakers
from dysarthria_lightning.errors import ConfigError


def make_recordings(sizes: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """By corpus, numbers of healthy and of dysarthric speakers; two recordings each."""
    rows = []
    for corpus, numbers in sizes.items():
        for label, n in enumerate(numbers):
            for number in range(n):
                speaker = f"{corpus}:{'HD'[label]}{number}"
                rows += [
                    {
                        "recording_id": f"{speaker}-{take}",
                        "speaker_id": speaker,
                        "label": label,
                        "corpus": corpus,
                        "gender": ("female", "male")[number % 3 == 0],
                    }
                    for take in range(2)
                ]
    return pd.DataFrame(rows)


RECORDINGS = make_recordings({"a": (9, 6), "b": (5, 8), "c": (4, 4)})


def across(**keys: Any) -> AcrossCorpora:
    values = {"name": "across_corpora", "test_corpus": "b", "folds": 4} | keys
    return AcrossCorpora.model_validate(values)


def speakers_on(side: np.ndarray) -> set[str]:
    return set(RECORDINGS["speaker_id"].iloc[side])


def of_corpora(*names: str) -> set[str]:
    return set(RECORDINGS.loc[RECORDINGS["corpus"].isin(names), "speaker_id"])


@given(seed=st.integers(0, 1000), sources=st.sampled_from([None, ["a"], ["a", "c"], ["c"]]))
def test_all_of_the_test_corpus_is_tested_and_nothing_else_of_it_is_used(
    seed: int, sources: list[str] | None
) -> None:
    protocol = across(train_corpora=sources)
    split = make_split(RECORDINGS, protocol, [], 0, seed)
    train, validation, test = map(speakers_on, (split.train, split.validation, split.test))
    assert test == of_corpora("b")
    assert train | validation == of_corpora(*(sources or ["a", "c"]))
    assert not train & validation
    labels = RECORDINGS.drop_duplicates("speaker_id").set_index("speaker_id")["label"]
    assert labels[[*validation]].nunique() == labels[[*train]].nunique() == 2
    assert protocol.folds == 1
    assert split.speakers_apart


@pytest.mark.parametrize("tested", ["a", "b", "c"])
@pytest.mark.parametrize("sources", [None, ["b"], ["c"]])
def test_a_speaker_of_two_corpora_is_on_one_side_and_in_one_corpus(
    tested: str, sources: list[str] | None
) -> None:
    namesake = RECORDINGS["speaker_id"].replace({"b:H1": "a:H1", "c:D2": "b:D2"})
    recordings = RECORDINGS.assign(speaker_id=namesake)
    split = make_split(
        recordings, across(test_corpus=tested, train_corpora=sources, folds=3), [], 0, 3
    )
    sides = [recordings.iloc[it] for it in (split.train, split.validation, split.test)]
    for number, side in enumerate(sides):
        for other in sides[:number]:
            assert not {*side["speaker_id"]} & {*other["speaker_id"]}
    used = set(pd.concat(sides[:2])["corpus"])
    assert set(sides[2]["corpus"]) == {tested}
    assert used == set(sources or {*"abc"} - {tested})


@pytest.mark.parametrize("fold", range(4))
def test_within_a_corpus_it_is_the_cross_validation_of_that_corpus_alone(fold: int) -> None:
    protocol = across(train_corpora=["b"])
    assert protocol.folds == 4
    split = make_split(RECORDINGS, protocol, [], fold, seed=7)
    alone = RECORDINGS[RECORDINGS["corpus"] == "b"].drop(columns="corpus")
    alone = alone.assign(speaker_id=alone["speaker_id"].str.removeprefix("b:"))
    novel = NovelSpeakers(
        name="novel_speakers",
        folds=4,
        validation_speakers="auto",
        stratify=True,
        validation="rotating",
    )
    expected = make_split(alone, novel, [], fold, seed=7)
    for side in ("train", "validation", "test"):
        ours = RECORDINGS["recording_id"].iloc[split.side(side)].tolist()
        assert ours == alone["recording_id"].iloc[expected.side(side)].tolist()


@given(
    sizes=st.dictionaries(
        st.sampled_from("abcde"), st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2
    ),
    folds=st.integers(3, 6),
    n_validation=st.integers(0, 5),
    seed=st.integers(0, 2**32 - 1),
)
def test_parts_have_their_share_of_every_corpus_and_class(
    sizes: dict[str, tuple[int, int]], folds: int, n_validation: int, seed: int
) -> None:
    strata = (
        {
            row.speaker_id: (row.label, row.gender, row.corpus)
            for row in make_recordings(sizes).itertuples()
        }
        if any(map(sum, sizes.values()))
        else {}
    )
    if len(strata) < 3 * folds + n_validation:
        return
    parts = stratify_speakers(strata, n_validation, folds, seed)
    assert sorted([*parts.validation, *(it for part in parts.folds for it in part)]) == sorted(
        strata
    )
    for share in (
        lambda it: None,
        lambda it: it,
        lambda it: it[0],
        lambda it: it[2],
        lambda it: it[::2],
        lambda it: it[:2],
    ):
        for group in {share(it) for it in strata.values()}:
            numbers = [sum(share(strata[it]) == group for it in part) for part in parts.folds]
            assert max(numbers) - min(numbers) <= 1
    again = stratify_speakers(dict(reversed(strata.items())), n_validation, folds, seed)
    assert again == parts


def test_one_corpus_is_divided_as_if_nothing_were_said_of_it() -> None:
    one = RECORDINGS[RECORDINGS["corpus"] == "a"].drop_duplicates("speaker_id")
    named = one.set_index("speaker_id")
    protocol = NovelSpeakers(
        name="novel_speakers", folds=3, validation_speakers=2, stratify=True, validation="fixed"
    )
    for seed in range(5):
        unnamed = split_speakers(named[["label", "gender"]], protocol, 0, seed)
        assert split_speakers(named, protocol, 0, seed) == unnamed


def test_folders_and_settings_tell_cells_apart() -> None:
    known = ["a", "b", "c"]
    others, both = across().resolve(known), across(train_corpora=["c", "a"]).resolve(known)
    assert others.settings() == both.settings()
    assert others.short_name == both.short_name == "across_corpora-a+c-to-b"
    names = {across(train_corpora=it).resolve(known).short_name for it in (["a"], ["b"], ["c"])}
    assert len({*names, others.short_name}) == 4
    # How many folds there would be within a corpus decides nothing across corpora.
    assert across(folds=9).settings() == across().settings()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"test_corpus": None}, "protocol.test_corpus is needed"),
        ({"train_corpora": []}, "name corpora, each once"),
        ({"train_corpora": ["a", "b"]}, "either trained on alone"),
    ],
)
def test_contradictions_are_explained(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        across(**keys)


def test_a_corpus_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"protocol\.test_corpus: b: data\.corpora has a, c"):
        across().resolve(["a", "c"])
    with pytest.raises(ConfigError, match="no recordings of x; the corpora there are: a, b, c"):
        make_split(RECORDINGS, across(test_corpus="x"), [], 0, 0)
    with pytest.raises(ConfigError, match="in a column corpus filled throughout"):
        make_split(RECORDINGS.drop(columns="corpus"), across(), [], 0, 0)
    with pytest.raises(ConfigError, match=r"protocol\.validation_speakers = 14"):
        make_split(RECORDINGS, across(validation_speakers=14, train_corpora=["a"]), [], 0, 0)


def test_two_speakers_of_a_class_are_enough_to_train_and_validate() -> None:
    recordings = make_recordings({"a": (9, 1), "b": (5, 8), "c": (4, 1)})
    for seed in range(20):
        split = make_split(recordings, across(), [], 0, seed)
        for side in (split.train, split.validation):
            assert recordings["label"].iloc[side].nunique() == 2


def test_training_corpora_with_too_few_of_a_class_are_named() -> None:
    recordings = make_recordings({"a": (9, 1), "b": (5, 8), "c": (4, 0)})
    with pytest.raises(ConfigError) as refused:
        make_split(recordings, across(), [], 0, 0)
    message = str(refused.value)
    assert "the training corpora a, c have 1 dysarthric speakers; at least 2" in message
    assert "stratify" not in message
    # Nothing is left of one class.
    recordings = make_recordings({"a": (9, 3), "b": (5, 8)})
    types = recordings["label"].map({0: "monophthong", 1: "consonant_a"})
    with pytest.raises(ConfigError, match=r"Change split_seed or protocol\.validation_speakers"):
        make_split(recordings.assign(syllable_type=types), across(), ["consonant_a"], 0, 0)
