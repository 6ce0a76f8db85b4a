"""Permutation tests: what they deal, count, and how often they are wrong."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from dysarthria_lightning.auditing.permutations import (
    compare_with_chance,
    count_folds,
    draw_labelings,
    log10_labelings,
)
from dysarthria_lightning.auditing.regression import cross_validated_aurocs


@given(n_patients=st.integers(2, 40), n_healthy=st.integers(2, 40), seed=st.integers(0, 1000))
def test_classes_keep_their_sizes_and_folds_their_shares(
    n_patients: int, n_healthy: int, seed: int
) -> None:
    labels = np.repeat([1, 0], [n_patients, n_healthy])
    dealt = draw_labelings(labels, np.random.default_rng(seed), permutations=5, partitions=2)
    np.testing.assert_array_equal(dealt.labels[0], labels)
    assert (dealt.labels.sum(axis=1) == n_patients).all()
    n_folds = count_folds(labels)
    for of_labeling, folds in zip(dealt.labels, dealt.folds, strict=True):
        for of_partition in folds:
            for label in (None, 0, 1):
                chosen = of_partition if label is None else of_partition[of_labeling == label]
                sizes = np.bincount(chosen, minlength=n_folds)
                assert len(sizes) == n_folds
                assert np.ptp(sizes) <= 1
                assert sizes.min() >= 1


def test_labels_are_dealt_within_strata() -> None:
    labels = np.array([1, 1, 0, 0, 1, 0, 0, 0])
    strata = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    dealt = draw_labelings(labels, np.random.default_rng(0), permutations=40, strata=strata).labels
    assert (dealt[:, :4].sum(axis=1) == 2).all()
    assert (dealt[:, 4:].sum(axis=1) == 1).all()
    assert len(np.unique(dealt, axis=0)) > 10


def test_the_ways_to_deal_are_counted() -> None:
    labels, strata = np.array([1, 1, 0, 0, 1, 0, 0]), np.array([0, 0, 0, 0, 1, 1, 1])
    ways = math.comb(4, 2) * math.comb(3, 1)
    assert log10_labelings(labels, strata) == pytest.approx(math.log10(ways))


def test_the_same_seed_deals_the_same() -> None:
    labels = np.arange(12) % 2
    one, other = (draw_labelings(labels, np.random.default_rng(1), 9) for _ in range(2))
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.folds, other.folds)


def test_p_counts_what_is_as_high_and_itself() -> None:
    values = np.array([0.7, 0.5, 0.7, 0.9, 0.1])
    (found,) = compare_with_chance([values])
    assert found.p == pytest.approx((1 + 2) / (1 + 4))
    assert (found.value, found.chance) == (0.7, pytest.approx(0.55))
    assert found.chance_high == pytest.approx(np.quantile(values[1:], 0.95))
    assert found.p_familywise == found.p  # of one test


def test_the_familywise_p_compares_with_the_smallest_p_of_all() -> None:
    rng = np.random.default_rng(0)
    statistics = [rng.normal(0, 1, 200), rng.exponential(5, 200), rng.normal(0, 0.1, 200)]
    statistics[2][0] = 0.25
    found = compare_with_chance(statistics)
    p_values = np.array([[np.mean(values >= it) for it in values] for values in statistics])
    for number, one in enumerate(found):
        assert one.p == pytest.approx(p_values[number, 0])
        expected = np.mean(p_values.min(axis=0) <= p_values[number, 0] + 1e-12)
        assert one.p_familywise == pytest.approx(expected)
        assert one.p_familywise >= one.p


def test_what_never_changes_is_no_alarm() -> None:
    (found,) = compare_with_chance([np.full(50, 0.5)])
    assert found.p == found.p_familywise == 1


@pytest.mark.slow
def test_of_cues_that_say_nothing_p_values_are_uniform() -> None:
    p_values = []
    for seed in range(200):
        rng = np.random.default_rng([5, seed])
        rows = rng.normal(size=(24, 3))
        labelings = draw_labelings(np.arange(24) % 2, rng, permutations=99, partitions=2)
        values = cross_validated_aurocs(rows, labelings.labels, labelings.folds)
        p_values.append(compare_with_chance([values])[0].p)
    assert kstest(p_values, "uniform").pvalue > 0.01
    assert np.mean(np.array(p_values) <= 0.05) <= 0.09
