"""Shrinkage against DerSimonian and Laird's formula, a loop, and simulated truths."""

import numpy as np
import pytest
from scipy import stats

from dysarthria_lightning.evaluation.shrinkage import FEWEST_GROUPS, shrink


def simulate(
    seed: int, n: int = 40, between: float = 0.05, error: float = 0.05, shared: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True shares, what was measured, and draws around that with errors like the measured ones'."""
    rng = np.random.default_rng(seed)
    truth = 0.7 + between * rng.normal(size=n)
    errors = error * rng.uniform(0.5, 1.5, n)

    def disturb(*shape: int) -> np.ndarray:
        together = shared * rng.normal(size=(*shape, 1))
        return together + errors * rng.normal(size=(*shape, n))

    values = truth + disturb()
    return truth, values, values + disturb(2000)


def exact_draws(values: np.ndarray, error: float) -> np.ndarray:
    """Draws with independent errors of exactly one size: columns of a scaled orthogonal matrix."""
    n = len(values)
    columns = stats.ortho_group.rvs(64, random_state=0)[:, 1:]
    columns = np.linalg.qr(np.c_[np.ones(64), columns])[0][:, 1 : n + 1]
    return values + error * np.sqrt(63) * columns


def test_equal_independent_errors_give_dersimonian_and_lairds_estimate() -> None:
    values = np.random.default_rng(0).normal(0.7, 0.08, 12)
    error = 0.05
    weight = np.full(12, error**-2)
    mean = np.sum(weight * values) / weight.sum()
    q = np.sum(weight * (values - mean) ** 2)
    tau2 = (q - 11) / (weight.sum() - np.sum(weight**2) / weight.sum())
    assert tau2 > 0
    found = shrink(values, exact_draws(values, error))
    # The error of a deviation from the mean of twelve is a twelfth less than that of a value.
    kept = tau2 / (tau2 + error**2 * 11 / 12)
    assert found.value == pytest.approx(mean + kept * (values - mean))
    margin = stats.norm.ppf(0.975) * np.sqrt(kept * error**2 * 11 / 12 + error**2 / 12)
    assert found.high - found.value == pytest.approx(np.full(12, margin))
    assert found.value - found.low == pytest.approx(np.full(12, margin))


@pytest.mark.parametrize("shared", [0.0, 0.1])
def test_it_equals_a_loop(shared: float) -> None:
    _, values, draws = simulate(3, n=7, shared=shared)
    errors = []
    for group in range(7):
        deviations = [row[group] - sum(row) / 7 for row in draws]
        errors.append(stats.tvar(deviations))
    mean = sum(values) / 7
    tau2 = (sum((v - mean) ** 2 for v in values) - sum(errors)) / 6
    of_mean = stats.tvar([sum(row) / 7 for row in draws])
    found = shrink(values, draws)
    assert tau2 > 0
    for group, (value, error) in enumerate(zip(values, errors, strict=True)):
        expected = mean + tau2 / (tau2 + error) * (value - mean)
        assert found.value[group] == pytest.approx(expected)
        margin = 1.959964 * (tau2 * error / (tau2 + error) + of_mean) ** 0.5
        assert found.high[group] == pytest.approx(expected + margin, rel=1e-6)


def test_groups_that_differ_no_more_than_by_chance_are_all_the_same() -> None:
    values = 0.7 + 0.01 * np.arange(10)
    found = shrink(values, exact_draws(values, 0.2))
    assert found.value == pytest.approx(np.full(10, values.mean()))
    # What remains uncertain is the mean.
    margin = stats.norm.ppf(0.975) * 0.2 / np.sqrt(10)
    assert found.high == pytest.approx(np.full(10, values.mean() + margin))


def test_shrunken_values_are_nearer_the_truth_and_the_best_is_no_longer_too_good() -> None:
    raw, ours, best_raw, best_ours, covered = [], [], [], [], []
    for seed in range(100):
        truth, values, draws = simulate(seed, shared=0.05)
        found = shrink(values, draws)
        raw.append(np.mean((values - truth) ** 2))
        ours.append(np.mean((found.value - truth) ** 2))
        best_raw.append(values.max() - truth[values.argmax()])
        best_ours.append(found.value.max() - truth[found.value.argmax()])
        covered.append(np.mean((found.low <= truth) & (truth <= found.high)))
    assert np.mean(ours) < 0.8 * np.mean(raw)
    assert np.mean(best_raw) > 0.05
    assert abs(np.mean(best_ours)) < 0.02
    assert 0.92 < np.mean(covered) < 0.97


def test_a_group_no_draw_changes_is_as_unsure_as_the_others() -> None:
    _, values, draws = simulate(1)
    values[5], draws[:, 5] = 1.0, 1.0
    found = shrink(values, draws)
    mean = values.mean()
    kept = (found.value - mean) / (values - mean)
    others = np.delete(kept, 5)
    assert others.min() < kept[5] < others.max()
    assert found.high[5] <= 1


def test_undefined_groups_and_draws_do_not_count() -> None:
    _, values, draws = simulate(2)
    with_undefined = np.insert(values, 4, np.nan), np.insert(draws, 4, np.nan, axis=1)
    found, without = shrink(*with_undefined), shrink(values, draws)
    for one, other in zip(found, without, strict=True):
        assert np.isnan(one[4])
        np.testing.assert_allclose(np.delete(one, 4), other)
    some = draws.copy()
    some[::10, 3] = np.nan
    assert shrink(values, some).value == pytest.approx(without.value, abs=0.005)


@pytest.mark.parametrize("n", range(FEWEST_GROUPS))
def test_few_groups_stay_as_they_are(n: int) -> None:
    _, values, draws = simulate(0, n=n)
    found = shrink(values, draws)
    np.testing.assert_array_equal(found.value, values)
    assert np.isnan([found.low, found.high]).all()
    constant = np.full(5, 0.8)
    np.testing.assert_array_equal(shrink(constant, np.full((9, 5), 0.8)).value, constant)


def test_groups_that_are_alike_in_every_draw_share_the_error_of_their_mean() -> None:
    draws = np.tile(np.random.default_rng(0).normal(0.7, 0.05, (500, 1)), 4)
    found = shrink(np.full(4, 0.7), draws)
    assert found.value == pytest.approx(np.full(4, 0.7))
    assert found.high == pytest.approx(np.full(4, 0.7 + 1.959964 * draws[:, 0].std(ddof=1)))
