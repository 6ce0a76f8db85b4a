"""Whether probabilities mean what they say."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.bootstrap import Sample
from dysarthria_lightning.evaluation.intervals import Basis, count_speakers
from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.evaluation.metrics import Floats, weighted_mean

# Of the paper's corpus a bin holds 520 recordings or 12 speakers.
_BINS_OF_RECORDINGS, _BINS_OF_SPEAKERS = 10, 5


def calibration_table(sample: Sample) -> pd.DataFrame:
    """Compare predicted probabilities with the share that is dysarthric.

    Only levels whose scores are probabilities have bins. Bins hold equally many predictions: their
    edges are quantiles, and stay where they are when speakers are drawn. Predictions of all repeats
    are pooled; one speaker's count as one observation in the bootstrap.

    Args:
        sample: A cell's repeats.

    Returns:
        Rows of ``level``, ``bin`` (from 0), ``n`` (predictions in it), ``predicted`` (their mean),
        ``observed`` (share dysarthric), ``low``, ``high``; bins that ties leave empty are left out.
    """
    rows: list[dict[str, Any]] = []
    for level, to_probability in _probable_levels():
        n_bins = _BINS_OF_SPEAKERS if LEVELS[level].of_speakers else _BINS_OF_RECORDINGS
        pooled = sample.pool(level)
        probability = to_probability(pooled.scores)
        edges = np.quantile(probability, np.arange(1, n_bins) / n_bins)
        bins = np.searchsorted(edges, probability)
        for number in np.unique(bins):
            inside = bins == number
            speakers = pooled.speakers[inside]
            observed = sample.resample.estimate(
                weighted_mean(pooled.labels[inside], speakers, sample.resample.weights),
                Basis.of_share(count_speakers(speakers)),
            )
            rows.append(
                {
                    "level": level,
                    "bin": int(number),
                    "n": int(inside.sum()),
                    "predicted": float(probability[inside].mean()),
                    "observed": observed.value,
                    "low": observed.low,
                    "high": observed.high,
                }
            )
    return pd.DataFrame(rows)


def brier_table(sample: Sample) -> pd.DataFrame:
    """Compute the Brier score: the mean squared difference of probability and label.

    Args:
        sample: A cell's repeats.

    Returns:
        Rows of ``level``, ``value`` (mean over repeats), ``low``, ``high``.
    """
    basis = Basis.of_share(len(sample.resample.speakers))
    rows: list[dict[str, Any]] = []
    for level, to_probability in _probable_levels():
        scores = []
        for repeat in sample.repeats:
            items = repeat.levels[level]
            errors = (to_probability(items.scores) - items.labels) ** 2
            scores.append(weighted_mean(errors, items.speakers, repeat.weights))
        rows.append({"level": level, **sample.estimate(scores, basis)._asdict()})
    return pd.DataFrame(rows)


def _probable_levels() -> Iterator[tuple[str, Callable[[Floats], Floats]]]:
    for key, level in LEVELS.items():
        if level.to_probability:
            yield key, level.to_probability
