"""Decision curves: what acting on a probability is worth beside acting on everybody or nobody."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from dysarthria_lightning.evaluation.bootstrap import Sample
from dysarthria_lightning.evaluation.calibration import finite_logit, probable_levels
from dysarthria_lightning.evaluation.curves import band_rows, pointwise_band
from dysarthria_lightning.evaluation.metrics import Floats, Scores

#: Threshold probabilities of a curve, from a tenth of the prevalence to ten times that.
STEPS = 50
_HIGHEST = 0.99


def net_benefit_table(sample: Sample, prevalences: Sequence[float]) -> pd.DataFrame:
    """Compute net benefit over threshold probabilities (Vickers & Elkin 2006).

    Net benefit counts true positives less false positives, the latter weighed by the odds of the
    threshold probability: whoever acts at 5 % accepts 19 false positives for one true one. The
    share dysarthric is the stated one and not the study's, so classes are weighed accordingly, and
    the probabilities of the study's mix are moved by the difference of the log odds, as is due
    where patients and healthy people were sampled apart. Bands are as those of curves
    (:func:`curves.curves_table`).

    Args:
        sample: A cell's repeats.
        prevalences: Shares of people who are dysarthric, between 0 and 1.

    Returns:
        Rows of ``level``, ``prevalence``, ``threshold``, ``value`` (per person, mean over repeats),
        ``low``, ``high``, ``treat_all`` (that of acting on everybody; on nobody it is 0), of levels
        whose scores are probabilities; none where a class has too few speakers for intervals.
    """
    if not sample.has_enough_speakers:
        return pd.DataFrame()
    parts = []
    rows = band_rows(sample)
    for level, to_probability in probable_levels():
        for prevalence in sorted(set(prevalences)):
            thresholds = threshold_grid(prevalence)
            of_repeats = np.asarray(
                [
                    net_benefit(
                        repeat.levels[level],
                        to_probability(repeat.levels[level].scores),
                        repeat.weights[rows],
                        prevalence,
                        thresholds,
                    )
                    for repeat in sample.repeats
                ]
            )
            low, high = pointwise_band(sample.average_draws(of_repeats[:, 1:]))
            odds = thresholds / (1 - thresholds)
            parts.append(
                pd.DataFrame(
                    {
                        "level": level,
                        "prevalence": prevalence,
                        "threshold": thresholds,
                        "value": of_repeats[:, 0].mean(axis=0),
                        "low": low,
                        "high": high,
                        "treat_all": prevalence - (1 - prevalence) * odds,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def threshold_grid(prevalence: float) -> Floats:
    """Return the (STEPS,) threshold probabilities at which a prevalence is looked at."""
    return np.linspace(prevalence / 10, min(10 * prevalence, _HIGHEST), STEPS)


def net_benefit(
    items: Scores, probability: Floats, weights: Floats, prevalence: float, thresholds: Floats
) -> Floats:
    """Compute the net benefit of calling items dysarthric at or above threshold probabilities.

    Args:
        items: Whose labels and speakers count.
        probability: (n_items,) of the mix of classes among the items.
        weights: (n_draws, n_speakers) how often each speaker counts.
        prevalence: Share of people who are dysarthric.
        thresholds: (n_thresholds,) between 0 and 1.

    Returns:
        (n_draws, n_thresholds), per person; NaN for draws that lack a class.
    """
    moved = expit(finite_logit(probability) + logit(prevalence) - logit(items.labels.mean()))
    called = moved[:, None] >= thresholds
    found, false_alarms = (
        _share_called(called[of_class], items.speakers[of_class], weights)
        for of_class in (items.labels == 1, items.labels == 0)
    )
    odds = thresholds / (1 - thresholds)
    return prevalence * found - (1 - prevalence) * odds * false_alarms


def _share_called(
    called: NDArray[np.bool_], speakers: NDArray[np.int64], weights: Floats
) -> Floats:
    """Return the (n_draws, n_thresholds) shares of items called; NaN for draws without any."""
    counts = np.zeros((weights.shape[1], called.shape[1]))
    np.add.at(counts, speakers, called)
    n_items = (weights @ np.bincount(speakers, minlength=weights.shape[1]))[:, None]
    total = weights @ counts
    return np.divide(total, n_items, out=np.full(total.shape, np.nan), where=n_items > 0)
