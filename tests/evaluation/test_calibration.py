"""Calibration and Brier scores against scikit-learn."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from simulated_studies import simulate_crossvalidation, simulate_recordings
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from dysarthria_lightning.evaluation.bootstrap import Sample, make_sample
from dysarthria_lightning.evaluation.calibration import (
    LINE_DRAWS,
    brier_table,
    calibration_slopes_table,
    calibration_table,
)
from dysarthria_lightning.evaluation.intervals import Basis

# Noisy-OR is no probability.
BINS = {"recording": 10, "speaker_soft_majority": 5}


def simulate_sample(
    repeats: int = 1, *, ties: bool = False, draws: int = 60, n_speakers: int = 24
) -> Sample:
    recordings = simulate_recordings(np.random.default_rng(1), n_speakers)
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


def line_of(table: pd.DataFrame, each: pd.Series) -> tuple[float, float, float]:
    """Slope and intercept by scikit-learn, and observed over expected."""
    logit = np.log(table["probability"] / (1 - table["probability"]))
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    kept = (each > 0).to_numpy()
    model.fit(logit.to_numpy()[kept, None], table["label"][kept], sample_weight=each[kept])
    ratio = (each * table["label"]).sum() / (each * table["probability"]).sum()
    return model.coef_.item(), model.intercept_.item(), ratio


@pytest.mark.parametrize("level", BINS)
def test_slopes_are_scikit_learns_with_intervals_that_draw_speakers(level: str) -> None:
    # So many that no draw is separated.
    sample = simulate_sample(2, n_speakers=60, draws=20)
    table = judged(sample, level)
    lines = []
    for weights in sample.resample.weights:
        each = table["speaker_id"].map(dict(zip(sample.resample.speakers, weights, strict=True)))
        of_repeats = [
            line_of(part, each[part.index]) for _, part in table.groupby("repeat", sort=True)
        ]
        lines.append(of_repeats)
    basis = Basis(len(sample.resample.speakers))
    rows = calibration_slopes_table(sample).query("level == @level")
    assert rows["measure"].tolist() == ["slope", "intercept", "observed_expected"]
    assert set(rows["reason"]) == {""}
    for row, of_repeats in zip(rows.itertuples(), np.transpose(lines), strict=True):
        expected = sample.estimate([*of_repeats], basis)
        assert (row.value, row.low, row.high) == pytest.approx(expected, rel=1e-3)
        assert row.low < row.value < row.high


def with_logits(sample: Sample, change: Callable[[pd.DataFrame], np.ndarray]) -> Sample:
    changed = []
    for repeat in sample.repeats:
        test = repeat.crossvalidation.test
        changed.append(replace(repeat.crossvalidation, test=test.assign(logit=change(test))))
    return make_sample(changed, np.random.default_rng(0), 400)


def test_separated_classes_have_no_line() -> None:
    """Also not where probabilities round to 0 and 1."""
    sample = with_logits(simulate_sample(), lambda test: 1600.0 * test["label"] - 800)
    table = calibration_slopes_table(sample).set_index("measure")
    assert table["reason"].to_dict() == {
        "slope": "perfectly separated",
        "intercept": "perfectly separated",
        "observed_expected": "",
    }
    assert table.loc[["slope", "intercept"], ["value", "low", "high"]].isna().all(axis=None)
    assert table.loc["observed_expected", "value"].to_numpy() == pytest.approx([1, 1])


def test_what_has_no_line_says_why() -> None:
    one_class = [
        replace(repeat.crossvalidation, test=repeat.crossvalidation.test.query("label == 1"))
        for repeat in simulate_sample().repeats
    ]
    of_one_class = make_sample(one_class, np.random.default_rng(0), 60)
    assert calibration_slopes_table(of_one_class).empty
    for sample, reason in (
        (
            with_logits(simulate_sample(), lambda test: np.full(len(test), 0.3)),
            "one probability throughout",
        ),
        (with_logits(simulate_sample(), lambda test: -1.0 * test["label"]), "perfectly separated"),
    ):
        lines = calibration_slopes_table(sample).query("measure != 'observed_expected'")
        assert set(lines["reason"]) == {reason}
        assert lines[["value", "low", "high"]].isna().all(axis=None)


def test_many_separated_draws_leave_no_interval() -> None:
    # One patient alone overlaps, whom every third draw lacks.
    patient = min(simulate_sample().resample.speakers[simulate_sample().labels == 1])
    sample = with_logits(
        simulate_sample(),
        lambda test: (
            np.where(test["speaker_id"] == patient, -2.0, test["label"] * 2.0 - 1.0)
            + np.linspace(0, 0.1, len(test))
        ),
    )
    table = calibration_slopes_table(sample).set_index(["level", "measure"])
    for level in BINS:
        for measure in ("slope", "intercept"):
            row = table.loc[level, measure]
            assert np.isfinite(row["value"])
            assert row["reason"] == "no interval: no line in many draws"
            assert np.isnan([row["low"], row["high"]]).all()
        assert np.isfinite(table.loc[level, "observed_expected"]["low"])


def test_lines_take_the_first_draws() -> None:
    """More draws than lines take change the ratio's interval only."""
    few = simulate_sample(2, draws=LINE_DRAWS)
    more = replace(
        few.resample, weights=np.vstack([few.resample.weights, few.resample.weights[-9:]])
    )
    repeats = [replace(r, weights=more.weights_of([*r.speakers])) for r in few.repeats]
    luck = np.vstack([few.luck, few.luck[-9:]])
    one, other = (calibration_slopes_table(it) for it in (few, Sample(more, repeats, luck)))
    lines = one["measure"] != "observed_expected"
    pd.testing.assert_frame_equal(one[lines], other[lines])
