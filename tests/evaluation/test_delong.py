"""DeLong's test against its definition and a permutation test, Holm against a naive loop."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from dysarthria_lightning.evaluation.delong import compare_aurocs, correct_holm


def beats(a: float, b: float) -> float:
    return 1.0 if a > b else 0.5 if a == b else 0.0


def by_definition(labels: np.ndarray, models: list[np.ndarray]) -> tuple[float, float]:
    """Difference and variance by DeLong et al., equations 4 to 7, loop by loop."""
    positive, negative = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    v10 = [[np.mean([beats(s[i], s[j]) for j in negative]) for i in positive] for s in models]
    v01 = [[np.mean([beats(s[i], s[j]) for i in positive]) for j in negative] for s in models]
    areas = [np.mean(v) for v in v10]
    covariance = np.zeros((2, 2))
    for r in range(2):
        for s in range(2):
            s10 = sum(
                (v10[r][i] - areas[r]) * (v10[s][i] - areas[s]) for i in range(len(positive))
            ) / (len(positive) - 1)
            s01 = sum(
                (v01[r][j] - areas[r]) * (v01[s][j] - areas[s]) for j in range(len(negative))
            ) / (len(negative) - 1)
            covariance[r, s] = s10 / len(positive) + s01 / len(negative)
    return areas[0] - areas[1], covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_comparison_is_delongs_definition(data: st.DataObject) -> None:
    n_positive, n_negative = data.draw(st.integers(2, 8)), data.draw(st.integers(2, 8))
    labels = np.array([1] * n_positive + [0] * n_negative)
    scores, other = (
        # A coarse grid makes ties frequent.
        np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(labels), max_size=len(labels))))
        for _ in range(2)
    )
    ours = compare_aurocs(labels, scores.astype(float), other.astype(float))
    difference, variance = by_definition(labels, [scores, other])
    assert ours.auroc == pytest.approx(sk.roc_auc_score(labels, scores))
    assert ours.other_auroc == pytest.approx(sk.roc_auc_score(labels, other))
    assert ours.difference == pytest.approx(difference, abs=1e-12)
    if variance < 1e-12:
        assert ours.p_value == 1 if abs(difference) < 1e-12 else math.isnan(ours.p_value)
    else:
        z = abs(difference) / math.sqrt(variance)
        assert ours.p_value == pytest.approx(math.erfc(z / math.sqrt(2)))
        margin = NormalDist().inv_cdf(0.975) * math.sqrt(variance)
        ends = pytest.approx((difference - margin, difference + margin), abs=1e-9)
        assert (ours.low, ours.high) == ends


def two_models(rng: np.random.Generator, n: int, gain: float) -> tuple[np.ndarray, ...]:
    labels = np.arange(n) % 2
    voice = rng.normal(size=n)
    return (
        labels,
        1.2 * labels + voice + 0.7 * rng.normal(size=n),
        (1.2 - gain) * labels + voice + 0.7 * rng.normal(size=n),
    )


@pytest.mark.parametrize(("seed", "gain"), [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.2)])
def test_p_values_are_near_a_permutation_tests(seed: int, gain: float) -> None:
    rng = np.random.default_rng(seed)
    labels, scores, other = two_models(rng, 40, gain)

    def differences(swapped: np.ndarray) -> np.ndarray:
        """AUROC of the one less that of the other, (n_draws,) from (n_draws, n_speakers)."""
        one, two = np.where(swapped, other, scores), np.where(swapped, scores, other)
        won, also = (
            (s[:, labels == 1, None] > s[:, None, labels == 0]).mean(axis=(1, 2))
            for s in (one, two)
        )
        return won - also

    observed = np.abs(differences(np.zeros((1, 40), bool)))
    drawn = np.abs(differences(rng.random((4000, 40)) < 0.5))
    # Differences are multiples of 1/400: of those as large as the observed, half count.
    expected = (np.mean(drawn > observed + 1e-9) + np.mean(drawn > observed - 1e-9)) / 2
    assert compare_aurocs(labels, scores, other).p_value == pytest.approx(expected, abs=0.04)


def test_equal_models_differ_significantly_in_one_of_twenty_studies() -> None:
    rng = np.random.default_rng(0)
    p_values = [compare_aurocs(*two_models(rng, 60, 0.0)).p_value for _ in range(1000)]
    assert 0.035 < np.mean(np.array(p_values) < 0.05) < 0.065


def test_models_that_rank_alike_are_equal() -> None:
    labels, scores, _ = two_models(np.random.default_rng(0), 30, 0.0)
    comparison = compare_aurocs(labels, scores, np.exp(scores))
    assert comparison[2:] == (0, 0, 0, 1)


def test_without_both_classes_nothing_is_defined() -> None:
    scores = np.array([0.1, 0.2, 0.3])
    assert np.isnan(compare_aurocs(np.ones(3, int), scores, scores)).all()
    assert np.isnan(compare_aurocs(np.zeros(3, int), scores, scores)).all()


def test_one_dysarthric_speaker_gives_a_difference_without_a_test() -> None:
    comparison = compare_aurocs(
        np.array([1, 0, 0]), np.array([2.0, 1.0, 3.0]), np.array([4.0, 1.0, 3.0])
    )
    assert comparison[:3] == (0.5, 1.0, -0.5)
    assert np.isnan(comparison[3:]).all()


def test_a_perfect_and_a_constant_model_show_no_variance_to_test_with() -> None:
    labels = np.array([0, 0, 1, 1])
    comparison = compare_aurocs(labels, labels.astype(float), np.zeros(4))
    assert comparison[:3] == (1.0, 0.5, 0.5)
    assert np.isnan(comparison[3:]).all()


def test_holm_on_an_example_by_hand() -> None:
    adjusted = correct_holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_is_its_definition(p_values: list[float]) -> None:
    def adjust(p: float) -> float:
        steps = [
            (len(p_values) - place) * smaller
            for place, smaller in enumerate(sorted(p_values))
            if smaller <= p
        ]
        return min(1.0, max(steps))

    # Equal p-values: the last of them in order decides for all, as they are rejected together.
    expected = [adjust(p) for p in p_values]
    assert correct_holm(np.array(p_values)) == pytest.approx(expected)


def test_undefined_p_values_do_not_count() -> None:
    adjusted = correct_holm(np.array([0.02, np.nan, 0.01]))
    assert adjusted == pytest.approx([0.02, np.nan, 0.02], nan_ok=True)
