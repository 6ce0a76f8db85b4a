"""Uncertainty, with speakers as the unit: recordings of one speaker are no independent evidence."""

from typing import NamedTuple

import numpy as np

from dysarthria_lightning.evaluation.metrics import Floats, Scores, compute_metrics

DRAWS = 10_000
CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A value with its confidence interval; NaN where not defined."""

    value: float
    low: float
    high: float


def bootstrap_metrics(
    items: Scores, rng: np.random.Generator, draws: int = DRAWS, confidence: float = CONFIDENCE
) -> dict[str, Estimate]:
    """Estimate all metrics with percentile intervals from a bootstrap over speakers.

    Speakers are drawn with replacement, each with all of their recordings (Davison & Hinkley,
    Bootstrap Methods and their Application, 1997, section 3.8). Draws in which a metric is not
    defined, such as those of one class only, are left out of its interval.

    Args:
        items: The scored items.
        rng: Draws the speakers.
        draws: Number of bootstrap samples.
        confidence: Coverage of the interval.

    Returns:
        For each metric its estimate.
    """
    values = compute_metrics(items)
    drawn = compute_metrics(items, draw_speakers(items.n_speakers, draws, rng))
    return {
        name: Estimate(float(values[name][0]), *percentile_interval(drawn[name], confidence))
        for name in values
    }


def draw_speakers(n_speakers: int, draws: int, rng: np.random.Generator) -> Floats:
    """Draw speakers with replacement.

    Args:
        n_speakers: How many there are, and how many each draw takes.
        draws: Number of draws.
        rng: Source of randomness.

    Returns:
        (draws, n_speakers) how often each speaker was drawn.
    """
    drawn = rng.integers(0, n_speakers, (draws, n_speakers))
    drawn += n_speakers * np.arange(draws)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=draws * n_speakers)
    return counts.reshape(draws, n_speakers).astype(np.float64)


def percentile_interval(values: Floats, confidence: float) -> tuple[float, float]:
    """Return the percentile bootstrap interval; NaN where no draw defines the value.

    Args:
        values: (draws,) bootstrapped values.
        confidence: Coverage.
    """
    values = values[np.isfinite(values)]
    if values.size == 0:
        return float("nan"), float("nan")
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
