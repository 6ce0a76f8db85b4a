"""The corrected bootstrap interval where it must not break."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from dysarthria_lightning.evaluation.intervals import (
    Basis,
    bca_interval,
    degenerate_interval,
    expand_confidence,
    summarise_resample,
)


def test_the_interval_is_scipys_for_a_skewed_mean() -> None:
    values = np.random.default_rng(0).exponential(size=30)
    reference = stats.bootstrap(
        (values,), np.mean, n_resamples=999, method="BCa", rng=np.random.default_rng(1)
    )
    jackknife = np.array([np.delete(values, i).mean() for i in range(30)])
    ours = bca_interval(values.mean(), jackknife, reference.bootstrap_distribution)
    assert ours == pytest.approx(tuple(reference.confidence_interval))


def test_values_that_are_not_defined_do_not_count() -> None:
    rng = np.random.default_rng(0)
    drawn, jackknife = rng.normal(size=500), 0.1 * rng.exponential(size=20)
    expected = bca_interval(0.1, jackknife, drawn)
    assert bca_interval(0.1, np.append(jackknife, np.nan), np.append(np.nan, drawn)) == expected


def test_an_undefined_value_has_no_interval() -> None:
    drawn = np.linspace(0, 1, 10)
    assert np.isnan(bca_interval(np.nan, drawn, drawn)).all()
    assert np.isnan(bca_interval(0.5, drawn, np.full(3, np.nan))).all()


def test_a_value_that_never_varies_is_its_own_interval() -> None:
    assert bca_interval(1.0, np.ones(5), np.ones(100)) == (1.0, 1.0)


def test_a_value_beyond_all_draws_keeps_the_interval_among_them() -> None:
    drawn = np.linspace(0.2, 0.8, 100)
    for value in (0.0, 1.0):
        low, high = bca_interval(value, np.array([0.0, 0.0, 0.0, 1.0]), drawn)
        assert 0.2 <= low <= high <= 0.8


def test_draws_that_equal_the_value_but_for_rounding_count_half() -> None:
    jackknife = np.array([0.3, 0.29, 0.31])
    drawn = np.sort(np.append(np.linspace(0.1, 0.5, 80), [0.3] * 20))
    rounded = np.where(drawn == 0.3, 0.1 + 0.2, drawn)
    assert (rounded != drawn).sum() == 20
    assert bca_interval(0.3, jackknife, rounded) == bca_interval(0.3, jackknife, drawn)


def test_expanded_percentiles_of_a_normal_mean_are_students_interval() -> None:
    n = 12
    z = np.random.default_rng(0).normal(size=n)
    # The bootstrap of a mean is normal with the spread of ddof = 0.
    centre, spread = z.mean(), z.std() / np.sqrt(n)
    low = stats.norm(centre, spread).ppf((1 - expand_confidence(n)) / 2)
    assert low == pytest.approx(stats.t(n - 1, centre, stats.sem(z)).ppf(0.025))


def test_expansion_vanishes_with_many_speakers() -> None:
    assert expand_confidence(10**7) == pytest.approx(0.95, abs=1e-6)
    assert expand_confidence(60) > expand_confidence(600) > 0.95
    assert expand_confidence(1) == 0.95


@pytest.mark.parametrize("n", [1, 3, 7, 60])
def test_all_or_none_is_as_likely_as_one_in_forty_at_the_far_end(n: int) -> None:
    low, high = degenerate_interval(1.0, n)
    assert (low**n, high) == pytest.approx((0.025, 1))
    assert degenerate_interval(0.0, n) == pytest.approx((1 - high, 1 - low))
    # Means of shares are sums that need not end at the last bit.
    assert degenerate_interval(1 - 1e-15, n) == (low, high)


@pytest.mark.parametrize(("value", "n"), [(0.5, 8), (-1.0, 8), (np.nan, 8), (1.0, 0)])
def test_what_does_not_vary_and_is_no_share_has_no_interval(value: float, n: int) -> None:
    assert np.isnan(degenerate_interval(value, n)).all()


def test_only_draws_without_variation_get_the_exact_interval() -> None:
    values = np.ones(1 + 4 + 100)
    values[-1] = np.nan
    assert summarise_resample(values, 4, Basis.of_share(3)).low == pytest.approx(0.025 ** (1 / 3))
    values[50:90] = 0.9
    expected = bca_interval(1.0, values[1:5], values[5:], expand_confidence(3))
    assert summarise_resample(values, 4, Basis.of_share(3)) == (1.0, *expected)
    assert np.isnan(summarise_resample(values, 4, Basis(3, enough=False))[1:]).all()


@given(
    drawn=st.lists(st.floats(0, 1), min_size=1, max_size=50),
    jackknife=st.lists(st.floats(0, 1), min_size=1, max_size=8),
    value=st.floats(0, 1),
    n=st.integers(1, 8),
)
@example(drawn=[0.0] * 20, jackknife=[0.0], value=1.0, n=1)  # the bias undoes the tail
def test_the_interval_lies_among_the_draws_however_few_the_speakers(
    drawn: list[float], jackknife: list[float], value: float, n: int
) -> None:
    low, high = bca_interval(value, np.array(jackknife), np.array(drawn), expand_confidence(n))
    assert min(drawn) <= low <= max(drawn)
    assert min(drawn) <= high <= max(drawn)


def test_a_jackknife_that_hardly_varies_is_one_that_does_not() -> None:
    drawn = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    hardly = bca_interval(0.5, np.array([0.0, 1e-159]), drawn)
    assert hardly == bca_interval(0.5, np.zeros(2), drawn)


def test_two_speakers_have_the_whole_range_of_draws() -> None:
    drawn = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    low, high = bca_interval(0.5, np.array([0.0, 1.0]), drawn, expand_confidence(2))
    assert (low, high) == pytest.approx((0.0, 1.0))
