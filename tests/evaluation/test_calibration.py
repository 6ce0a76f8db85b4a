"""Calibration and Brier scores against scikit-learn."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from simulated_studies import simulate_crossvalidation, simulate_recordings
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from dysarthria_lightning.evaluation.bootstrap import Sample, make_sample
from dysarthria_lightning.evaluation.calibration import brier_table, calibration_table
from dysarthria_lightning.evaluation.intervals import Basis

# Noisy-OR is no probability.
BINS = {"recording": 10, "speaker_soft_majority": 5}


def simulate_sample(repeats: int = 1, *, ties: bool = False, draws: int = 60) -> Sample:
    recordings = simulate_recordings(np.random.default_rng(1))
    crossvalidations = []
    for repeat in range(repeats):
        made = simulate_crossvalidation(recordings, np.random.default_rng(repeat), repeat=repeat)
        if ties:
            made.test["logit"] = made.test["logit"].round(0)
            made.test["probability"] = 1 / (1 + np.exp(-made.test["logit"].astype(float)))
        crossvalidations.append(made)
    return make_sample(crossvalidations, np.random.default_rng(0), draws)


def judged(sample: Sample, level: str) -> pd.DataFrame:
    """Labels and probabilities of all repeats."""
    parts = []
    for number, repeat in enumerate(sample.repeats):
        test = repeat.crossvalidation.test[["speaker_id", "label", "probability"]]
        if level != "recording":
            test = test.groupby("speaker_id", as_index=False).mean()
        parts.append(test.assign(repeat=number))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("level", BINS)
@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("ties", [False, True])
def test_bins_are_scikit_learns(level: str, repeats: int, ties: bool) -> None:
    sample = simulate_sample(repeats, ties=ties)
    rows = calibration_table(sample).query("level == @level")
    table = judged(sample, level)
    observed, predicted = calibration_curve(
        table["label"], table["probability"], n_bins=BINS[level], strategy="quantile"
    )
    assert rows["observed"].to_numpy() == pytest.approx(observed)
    assert rows["predicted"].to_numpy() == pytest.approx(predicted)
    assert rows["n"].sum() == len(table)
    assert rows["bin"].is_monotonic_increasing


@pytest.mark.parametrize("level", BINS)
def test_intervals_of_bins_draw_speakers(level: str) -> None:
    sample = simulate_sample(2)
    table = judged(sample, level)
    edges = np.quantile(table["probability"], np.linspace(0, 1, BINS[level] + 1))
    for row in calibration_table(sample).query("level == @level").itertuples():
        inside = (table["probability"] > edges[row.bin]) | (row.bin == 0)
        inside &= table["probability"] <= edges[row.bin + 1]
        shares = []
        for weights in sample.resample.weights:
            counts = dict(zip(sample.resample.speakers, weights, strict=True))
            weight = table["speaker_id"].map(counts)[inside]
            hits = (weight * table["label"][inside]).sum()
            shares.append(hits / weight.sum() if weight.sum() else np.nan)
        n_speakers = table["speaker_id"][inside].nunique()
        expected = sample.resample.estimate(np.array(shares), Basis.of_share(n_speakers))
        assert (row.observed, row.low, row.high) == pytest.approx(expected)


@pytest.mark.parametrize("level", BINS)
def test_brier_scores_are_scikit_learns(level: str) -> None:
    sample = simulate_sample(3)
    row = brier_table(sample).set_index("level").loc[level]
    table = judged(sample, level)
    expected = np.mean(
        [
            brier_score_loss(part["label"], part["probability"])
            for _, part in table.groupby("repeat")
        ]
    )
    assert row["value"] == pytest.approx(expected)
    assert row["low"] < row["value"] < row["high"]


def test_a_bin_of_one_class_claims_what_its_speakers_can_show() -> None:
    certain = []
    for repeat in simulate_sample(2).repeats:
        test = repeat.crossvalidation.test
        logit = np.where(test["label"], 800.0, -800.0)
        test = test.assign(logit=logit, probability=test["label"] * 1.0)
        certain.append(replace(repeat.crossvalidation, test=test))
    sample = make_sample(certain, np.random.default_rng(0), 60)
    table = judged(sample, "recording")
    rows = calibration_table(sample).query("level == 'recording'").set_index("observed")
    for label, speakers in table.groupby("label")["speaker_id"]:
        limit = 0.025 ** (1 / speakers.nunique())
        ends = (limit, 1) if label else (0, 1 - limit)
        assert (rows.loc[label, "low"], rows.loc[label, "high"]) == pytest.approx(ends)
