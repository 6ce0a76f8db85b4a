"""People counted one by one, and the same numbers as in the tables of metrics and thresholds."""

import numpy as np
import pandas as pd
import pytest
from simulated_studies import NOVEL, simulate_study

from dysarthria_lightning.evaluation.analysis import Analysis, analyse
from dysarthria_lightning.evaluation.study import CrossValidation, Study

RATES = ("sensitivity", "specificity")


@pytest.fixture(scope="module")
def study() -> Study:
    return simulate_study((NOVEL,), repeats=3)


@pytest.fixture(scope="module")
def analysis(study: Study) -> Analysis:
    return analyse(study, 0, 40)


def row_of(analysis: Analysis, rule: str) -> pd.Series:
    return analysis.confusion[analysis.confusion["rule"] == rule].iloc[0]


def count(repeat: CrossValidation) -> tuple[int, int, int, int]:
    """Patients, those found, healthy people and those called dysarthric, at probability 0.5."""
    counts = [0, 0, 0, 0]
    for _, its in repeat.test.groupby("speaker_id"):
        healthy = 2 * (1 - int(its["label"].iloc[0]))
        counts[healthy] += 1
        counts[healthy + 1] += bool(np.mean(1 / (1 + np.exp(-its["logit"]))) > 0.5)
    return counts[0], counts[1], counts[2], counts[3]


def test_counts_at_one_half_are_those_of_a_loop(study: Study, analysis: Analysis) -> None:
    counts = np.array([count(repeat) for repeat in study.crossvalidations[NOVEL]])
    row = row_of(analysis, "fixed")
    names = ["n_dysarthric", "found", "n_healthy", "false_alarms"]
    assert row[names].tolist() == pytest.approx(counts.mean(axis=0).tolist())
    for name, values in (("found", counts[:, 1]), ("false_alarms", counts[:, 3])):
        assert row[f"{name}_smallest"] == values.min()
        assert row[f"{name}_largest"] == values.max()
    assert row["repeats"] == 3
    shares = counts[:, 1] / counts[:, 0]
    assert row["sensitivity_value"] == pytest.approx(shares.mean())
    assert row["specificity_value"] == pytest.approx(1 - (counts[:, 3] / counts[:, 2]).mean())


def test_sensitivity_at_one_half_is_the_recall_of_the_metrics(analysis: Analysis) -> None:
    metrics = analysis.metrics.set_index(["level", "metric"])
    recall = metrics.loc[("speaker_soft_majority", "recall")]
    row = row_of(analysis, "fixed")
    ends = row[["sensitivity_value", "sensitivity_low", "sensitivity_high"]].tolist()
    assert ends == pytest.approx(recall[["value", "low", "high"]].tolist())
    assert row["specificity_low"] < row["specificity_value"] < row["specificity_high"]


@pytest.mark.parametrize("rule", RATES)
def test_rates_are_those_of_the_operating_points(rule: str, analysis: Analysis) -> None:
    points = analysis.operating_points
    points = points[(points["level"] == "speaker_soft_majority") & (points["rule"] == rule)]
    row = row_of(analysis, rule)
    for measure in RATES:
        point = points[points["measure"] == measure].iloc[0]
        ends = row[[f"{measure}_value", f"{measure}_low", f"{measure}_high"]].tolist()
        assert ends == pytest.approx(point[["value", "low", "high"]].tolist())
    assert row["threshold_low"] <= row["threshold_high"]
    assert row["found_smallest"] <= row["found"] <= row["found_largest"] <= row["n_dysarthric"]


@pytest.mark.parametrize(("label", "rate"), [(0, "sensitivity"), (1, "specificity")])
def test_a_class_that_is_not_there_has_no_rate(label: int, rate: str, study: Study) -> None:
    repeat = study.crossvalidations[NOVEL][0]
    of_one = repeat.test[repeat.test["label"] == label]
    alone = CrossValidation(NOVEL, 0, of_one, repeat.validation, repeat.history)
    found = row_of(analyse(Study(study.recordings, {NOVEL: [alone]}), 0, 20), "fixed")
    assert found["n_healthy" if label else "n_dysarthric"] == 0
    assert found["false_alarms" if label else "found"] == 0
    assert np.isnan(found[f"{rate}_value"])
