"""Decision curves against a plain loop over people, and predictive values over the prevalence."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from simulated_studies import simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.evaluation.bootstrap import Sample, make_sample
from dysarthria_lightning.evaluation.calibration import (
    brier_table,
    calibration_slopes_table,
    calibration_table,
)
from dysarthria_lightning.evaluation.curves import BAND_DRAWS
from dysarthria_lightning.evaluation.intervals import FEW_COMPARED, FEWEST_OF_CLASS
from dysarthria_lightning.evaluation.net_benefit import STEPS, net_benefit_table, threshold_grid
from dysarthria_lightning.evaluation.operating_points import (
    find_operating_points,
    operating_points_table,
    predictive_values_table,
)
from dysarthria_lightning.evaluation.predictive_curves import (
    PREVALENCE_GRID,
    predictive_curves_table,
)

PREVALENCE = 0.1


def simulate(repeats: int = 1, draws: int = 30, n_speakers: int = 30) -> Sample:
    recordings = simulate_recordings(np.random.default_rng(1), n_speakers)
    made = [
        simulate_crossvalidation(recordings, np.random.default_rng(it), repeat=it)
        for it in range(repeats)
    ]
    return make_sample(made, np.random.default_rng(0), draws)


def people(sample: Sample, repeat: int) -> pd.DataFrame:
    """One row per speaker of a repeat: label and mean probability."""
    test = sample.repeats[repeat].crossvalidation.test
    return test.groupby("speaker_id")[["label", "probability"]].mean()


def loop(table: pd.DataFrame, weights: np.ndarray, prevalence: float, threshold: float) -> float:
    """Count people one by one, each of them for as many as the prevalence makes of them."""
    mix = table["label"].mean()
    odds_ratio = (prevalence / (1 - prevalence)) / (mix / (1 - mix))
    n = {label: weights[(table["label"] == label).to_numpy()].sum() for label in (0, 1)}
    benefit = 0.0
    for (_, person), weight in zip(table.iterrows(), weights, strict=True):
        odds = person["probability"] / (1 - person["probability"]) * odds_ratio
        if odds / (1 + odds) < threshold:
            continue
        if person["label"] == 1:
            benefit += prevalence * weight / n[1]
        else:
            benefit -= (1 - prevalence) * weight / n[0] * threshold / (1 - threshold)
    return benefit


@pytest.mark.parametrize("prevalence", [0.02, PREVALENCE, 0.5])
def test_net_benefit_is_that_of_a_loop_over_people(prevalence: float) -> None:
    sample = simulate(repeats=2)
    rows = net_benefit_table(sample, [prevalence]).query("level == 'speaker_soft_majority'")
    assert len(rows) == STEPS
    for row in rows.iloc[::7].itertuples():
        expected = [
            loop(people(sample, it), np.ones(len(people(sample, it))), prevalence, row.threshold)
            for it in range(2)
        ]
        assert row.value == pytest.approx(np.mean(expected), abs=1e-9)


def test_bands_are_percentiles_of_the_same_draws() -> None:
    sample = simulate(draws=40)
    rows = net_benefit_table(sample, [PREVALENCE]).query("level == 'speaker_soft_majority'")
    row = rows.iloc[20]
    table, first = people(sample, 0), sample.resample.first_draw
    drawn = [
        loop(table, weights, PREVALENCE, row["threshold"])
        for weights in sample.repeats[0].weights[first : first + BAND_DRAWS]
    ]
    assert [row["low"], row["high"]] == pytest.approx(np.quantile(drawn, [0.025, 0.975]))


def test_acting_on_all_is_a_model_that_calls_everybody() -> None:
    rows = net_benefit_table(simulate(), [PREVALENCE])
    grid = threshold_grid(PREVALENCE)
    assert (grid[0], grid[-1]) == (pytest.approx(0.01), pytest.approx(0.99))
    for _, of_level in rows.groupby("level"):
        np.testing.assert_allclose(of_level["threshold"], grid)
        lowest = of_level.iloc[0]
        assert lowest["value"] == pytest.approx(lowest["treat_all"], abs=0.01)
        # At the threshold that is the prevalence, acting on all is worth nothing.
        at = np.interp(PREVALENCE, of_level["threshold"], of_level["treat_all"])
        assert at == pytest.approx(0, abs=0.002)
    assert set(rows["level"]) == {"recording", "speaker_soft_majority"}


def test_predictive_curves_meet_the_table_at_its_prevalences() -> None:
    sample = simulate(repeats=2)
    points = find_operating_points(sample)
    curves = predictive_curves_table(sample, points)
    place = ["level", "rule", "measure"]
    prevalence = float(PREVALENCE_GRID[25])
    table = predictive_values_table(sample, points, [prevalence]).set_index(place)["value"]
    found = curves[np.isclose(curves["prevalence"], prevalence)].set_index(place)["value"]
    pd.testing.assert_series_equal(found.sort_index(), table.sort_index())
    assert (PREVALENCE_GRID.min(), PREVALENCE_GRID.max()) == pytest.approx((0.001, 0.5))
    for (_, _, measure), of_curve in curves.groupby(place):
        steps = np.diff(of_curve["value"])
        assert (steps >= -1e-12).all() if measure == "ppv" else (steps <= 1e-12).all()
    inside = curves.dropna(subset=["value", "low"])
    assert (inside["low"] <= inside["high"]).all()


def test_of_too_few_speakers_nothing_is_said() -> None:
    whole = simulate(n_speakers=36)
    patients = whole.resample.speakers[whole.labels == 1]
    crossvalidation = whole.repeats[0].crossvalidation
    for n, enough in ((FEWEST_OF_CLASS, True), (FEWEST_OF_CLASS - 1, False)):
        test = crossvalidation.test[~crossvalidation.test["speaker_id"].isin(patients[n:])]
        sample = make_sample([replace(crossvalidation, test=test)], np.random.default_rng(0), 30)
        points = find_operating_points(sample)
        tables = [
            net_benefit_table(sample, [PREVALENCE]),
            predictive_curves_table(sample, points),
            calibration_table(sample),
            calibration_slopes_table(sample),
            brier_table(sample),
        ]
        assert [len(table) > 0 for table in tables] == [enough] * 5
        for table in (
            operating_points_table(sample, points),
            predictive_values_table(sample, points),
        ):
            defined = table[table["value"].notna()]
            assert (defined["reason"] == FEW_COMPARED).all() != enough
            assert defined["low"].isna().all() != enough
