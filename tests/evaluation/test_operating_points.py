"""Operating points pooled by a plain loop, and Bayes' theorem by counting people."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_studies import simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.evaluation.bootstrap import make_sample
from dysarthria_lightning.evaluation.intervals import Basis
from dysarthria_lightning.evaluation.metrics import Scores
from dysarthria_lightning.evaluation.operating_points import (
    MEASURES,
    find_operating_points,
    operating_points_table,
    predictive_values,
    predictive_values_table,
)
from dysarthria_lightning.evaluation.study import CrossValidation
from dysarthria_lightning.evaluation.thresholds import RULES, Threshold, choose_threshold

PLACE = ["level", "rule", "measure"]


def simulate(seed: int = 0, repeat: int = 0) -> CrossValidation:
    recordings = simulate_recordings(np.random.default_rng(1))
    return simulate_crossvalidation(recordings, np.random.default_rng(seed), repeat=repeat)


def tabulate(*repeats: CrossValidation, draws: int = 50) -> pd.DataFrame:
    sample = make_sample(repeats, np.random.default_rng(0), draws)
    return operating_points_table(sample, find_operating_points(sample))


def without_other_folds(
    crossvalidation: CrossValidation, without_healthy: tuple[int, ...] = ()
) -> CrossValidation:
    """All patients are tested in one fold, so validation speakers choose; some lack a class."""
    test = crossvalidation.test.reset_index(drop=True)
    test = test.assign(fold=test["fold"].where(test["label"] == 0, 2))
    validation = crossvalidation.validation
    kept = ~validation["fold"].isin(without_healthy) | (validation["label"] == 1)
    return replace(crossvalidation, test=test, validation=validation[kept])


def threshold_of(crossvalidation: CrossValidation, fold: int, rule: str, source: str) -> Threshold:
    """Of single recordings."""
    chosen_on = {
        "other_folds": crossvalidation.test.query("fold != @fold"),
        "validation": crossvalidation.validation.query("fold == @fold"),
    }[source]
    numbers, names = pd.factorize(chosen_on["speaker_id"])
    scores, labels = chosen_on["logit"].to_numpy(float), chosen_on["label"].to_numpy()
    return choose_threshold(Scores(scores, labels, numbers, None, len(names)), rule)


def pooled(
    crossvalidation: CrossValidation, rule: str, measure: str, folds: set[int], source: str
) -> float:
    """Sensitivity or specificity of recordings, recording by recording."""
    thresholds = {fold: threshold_of(crossvalidation, fold, rule, source).value for fold in folds}
    right = total = 0
    for row in crossvalidation.test.itertuples():
        if row.fold not in folds or row.label != (measure == "sensitivity"):
            continue
        total += 1
        right += (row.logit > thresholds[row.fold]) == (measure == "sensitivity")
    return right / total


@pytest.mark.parametrize("source", ["other_folds", "validation"])
@pytest.mark.parametrize("rule", RULES)
def test_folds_are_pooled_and_repeats_averaged(rule: str, source: str) -> None:
    repeats = [simulate(0, 0), simulate(3, 1)]
    if source == "validation":
        repeats = [without_other_folds(repeat) for repeat in repeats]
    table = tabulate(*repeats).set_index(PLACE)
    folds = {0, 1, 2}
    chosen = [threshold_of(repeat, fold, rule, source) for repeat in repeats for fold in folds]
    for measure in MEASURES:
        row = table.loc["recording", rule, measure]
        expected = np.mean([pooled(repeat, rule, measure, folds, source) for repeat in repeats])
        assert row["value"] == pytest.approx(expected)
        assert row["low"] <= row["value"] <= row["high"]
        assert (row["target"], row["chosen_on"]) == (0.9, source)
        assert row["n_chosen_on"] == min(threshold.n_speakers for threshold in chosen)
        assert row["attained"] == pytest.approx(np.mean([it.attained for it in chosen]))
        assert row["attained"] >= 0.9


def test_intervals_draw_test_speakers_under_fixed_thresholds() -> None:
    crossvalidation = simulate()
    sample = make_sample([crossvalidation], np.random.default_rng(0), 60)
    table = operating_points_table(sample, find_operating_points(sample)).set_index(PLACE)
    row = table.loc["recording", "specificity", "specificity"]
    thresholds = {
        fold: threshold_of(crossvalidation, fold, "specificity", "other_folds").value
        for fold in range(3)
    }
    test = crossvalidation.test.query("label == 0").reset_index(drop=True)
    shares = []
    for weights in sample.resample.weights:
        counts = dict(zip(sample.resample.speakers, weights, strict=True))
        drawn = test.loc[test.index.repeat(test["speaker_id"].map(counts).astype(int))]
        shares.append(np.mean(drawn["logit"] <= drawn["fold"].map(thresholds)))
    basis = Basis.of_share(test["speaker_id"].nunique())
    expected = sample.resample.estimate(np.array(shares), basis)
    assert (row["value"], row["low"], row["high"]) == pytest.approx(expected)


def test_a_fold_without_the_class_is_left_out() -> None:
    crossvalidation = without_other_folds(simulate(), without_healthy=(1,))
    table = tabulate(crossvalidation).set_index(PLACE)
    for rule, folds in (("specificity", {0, 2}), ("sensitivity", {0, 1, 2})):
        chosen = [threshold_of(crossvalidation, fold, rule, "validation") for fold in folds]
        for measure in MEASURES:
            row = table.loc["recording", rule, measure]
            expected = pooled(crossvalidation, rule, measure, folds, "validation")
            assert row["value"] == pytest.approx(expected)
            assert row["n_chosen_on"] == min(it.n_speakers for it in chosen) > 0


def test_a_repeat_without_any_threshold_is_left_out() -> None:
    whole = without_other_folds(simulate(0, 0))
    table = tabulate(whole, without_other_folds(simulate(3, 1), (0, 1, 2)))
    values = table.set_index(PLACE)["value"]
    expected = pooled(whole, "specificity", "sensitivity", {0, 1, 2}, "validation")
    assert values["recording", "specificity", "sensitivity"] == pytest.approx(expected)


def test_without_any_fold_nothing_is_defined() -> None:
    crossvalidation = without_other_folds(simulate(), (0, 1, 2))
    sample = make_sample([crossvalidation], np.random.default_rng(0), 50)
    table = operating_points_table(sample, find_operating_points(sample)).set_index("rule")
    assert len(table.loc["specificity"]) == 6
    assert table.loc["specificity", ["attained", "value", "low", "high"]].isna().all(axis=None)
    assert (table.loc["specificity", "n_chosen_on"] == 0).all()
    assert table.loc["sensitivity", ["attained", "value", "low", "high"]].notna().all(axis=None)
    values = predictive_values_table(sample, find_operating_points(sample)).set_index("rule")
    assert values.loc["specificity", ["value", "low", "high"]].isna().all(axis=None)
    assert values.loc["sensitivity", "value"].notna().all()


def test_perfect_shares_claim_what_the_speakers_counted_can_show() -> None:
    perfect = [
        replace(repeat, test=repeat.test.assign(logit=9.0 * (2 * repeat.test["label"] - 1)))
        for repeat in (simulate(0, 0), simulate(3, 1))
    ]
    table = tabulate(*perfect).set_index(PLACE)
    tested = pd.concat([repeat.test for repeat in perfect])
    counts = tested.groupby("label")["speaker_id"].nunique()
    for measure, label in (("sensitivity", 1), ("specificity", 0)):
        row = table.loc["recording", "specificity", measure]
        expected = (1, 0.025 ** (1 / counts[label]), 1)
        assert (row["value"], row["low"], row["high"]) == pytest.approx(expected)
        assert row["attained"] == 1


@given(st.integers(1, 99), st.integers(0, 100), st.integers(0, 100))
def test_predictive_values_count_people(
    prevalence: int, sensitivity: int, specificity: int
) -> None:
    """Of 10,000 people so many are dysarthric, called so, or neither."""
    found, missed = prevalence * sensitivity, prevalence * (100 - sensitivity)
    healthy = 100 - prevalence
    cleared, false_alarms = healthy * specificity, healthy * (100 - specificity)
    ppv, npv = predictive_values(
        np.array([sensitivity / 100]), np.array([specificity / 100]), prevalence / 100
    )
    called, others = found + false_alarms, cleared + missed
    assert ppv == pytest.approx([found / called if called else np.nan], nan_ok=True)
    assert npv == pytest.approx([cleared / others if others else np.nan], nan_ok=True)


def test_predictive_values_are_of_the_operating_points_with_intervals_from_the_same_draws() -> None:
    repeats = [simulate(0, 0), simulate(3, 1)]
    sample = make_sample(repeats, np.random.default_rng(0), 60)
    points = operating_points_table(sample, find_operating_points(sample)).set_index(PLACE)
    table = predictive_values_table(sample, find_operating_points(sample), [0.2, 0.05, 0.2])
    assert table["prevalence"].unique().tolist() == [0.05, 0.2]
    assert len(table) == 3 * 2 * 2 * 2
    for row in table.itertuples():
        sensitivity, specificity = (
            points.loc[row.level, row.rule, measure]["value"] for measure in MEASURES
        )
        p = row.prevalence
        expected = {
            "ppv": p * sensitivity / (p * sensitivity + (1 - p) * (1 - specificity)),
            "npv": (1 - p) * specificity / ((1 - p) * specificity + p * (1 - sensitivity)),
        }
        assert row.value == pytest.approx(expected[row.measure])
        assert row.low <= row.value <= row.high

    # Recording by recording under each row of weights.
    judged = []
    for repeat in repeats:
        thresholds = {
            fold: threshold_of(repeat, fold, "specificity", "other_folds").value
            for fold in range(3)
        }
        called = repeat.test["logit"] > repeat.test["fold"].map(thresholds)
        judged.append(repeat.test.assign(right=called == (repeat.test["label"] == 1)))
    rates = {}
    for label in (1, 0):
        of_repeats = []
        for rows in judged:
            of_class = rows[rows["label"] == label]
            shares = []
            for weights in sample.resample.weights:
                counts = dict(zip(sample.resample.speakers, weights, strict=True))
                each = of_class["speaker_id"].map(counts)
                shares.append(np.average(of_class["right"], weights=each))
            of_repeats.append(np.array(shares))
        rates[label] = sample.average(of_repeats)
    found, false_alarms = 0.2 * rates[1], 0.8 * (1 - rates[0])
    cleared, missed = 0.8 * rates[0], 0.2 * (1 - rates[1])
    values = {"ppv": found / (found + false_alarms), "npv": cleared / (cleared + missed)}
    chosen = table.query("level == 'recording' and rule == 'specificity' and prevalence == 0.2")
    for row in chosen.itertuples():
        basis = Basis(len(sample.resample.speakers))
        expected = sample.resample.estimate(values[row.measure], basis)
        assert (row.value, row.low, row.high) == pytest.approx(expected)


def test_rarer_dysarthria_makes_a_call_worth_less() -> None:
    sample = make_sample([simulate()], np.random.default_rng(0), 50)
    table = predictive_values_table(sample, find_operating_points(sample), [0.01, 0.1, 0.5]).query(
        "measure == 'ppv'"
    )
    for _, rows in table.groupby(["level", "rule"]):
        assert rows["value"].is_monotonic_increasing
