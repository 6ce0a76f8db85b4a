"""What a model that hears nothing makes of ages and genders, and what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from estimator_contracts import recordings_of
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import ConfigError, CorpusError
from dysarthria_lightning.models.base import LabelledFrames
from dysarthria_lightning.models.demographics import Demographics
from dysarthria_lightning.sweeps.plan import Corpora, PlannedRun, check_splits
from dysarthria_lightning.training.run import train_run

SECTION = Demographics(name="demographics", architecture="demographics", c=0.1)


def speakers_of(recordings: LabelledFrames) -> pd.DataFrame:
    """One row per speaker, in order of the ids, as the columns of a table."""
    columns = {
        name: getattr(recordings, f"{name}s") for name in ("speaker", "label", "age", "gender")
    }
    return pd.DataFrame(columns).groupby("speaker").first()


def expected_logits(
    train: LabelledFrames, test: LabelledFrames, columns: list[str], c: float = 0.1
) -> dict[str, float]:
    """Fit scikit-learn's own pipeline, by speaker; a binary column has one dummy."""
    known, new = speakers_of(train), speakers_of(test)
    dummy = make_pipeline(OneHotEncoder(drop="if_binary", sparse_output=False), StandardScaler())
    steps = {"age": StandardScaler(), "gender": dummy}
    regression = LogisticRegression(C=c, max_iter=1000)
    pipeline = make_pipeline(
        make_column_transformer(*((steps[it], [it]) for it in columns)), regression
    )
    pipeline.fit(known[columns], known["label"])
    return dict(zip(new.index, pipeline.decision_function(new[columns]), strict=True))


def scored(train: LabelledFrames, test: LabelledFrames, c: float = 0.1) -> dict[str, float]:
    """Score by speaker, and see that all recordings of one have one score."""
    section = SECTION.model_copy(update={"c": c})
    logits = section.score(section.fit(train), test)
    by_speaker = pd.Series(logits).groupby(test.speakers.astype(str))
    assert (by_speaker.nunique() == 1).all()
    return by_speaker.first().to_dict()


@given(seed=st.integers(0, 1000), c=st.sampled_from([0.01, 0.1, 10.0]), n=st.integers(4, 30))
def test_it_is_scikit_learns_regression_by_speaker(seed: int, c: float, n: int) -> None:
    rng = np.random.default_rng(seed)
    train, test = recordings_of(n, seed), recordings_of(10, seed + 1)
    # Ages that overlap, of unequal numbers of recordings.
    train = replace(train, ages=np.repeat(rng.normal(60, 10, n), 2))
    rows = np.concatenate([np.arange(2 * n), rng.integers(0, 2 * n, 9)])
    more = LabelledFrames(
        [train.frames[row] for row in rows],
        *(getattr(train, it)[rows] for it in ("speakers", "labels", "ages", "genders")),
    )
    expected = expected_logits(train, test, ["age", "gender"], c)
    assert scored(more, test, c) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("column", ["age", "gender"])
def test_it_uses_what_is_known_and_says_so(column: str) -> None:
    train, test = recordings_of(20), recordings_of(10, seed=1)
    other = {"age": "genders", "gender": "ages"}[column]
    unknown = replace(train, **{other: None})
    assert SECTION.fit(unknown)["columns"] == [column]
    assert SECTION.fit(train)["columns"] == ["age", "gender"]
    expected = expected_logits(train, test, [column])
    assert scored(unknown, test) == pytest.approx(expected, abs=1e-3)
    # What it was not fitted to has no part in a score.
    assert scored(unknown, replace(test, **{other: None})) == scored(unknown, test)


def test_frames_have_no_part_in_a_score() -> None:
    train, test = recordings_of(20), recordings_of(10, seed=1)
    noise = replace(test, frames=[100 * frames for frames in test.frames])
    assert scored(train, noise) == scored(train, test)


def test_a_speakers_age_is_the_mean_of_those_known() -> None:
    train = recordings_of(20)
    first, second = (np.array([age, np.nan, *train.ages[2:]]) for age in (70.0, 50.0))
    both = np.array([60.0, 80.0, *train.ages[2:]])
    assert scored(train, replace(train, ages=both))["S0"] == pytest.approx(
        scored(train, replace(train, ages=first))["S0"]
    )
    assert scored(train, replace(train, ages=second)) != scored(train, replace(train, ages=first))


def missing_from(n_recordings: int, values: np.ndarray) -> np.ndarray:
    values = values.astype(object)
    values[:n_recordings] = None
    return values


def test_what_is_missing_is_counted_by_speaker() -> None:
    train = recordings_of(20)
    in_part = replace(train, ages=missing_from(6, train.ages).astype(float))
    with pytest.raises(ConfigError, match=r"age is missing for 3 of 20 speakers; fill it in"):
        SECTION.fit(in_part)
    in_part = replace(train, genders=missing_from(4, train.genders))
    with pytest.raises(ConfigError, match=r"gender is missing for 2 of 20 speakers; fill it in"):
        SECTION.fit(in_part)
    with pytest.raises(ConfigError, match=r"none of the 20 speakers has one; add a column age"):
        SECTION.fit(replace(train, ages=None, genders=None))
    fitted = SECTION.fit(train)
    with pytest.raises(CorpusError, match="judges by age and gender: gender is missing for 2 of"):
        SECTION.score(fitted, in_part)
    odd = np.array(["f", *train.genders[1:]], dtype=object)
    assert len(SECTION.score(fitted, replace(train, genders=odd))) == 40  # the other one says it
    odd[1] = "f"
    with pytest.raises(CorpusError, match="gender is missing for 1 of 20 speakers; fill in years"):
        SECTION.score(fitted, replace(train, genders=odd))


@pytest.mark.parametrize("kind", [object, "string", "category"])
def test_what_a_table_lacks_is_missing_whatever_its_kind_of_column(kind: Any) -> None:
    train = recordings_of(20)
    columns = {name: getattr(train, f"{name}s") for name in ("speaker", "label", "age", "gender")}
    table = pd.DataFrame(columns).rename(columns={"speaker": "speaker_id"})
    table["gender"] = table["gender"].where(table["speaker_id"] != "S3").astype(kind)
    whole = LabelledFrames.gather(train.frames, table)
    with pytest.raises(ConfigError, match="gender is missing for 1 of 20 speakers"):
        SECTION.fit(whole)
    with pytest.raises(CorpusError, match="gender is missing for 1 of 20 speakers"):
        SECTION.score(SECTION.fit(train), whole)
    ages = table["age"].where(table["speaker_id"] != "S3")
    for odd in (ages.astype("Float64"), ages.astype("Float64").astype(object)):
        with pytest.raises(CorpusError, match="age is missing for 1 of 20 speakers and gender"):
            SECTION.score(SECTION.fit(train), LabelledFrames.gather([], table.assign(age=odd)))


def test_a_corpus_that_lacks_ages_is_refused_before_anything_is_trained(
    tone_config: Callable[..., Config], tone_corpus, tmp_path
) -> None:
    rows = pd.read_csv(tone_corpus)
    rows["path"] = [str(tone_corpus.parent / path) for path in rows["path"]]
    rows.loc[rows["speaker_id"] == "S03", "age"] = np.nan
    table = tmp_path / "some.csv"
    rows.to_csv(table, index=False)
    config = tone_config("model=demographics", f"data.manifest={table}")
    store = prepare_corpus(config)
    message = "age is missing for 1 of 12 speakers"
    with pytest.raises(ConfigError, match=message):
        train_run(config, store, show_progress=False)
    with pytest.raises(ConfigError, match=message):
        check_splits([PlannedRun(config, ())], Corpora())
    check_splits([PlannedRun(tone_config(f"data.manifest={table}"), ())], Corpora())
