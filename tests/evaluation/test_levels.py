"""The levels: the contract of them all, and the paper's equations against a loop."""

import math
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from level_contracts import LevelContract, judged, predict
from simulated_studies import NOVEL, simulate_study

from dysarthria_lightning.evaluation.analysis import analyse
from dysarthria_lightning.evaluation.levels import (
    LEVELS,
    MEAN_SCORE,
    NOISY_OR,
    RECORDING,
    SOFT_MAJORITY,
    SPEAKER_LEVELS,
    Level,
    score_levels,
    score_speakers,
)
from dysarthria_lightning.evaluation.study import Cell


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
class TestEveryLevel(LevelContract):
    """All levels there are."""


def test_each_level_stands_under_its_own_key() -> None:
    assert [level.key for level in LEVELS.values()] == list(LEVELS)
    assert len({level.describe() for level in LEVELS.values()}) == len(LEVELS)


@given(st.lists(st.tuples(st.floats(-20, 20), st.sampled_from("abcd")), min_size=1, max_size=40))
def test_speakers_scores_equal_a_naive_loop(rows: list[tuple[float, str]]) -> None:
    logits: dict[str, list[float]] = defaultdict(list)
    for logit, speaker in rows:
        logits[speaker].append(logit)
    tables = [score_speakers(predict(logits), level) for level in (SOFT_MAJORITY, NOISY_OR)]
    for table in tables:
        assert list(table.index) == sorted(logits)
        assert table["label"].tolist() == [int(speaker in "bd") for speaker in table.index]
    for speaker, of_one in logits.items():
        sigmas = [1 / (1 + math.exp(-logit)) for logit in of_one]
        m = len(sigmas)
        soft_majority, noisy_or = (table.loc[speaker, "score"] for table in tables)
        assert soft_majority == pytest.approx(sum(sigmas) / m)
        expected = 1 - sum(math.log(1 - sigma) for sigma in sigmas) / m
        assert noisy_or == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("level", [*SPEAKER_LEVELS.values(), MEAN_SCORE], ids=lambda it: it.key)
@given(logit=st.floats(-40, 40), one=st.integers(1, 90), other=st.integers(1, 90))
def test_speakers_who_sound_alike_tie_however_many_recordings_they_have(
    level: Level, logit: float, one: int, other: int
) -> None:
    """As do all of one age and sex, from a model that knows nothing else."""
    rows = predict({"a": one * [logit], "b": other * [logit]})
    scores = score_levels(rows, [level])[level.key].scores
    assert scores[0] == scores[1]


def test_the_thresholds_are_those_of_the_equations() -> None:
    assert RECORDING.threshold == 0
    assert SOFT_MAJORITY.threshold == 0.5
    assert NOISY_OR.threshold is None


def test_noisy_or_grows_with_spread_alone_so_it_calls_nobody_dysarthric() -> None:
    # All have the mean logit 0, on the healthy side of no threshold that was fixed beforehand.
    spread = {"a": [0.0, 0.0], "b": [-1.0, 1.0], "c": [-4.0, 4.0]}
    scores = judged(NOISY_OR, spread).scores
    assert scores[0] == pytest.approx(1 + math.log(2))
    assert (np.diff(scores) > 0.1).all()
    assert judged(SOFT_MAJORITY, spread).scores == pytest.approx([0.5, 0.5, 0.5])


def test_noisy_or_stays_finite_where_a_probability_rounds_to_one() -> None:
    table = score_speakers(predict({"a": [800.0, -800.0]}), NOISY_OR)
    assert table["score"].item() == pytest.approx(1 + 800 / 2)


def test_recordings_that_round_to_certainty_keep_their_order() -> None:
    scores = judged(RECORDING, {"a": [40.0, 50.0]}).scores
    assert scores[0] < scores[1]
    assert RECORDING.to_probability is not None
    assert RECORDING.to_probability(scores).tolist() == [1, 1]


def test_a_level_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new level is judged, compared and scored without another change."""

    def largest(logits: np.ndarray, speakers: np.ndarray) -> np.ndarray:
        return pd.Series(logits).groupby(speakers).max().to_numpy()

    level = Level("speaker_maximum", "maximum", True, largest, SOFT_MAJORITY.to_probability)
    for levels in (LEVELS, SPEAKER_LEVELS):
        monkeypatch.setitem(levels, level.key, level)
    study = simulate_study((NOVEL, Cell("novel_speakers", "all", "mfcc13", "lstm2")))
    analysis = analyse(study, 0, draws=40)
    tables = ("metrics", "comparisons", "operating_points", "calibration", "brier", "subgroups")
    for name in (*tables, "reading_length"):
        assert level.key in set(getattr(analysis, name)["level"]), name
    assert (NOVEL, level.key) in analysis.curves
