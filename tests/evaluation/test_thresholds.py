"""Thresholds by trying all of them; nobody tested with one has had a say in it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_studies import disturb, simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.evaluation.bootstrap import Repeat, make_sample
from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.evaluation.metrics import Scores
from dysarthria_lightning.evaluation.study import CrossValidation
from dysarthria_lightning.evaluation.thresholds import (
    OTHER_FOLDS,
    RULES,
    VALIDATION,
    choose_threshold,
    choose_thresholds,
    source_of_thresholds,
)

COLUMN = {"recording": "logit", "speaker_soft_majority": "probability"}


def simulate() -> CrossValidation:
    recordings = simulate_recordings(np.random.default_rng(1))
    return simulate_crossvalidation(recordings, np.random.default_rng(0))


def ready(crossvalidation: CrossValidation) -> Repeat:
    return make_sample([crossvalidation], np.random.default_rng(0), 5).repeats[0]


def scored(predictions: pd.DataFrame, level: str) -> Scores:
    """The items of a table, by pandas."""
    if level != "recording":
        predictions = predictions.groupby("speaker_id", as_index=False).mean(numeric_only=True)
    numbers, names = pd.factorize(predictions["speaker_id"])
    scores = predictions[COLUMN[level]].to_numpy(float)
    labels = predictions["label"].to_numpy().astype(int)
    return Scores(scores, labels, numbers, None, len(names))


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 1)), min_size=1, max_size=30),
    st.sampled_from([0.5, 0.7, 0.8, 0.9, 1.0]),
)
def test_thresholds_are_the_best_of_all(items: list[tuple[int, int]], target: float) -> None:
    scores, labels = (np.array(part) for part in zip(*items, strict=True))
    # Between the integers only the midpoints differ, and on them nothing does.
    candidates = np.arange(-1, 9) + 0.5
    met = {
        "specificity": [t for t in candidates if np.mean(scores[labels == 0] < t) >= target]
        if (labels == 0).any()
        else [],
        "sensitivity": [t for t in candidates if np.mean(scores[labels == 1] > t) >= target]
        if (labels == 1).any()
        else [],
    }
    # Two items a speaker of one label.
    speakers = np.array([2 * (n // 4) + label for n, label in enumerate(labels)])
    numbers, names = pd.factorize(speakers)
    given_items = Scores(scores.astype(float), labels, numbers, None, len(names))
    for rule, best in (("specificity", min), ("sensitivity", max)):
        chosen = choose_threshold(given_items, rule, target)
        of_class = labels == (rule == "sensitivity")
        assert chosen.n_speakers == len(set(speakers[of_class]))
        if met[rule]:
            called = scores > best(met[rule])
            np.testing.assert_array_equal(scores > chosen.value, called)
            # No threshold further on reaches the target: the chosen one is the limit.
            assert abs(chosen.value - best(met[rule])) <= 0.5
            right = called[of_class] == (rule == "sensitivity")
            assert chosen.attained == pytest.approx(right.mean())
            assert chosen.attained >= target
        else:
            assert np.isnan([chosen.value, chosen.attained]).all()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("level", COLUMN)
def test_a_folds_threshold_is_chosen_on_the_test_speakers_of_the_other_folds(
    rule: str, level: str
) -> None:
    crossvalidation = simulate()
    repeat = ready(crossvalidation)
    assert source_of_thresholds([repeat]) == OTHER_FOLDS
    chosen = choose_thresholds(repeat, level, OTHER_FOLDS, rule)
    assert set(chosen) == {0, 1, 2}
    for fold, threshold in chosen.items():
        others = crossvalidation.test[crossvalidation.test["fold"] != fold]
        expected = choose_threshold(scored(others, level), rule)
        assert threshold.value == pytest.approx(expected.value)
        assert threshold.n_speakers == expected.n_speakers
        assert threshold.attained == pytest.approx(expected.attained)


def leaks(predictions: pd.DataFrame, changed: pd.Series) -> list[pd.DataFrame]:
    """Other predictions about some recordings, the same about the others."""
    noise = disturb(predictions, np.random.default_rng(0))
    wild = predictions.assign(logit=100.0, probability=1.0)
    return [predictions.where(~changed, other) for other in (wild, noise)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("rule", RULES)
def test_a_folds_own_test_speakers_have_no_say_in_its_threshold(rule: str, level: str) -> None:
    crossvalidation = simulate()
    test = crossvalidation.test.reset_index(drop=True)
    before = choose_thresholds(ready(crossvalidation), level, OTHER_FOLDS, rule)
    for leak in leaks(test, test["fold"] == 1):
        repeat = ready(replace(crossvalidation, test=leak, validation=test[:0]))
        after = choose_thresholds(repeat, level, OTHER_FOLDS, rule)
        assert after[1] == before[1]
        assert after[0] != before[0]
        assert after[2] != before[2]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("rule", RULES)
def test_test_predictions_have_no_say_in_thresholds_of_validation_speakers(
    rule: str, level: str
) -> None:
    crossvalidation = simulate()
    thresholds = choose_thresholds(ready(crossvalidation), level, VALIDATION, rule)
    assert set(thresholds) == {0, 1, 2}
    if level == "recording":
        validation = crossvalidation.validation
        for fold, threshold in thresholds.items():
            assert threshold == choose_threshold(
                scored(validation[validation["fold"] == fold], level), rule
            )
    test = crossvalidation.test.reset_index(drop=True)
    changed = [*leaks(test, test["fold"] >= 0), test.assign(label=1 - test["label"]), test[:5]]
    for leak in changed:
        repeat = ready(replace(crossvalidation, test=leak))
        assert choose_thresholds(repeat, level, VALIDATION, rule) == thresholds


def test_other_folds_have_no_say_in_a_threshold_of_validation_speakers() -> None:
    crossvalidation = simulate()
    validation = crossvalidation.validation.reset_index(drop=True)
    for leak in leaks(validation, validation["fold"] != 1):
        repeat = ready(replace(crossvalidation, validation=leak))
        for level in LEVELS:
            before = choose_thresholds(ready(crossvalidation), level, VALIDATION, "specificity")
            after = choose_thresholds(repeat, level, VALIDATION, "specificity")
            assert after[1] == before[1]
            assert after[0] != before[0]


@pytest.mark.parametrize("how", ["one fold", "a class in one fold only", "speakers in two folds"])
def test_validation_speakers_choose_where_other_folds_cannot(how: str) -> None:
    crossvalidation = simulate()
    test = crossvalidation.test.reset_index(drop=True)
    folds = {
        "one fold": np.zeros(len(test), dtype=int),
        "a class in one fold only": test["fold"].where(test["label"] == 0, 1),
        "speakers in two folds": np.arange(len(test)) % 2,
    }
    changed = replace(crossvalidation, test=test.assign(fold=folds[how]))
    repeats = [ready(crossvalidation), ready(changed)]
    assert source_of_thresholds(repeats[:1]) == OTHER_FOLDS
    assert source_of_thresholds(repeats[1:]) == VALIDATION
    # All repeats of a cell are treated alike.
    assert source_of_thresholds(repeats) == VALIDATION
