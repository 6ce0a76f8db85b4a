"""Thresholds by trying all of them; test speakers have no say; pooled by a plain loop."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_studies import disturb, simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.evaluation.bootstrap import make_sample
from dysarthria_lightning.evaluation.intervals import Basis
from dysarthria_lightning.evaluation.operating_points import (
    RULES,
    choose_threshold,
    choose_thresholds,
    operating_points_table,
)
from dysarthria_lightning.evaluation.study import CrossValidation


def simulate(seed: int = 0, repeat: int = 0) -> CrossValidation:
    recordings = simulate_recordings(np.random.default_rng(1))
    return simulate_crossvalidation(recordings, np.random.default_rng(seed), repeat=repeat)


def tabulate(*repeats: CrossValidation, draws: int = 50) -> pd.DataFrame:
    return operating_points_table(make_sample(repeats, np.random.default_rng(0), draws))


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
    for rule, best in (("specificity", min), ("sensitivity", max)):
        chosen = choose_threshold(scores.astype(float), labels, rule, target)
        if met[rule]:
            called = scores > best(met[rule])
            np.testing.assert_array_equal(scores > chosen, called)
            # No threshold further on reaches the target: the chosen one is the limit.
            limit = best(met[rule])
            assert abs(chosen - limit) <= 0.5
        else:
            assert np.isnan(chosen)


@pytest.mark.parametrize("rule", RULES)
def test_test_predictions_have_no_say_in_thresholds(rule: str) -> None:
    crossvalidation = simulate()
    thresholds = choose_thresholds(crossvalidation, rule)
    assert len(thresholds["recording"]) == 3
    assert len(set(thresholds["recording"].values())) == 3
    test = crossvalidation.test
    leaks = [
        test.assign(logit=100.0, probability=1.0),
        test.assign(label=1 - test["label"]),
        disturb(test, np.random.default_rng(0)),
        test.iloc[:5],
    ]
    for leak in leaks:
        assert choose_thresholds(replace(crossvalidation, test=leak), rule) == thresholds


def test_other_folds_have_no_say_in_a_folds_threshold() -> None:
    crossvalidation = simulate()
    validation = crossvalidation.validation
    elsewhere = validation["fold"] != 1
    changed = validation.assign(
        logit=validation["logit"].where(~elsewhere, 9.0),
        probability=validation["probability"].where(~elsewhere, 1.0),
    )
    for rule in RULES:
        before = choose_thresholds(crossvalidation, rule)
        after = choose_thresholds(replace(crossvalidation, validation=changed), rule)
        for level in before:
            assert after[level][1] == before[level][1]
            assert after[level][0] != before[level][0]


def pooled(crossvalidation: CrossValidation, rule: str, measure: str, folds: set[int]) -> float:
    """Sensitivity or specificity of recordings, recording by recording."""
    right = total = 0
    for row in crossvalidation.test.itertuples():
        if row.fold not in folds or row.label != (measure == "sensitivity"):
            continue
        validation = crossvalidation.validation.query("fold == @row.fold")
        threshold = choose_threshold(
            validation["logit"].to_numpy(float), validation["label"].to_numpy(), rule
        )
        total += 1
        right += (row.logit > threshold) == (measure == "sensitivity")
    return right / total


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("measure", ["sensitivity", "specificity"])
def test_folds_are_pooled_and_repeats_averaged(rule: str, measure: str) -> None:
    repeats = [simulate(0, 0), simulate(3, 1)]
    table = tabulate(*repeats).set_index(["level", "rule", "measure"])
    row = table.loc["recording", rule, measure]
    expected = np.mean([pooled(repeat, rule, measure, {0, 1, 2}) for repeat in repeats])
    assert row["value"] == pytest.approx(expected)
    assert row["low"] <= row["value"] <= row["high"]
    assert row["target"] == 0.9


def test_intervals_draw_test_speakers_under_fixed_thresholds() -> None:
    crossvalidation = simulate()
    sample = make_sample([crossvalidation], np.random.default_rng(0), 60)
    table = operating_points_table(sample).set_index(["level", "rule", "measure"])
    row = table.loc["recording", "specificity", "specificity"]
    thresholds = choose_thresholds(crossvalidation, "specificity")["recording"]
    test = crossvalidation.test.query("label == 0").reset_index(drop=True)
    shares = []
    for weights in sample.resample.weights:
        counts = dict(zip(sample.resample.speakers, weights, strict=True))
        drawn = test.loc[test.index.repeat(test["speaker_id"].map(counts).astype(int))]
        shares.append(np.mean(drawn["logit"] <= drawn["fold"].map(thresholds)))
    basis = Basis.of_share(test["speaker_id"].nunique())
    expected = sample.resample.estimate(np.array(shares), basis)
    assert (row["value"], row["low"], row["high"]) == pytest.approx(expected)


def without_healthy(crossvalidation: CrossValidation, folds: set[int]) -> CrossValidation:
    validation = crossvalidation.validation
    kept = ~validation["fold"].isin(folds) | (validation["label"] == 1)
    return replace(crossvalidation, validation=validation[kept])


def test_a_fold_without_the_class_is_left_out() -> None:
    crossvalidation = without_healthy(simulate(), {1})
    table = tabulate(crossvalidation).set_index(["level", "rule", "measure"])
    for rule, folds in (("specificity", {0, 2}), ("sensitivity", {0, 1, 2})):
        for measure in ("sensitivity", "specificity"):
            expected = pooled(crossvalidation, rule, measure, folds)
            assert table.loc["recording", rule, measure]["value"] == pytest.approx(expected)


def test_a_repeat_without_any_threshold_is_left_out() -> None:
    whole = simulate(0, 0)
    table = tabulate(whole, without_healthy(simulate(3, 1), {0, 1, 2}))
    values = table.set_index(["level", "rule", "measure"])["value"]
    expected = pooled(whole, "specificity", "sensitivity", {0, 1, 2})
    assert values["recording", "specificity", "sensitivity"] == pytest.approx(expected)


def test_without_any_fold_nothing_is_defined() -> None:
    table = tabulate(without_healthy(simulate(), {0, 1, 2})).set_index("rule")
    assert len(table.loc["specificity"]) == 6
    assert table.loc["specificity", ["value", "low", "high"]].isna().all(axis=None)
    assert table.loc["sensitivity", ["value", "low", "high"]].notna().all(axis=None)


def test_perfect_shares_claim_what_the_speakers_counted_can_show() -> None:
    perfect = [
        replace(
            repeat,
            test=repeat.test.assign(logit=9.0 * (2 * repeat.test["label"] - 1)),
            validation=repeat.validation.assign(logit=2.0 * repeat.validation["label"] - 1),
        )
        for repeat in (simulate(0, 0), without_healthy(simulate(3, 1), {1}))
    ]
    table = tabulate(*perfect).set_index(["level", "rule", "measure"])
    tested = pd.concat([perfect[0].test, perfect[1].test.query("fold != 1")])
    counts = tested.groupby("label")["speaker_id"].nunique()
    for measure, label in (("sensitivity", 1), ("specificity", 0)):
        row = table.loc["recording", "specificity", measure]
        expected = (1, 0.025 ** (1 / counts[label]), 1)
        assert (row["value"], row["low"], row["high"]) == pytest.approx(expected)
