"""Whether probabilities mean what they say."""

from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.bootstrap import Repeat, Sample
from dysarthria_lightning.evaluation.intervals import Basis, count_speakers
from dysarthria_lightning.evaluation.metrics import Floats, weighted_mean

# Noisy-OR is no probability. Bins of a paper's corpus hold 520 recordings or 12 speakers.
BINS = {"recording": 10, "speaker_soft_majority": 5}


def calibration_table(sample: Sample) -> pd.DataFrame:
    """Compare predicted probabilities with the share that is dysarthric.

    Bins hold equally many predictions: their edges are quantiles, and stay where they are when
    speakers are drawn. Predictions of all repeats are pooled; one speaker's count as one
    observation in the bootstrap.

    Args:
        sample: A cell's repeats.

    Returns:
        Rows of ``level``, ``bin`` (from 0), ``n`` (predictions in it), ``predicted`` (their mean),
        ``observed`` (share dysarthric), ``low``, ``high``; bins that ties leave empty are left out.
    """
    rows: list[dict[str, Any]] = []
    for level, n_bins in BINS.items():
        probability = np.concatenate([_probabilities(r, level) for r in sample.repeats])
        pooled = sample.pool(level)
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
    for level in BINS:
        scores = []
        for repeat in sample.repeats:
            items = repeat.levels[level]
            errors = (_probabilities(repeat, level) - items.labels) ** 2
            scores.append(weighted_mean(errors, items.speakers, repeat.weights))
        rows.append({"level": level, **sample.estimate(scores, basis)._asdict()})
    return pd.DataFrame(rows)


def _probabilities(repeat: Repeat, level: str) -> Floats:
    # Recordings are scored by logits.
    if level == "recording":
        return repeat.crossvalidation.test["probability"].to_numpy(np.float64)
    return repeat.levels[level].scores
