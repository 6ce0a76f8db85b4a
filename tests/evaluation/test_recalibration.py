"""Recalibration against scikit-learn's regression without a penalty, and where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from sklearn.linear_model import LogisticRegression

from dysarthria_lightning.evaluation.recalibration import recalibrate


def simulate(seed: int, n_speakers: int = 20, slope: float = 0.6) -> tuple[np.ndarray, ...]:
    """Logits of speakers' recordings, too extreme for a slope below 1."""
    rng = np.random.default_rng(seed)
    speakers = np.repeat(np.arange(n_speakers), rng.integers(1, 6, n_speakers))
    logits = 0.4 + 2 * rng.normal(size=len(speakers))
    of_speaker = np.bincount(speakers, logits) / np.bincount(speakers)
    chance = 1 / (1 + np.exp(-(slope * of_speaker - 0.2)))
    labels = (rng.random(n_speakers) < chance).astype(int)[speakers]
    return logits, labels, speakers


def by_scikit_learn(logits: np.ndarray, labels: np.ndarray, each: np.ndarray) -> tuple:
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=1000)
    kept = each > 0
    model.fit(logits[kept, None], labels[kept], sample_weight=each[kept])
    return model.coef_.item(), model.intercept_.item()


@pytest.mark.parametrize("seed", range(4))
def test_lines_are_scikit_learns_with_weights(seed: int) -> None:
    logits, labels, speakers = simulate(seed)
    weights = np.random.default_rng(seed).integers(0, 4, (12, 20)).astype(float)
    weights[0] = 1
    found = recalibrate(logits, labels, speakers, weights)
    for row, each in enumerate(weights[:, speakers]):
        expected = by_scikit_learn(logits, labels, each)
        assert (found.slope[row], found.intercept[row]) == pytest.approx(expected, rel=1e-4)


def test_lines_are_the_likeliest() -> None:
    logits, labels, speakers = simulate(7)
    found = recalibrate(logits, labels, speakers, np.ones((1, 20)))

    def loss(line: np.ndarray) -> float:
        z = line[0] + line[1] * logits
        return float(np.sum(np.logaddexp(0, z) - labels * z))

    best = optimize.minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-9})
    assert (found.intercept[0], found.slope[0]) == pytest.approx(best.x, abs=1e-5)


def test_many_draws_at_once_equal_each_alone() -> None:
    logits, labels, speakers = simulate(3, n_speakers=60)
    logits = np.tile(logits, 40)
    labels, speakers = np.tile(labels, 40), np.tile(speakers, 40)
    weights = np.random.default_rng(0).integers(0, 4, (300, 60)).astype(float)
    together = recalibrate(logits, labels, speakers, weights)
    assert np.isfinite(together.slope).all()
    for row in (0, 1, 150, 299):
        alone = recalibrate(logits, labels, speakers, weights[row : row + 1])
        assert alone.slope == pytest.approx(together.slope[row : row + 1], rel=1e-7)
        assert alone.intercept == pytest.approx(together.intercept[row : row + 1], rel=1e-7)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), min_size=1, max_size=10),
    st.lists(st.integers(0, 2), min_size=10, max_size=10),
)
def test_there_is_a_line_where_no_threshold_separates_and_nowhere_else(
    items: list[tuple[int, int]], drawn: list[int]
) -> None:
    logits, labels = (np.array(part) for part in zip(*items, strict=True))
    weights = np.array(drawn[: len(items)], dtype=float)
    here = weights > 0
    separated = any(
        np.all(sign * logits[here & (labels == 1)] >= sign * threshold)
        and np.all(sign * logits[here & (labels == 0)] <= sign * threshold)
        for threshold in range(-1, 7)
        for sign in (1, -1)
    )
    rows = np.stack([weights, weights])
    found = recalibrate(logits.astype(float), labels, np.arange(len(items)), rows)
    assert np.isnan(found).tolist() == [[separated] * 2] * 2
    if not separated:
        # The likelihood is level there.
        p = 1 / (1 + np.exp(-(found.intercept[0] + found.slope[0] * logits)))
        assert weights @ (labels - p) == pytest.approx(0, abs=1e-6)
        assert weights @ ((labels - p) * logits) == pytest.approx(0, abs=1e-6)


def test_calibrated_probabilities_have_slope_one_and_intercept_zero() -> None:
    rng = np.random.default_rng(0)
    logits = 1.5 * rng.normal(size=200_000)
    labels = (rng.random(len(logits)) < 1 / (1 + np.exp(-logits))).astype(int)
    everybody = np.arange(len(logits))
    for slope, shift in ((1, 0), (0.5, 0.3)):
        # Twice as extreme: half the slope.
        found = recalibrate((logits - shift) / slope, labels, everybody, np.ones((1, len(logits))))
        assert found.slope[0] == pytest.approx(slope, abs=0.02)
        assert found.intercept[0] == pytest.approx(shift, abs=0.02)


def test_extreme_logits_end() -> None:
    logits = np.array([-36.0, -36, 36, 36, 36, -36, 0, 1])
    labels = np.array([0, 0, 1, 1, 0, 1, 1, 0])
    found = recalibrate(logits, labels, np.arange(8), np.ones((3, 8)))
    expected = by_scikit_learn(logits, labels, np.ones(8))
    assert (found.slope[2], found.intercept[2]) == pytest.approx(expected, rel=1e-4)


def test_without_items_or_differences_there_is_no_line() -> None:
    nothing = np.zeros(0)
    none = np.zeros(0, dtype=int)
    assert np.isnan(recalibrate(nothing, none, none, np.ones((2, 3)))).all()
    same = recalibrate(np.full(4, 0.3), np.arange(4) % 2, np.arange(4), np.ones((2, 4)))
    assert np.isnan(same).all()
