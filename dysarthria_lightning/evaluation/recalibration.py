"""Logistic recalibration: the straight line that would make probabilities mean what they say."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.metrics import Floats

# Items of some draws in one block: 1.6 MB, which stays in the cache.
_BLOCK = 200_000
_MOST_STEPS = 100
_TOLERANCE = 1e-9
#: Logits that spread no further are one, but for rounding.
NO_SPREAD = 1e-9


class Recalibration(NamedTuple):
    """Lines of several draws, each (n_draws,).

    NaN where no line is the likeliest (:func:`recalibrate`), and where the search did not end.
    """

    slope: Floats
    intercept: Floats


def recalibrate(
    logits: Floats, labels: NDArray[np.int64], speakers: NDArray[np.int64], weights: Floats
) -> Recalibration:
    """Regress labels on the logits of predicted probabilities: logit P(1) = intercept + slope x.

    Cox, Two Further Applications of a Model for Binary Regression, 1958. Slope 1 and intercept 0
    are ideal. A slope below 1 means that probabilities are too extreme.

    Maximum likelihood by Newton's method with halved steps where one would not climb, for all draws
    at once; the draws start where the first row's line ended. Where one threshold separates a
    draw's classes, with or without ties on it, no line is the likeliest; nor where all logits are
    one.

    Args:
        logits: (n_items,) finite.
        labels: (n_items,) 0 or 1.
        speakers: (n_items,) the speakers' numbers.
        weights: (n_draws, n_speakers) how often each speaker counts.
    """
    lines = np.full((len(weights), 2), np.nan)
    centre, scale = (logits.mean(), logits.std()) if len(logits) else (0.0, 0.0)
    if scale > NO_SPREAD:
        x = (logits - centre) / scale
        start = np.zeros(2)
        overlap = np.flatnonzero(_overlap(x, labels, speakers, weights))
        per_block = max(1, _BLOCK // len(x))
        blocks = [overlap[:1], *_blocks(overlap[1:], per_block)]
        for rows in blocks:
            if len(rows):
                lines[rows] = _fit(x, labels, weights[rows][:, speakers], start)
                if np.isfinite(lines[blocks[0]]).all():
                    start = lines[blocks[0][0]]
    slope = lines[:, 1] / scale if scale > NO_SPREAD else lines[:, 1]
    return Recalibration(slope, lines[:, 0] - slope * centre)


def _blocks(rows: NDArray[np.intp], size: int) -> list[NDArray[np.intp]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _overlap(
    x: Floats, labels: NDArray[np.int64], speakers: NDArray[np.int64], weights: Floats
) -> NDArray[np.bool_]:
    """Return (n_draws,) whether no threshold separates the classes (Albert & Anderson, 1984)."""
    low = np.full((2, weights.shape[1]), np.inf)
    high = -low
    np.minimum.at(low, (labels, speakers), x)
    np.maximum.at(high, (labels, speakers), x)
    drawn = weights > 0
    lowest = [np.min(np.where(drawn, of_class, np.inf), axis=1) for of_class in low]
    highest = [np.max(np.where(drawn, of_class, -np.inf), axis=1) for of_class in high]
    overlap: NDArray[np.bool_] = (lowest[1] < highest[0]) & (lowest[0] < highest[1])
    return overlap


def _fit(x: Floats, labels: NDArray[np.int64], weights: Floats, start: Floats) -> Floats:
    """Fit a line for each row of the items' weights.

    Args:
        x: (n_items,) about as large as 1.
        labels: (n_items,) 0 or 1.
        weights: (n_draws, n_items).
        start: (2,) intercept and slope.

    Returns:
        (n_draws, 2) intercepts and slopes, NaN where the steps do not end.
    """
    fitted = np.full((len(weights), 2), np.nan)
    rows = np.arange(len(weights))
    line = np.tile(start, (len(weights), 1))
    likelihood = np.full(len(weights), -np.inf)
    step = np.zeros_like(line)
    for _ in range(_MOST_STEPS):
        there, newton = _climb(x, labels, weights[rows], line + step)
        # Also where sums are rounded differently at the top.
        climbs = there >= likelihood - 1e-12 * np.abs(likelihood)
        line = np.where(climbs[:, None], line + step, line)
        likelihood = np.where(climbs, there, likelihood)
        step = np.where(climbs[:, None], newton, step / 2)
        done = np.abs(step).max(axis=1) < _TOLERANCE
        fitted[rows[done]] = line[done]
        rows, line, step = rows[~done], line[~done], step[~done]
        likelihood = likelihood[~done]
        if len(rows) == 0:
            break
    return fitted


def _climb(
    x: Floats, labels: NDArray[np.int64], weights: Floats, line: Floats
) -> tuple[Floats, Floats]:
    """Return each row's log-likelihood at its line, (n_draws,), and Newton's step, (n_draws, 2)."""
    logit = line[:, :1] + line[:, 1:] * x
    small = np.exp(-np.abs(logit))
    probability = np.where(logit >= 0, 1, small) / (1 + small)
    # log(1 + e^logit) without overflow.
    softplus = np.maximum(logit, 0) + np.log(1 + small)
    likelihood = np.einsum("di,di->d", weights, labels * logit - softplus)
    residual = weights * (labels - probability)
    variance = weights * probability * (1 - probability)
    a, b = residual.sum(axis=1), residual @ x
    aa, ab, bb = variance.sum(axis=1), variance @ x, variance @ x**2
    # Never singular but by rounding, where classes overlap.
    determinant = np.maximum(aa * bb - ab**2, np.finfo(np.float64).tiny)
    step = np.stack([bb * a - ab * b, aa * b - ab * a], axis=1) / determinant[:, None]
    return likelihood, step
