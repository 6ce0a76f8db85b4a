"""Are two models' AUROCs different? DeLong's test on the same speakers, corrected by Holm."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from dysarthria_lightning.evaluation.intervals import CONFIDENCE
from dysarthria_lightning.evaluation.metrics import Floats


class Comparison(NamedTuple):
    """Two correlated AUROCs; NaN where not defined.

    Attributes:
        auroc: Of the one model.
        other_auroc: Of the other.
        difference: The one minus the other.
        low: Lower end of its confidence interval.
        high: Upper end.
        p_value: Two-sided.
    """

    auroc: float
    other_auroc: float
    difference: float
    low: float
    high: float
    p_value: float


def compare_aurocs(
    labels: NDArray[np.int64], scores: Floats, other_scores: Floats, confidence: float = CONFIDENCE
) -> Comparison:
    """Compare two models' AUROCs on the same items.

    DeLong, DeLong & Clarke-Pearson, Comparing the Areas under Two or More Correlated Receiver
    Operating Characteristic Curves, 1988, by the ranks of Sun & Xu, Fast Implementation of
    DeLong's Algorithm, 2014. The test accounts for the sampling of test items only: neither for
    training again nor for each fold having a model of its own.

    Args:
        labels: (n_items,) 0 or 1.
        scores: (n_items,) of the one model.
        other_scores: (n_items,) of the other.
        confidence: Coverage of the interval.

    Returns:
        The comparison. Models that rank every pair alike have p = 1. The AUROCs are NaN without
        both classes; the interval and the p-value with fewer than two items in a class, or where
        different AUROCs show no variance (such as a perfect model's and a constant one's).
    """
    n_positive, n_negative = np.sum(labels == 1), np.sum(labels == 0)
    nan = float("nan")
    if n_positive == 0 or n_negative == 0:
        return Comparison(nan, nan, nan, nan, nan, nan)
    won, lost = _wins(labels, scores)
    other_won, other_lost = _wins(labels, other_scores)
    pairs = n_positive * n_negative
    auroc, other_auroc = float(won.sum() / pairs), float(other_won.sum() / pairs)
    # From the counts, which are exact: equal models then differ by 0 and nothing else.
    difference = float((won - other_won).sum() / pairs)
    if n_positive == 1 or n_negative == 1:
        return Comparison(auroc, other_auroc, difference, nan, nan, nan)
    variance = float(
        np.var((won - other_won) / n_negative, ddof=1) / n_positive
        + np.var((lost - other_lost) / n_positive, ddof=1) / n_negative
    )
    if np.ptp(won - other_won) == 0 and np.ptp(lost - other_lost) == 0:
        if difference == 0:
            return Comparison(auroc, other_auroc, 0.0, 0.0, 0.0, 1.0)
        return Comparison(auroc, other_auroc, difference, nan, nan, nan)
    error = math.sqrt(variance)
    margin = float(ndtri((1 + confidence) / 2)) * error
    p_value = float(2 * ndtr(-abs(difference) / error))
    return Comparison(
        auroc, other_auroc, difference, difference - margin, difference + margin, p_value
    )


def correct_holm(p_values: Floats) -> Floats:
    """Adjust the p-values of a family of tests.

    Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979: the family-wise error rate
    is kept whatever the tests' dependence.

    Args:
        p_values: (n_tests,) those that are NaN do not count.

    Returns:
        (n_tests,) adjusted values, NaN where they were.
    """
    adjusted = np.full(len(p_values), np.nan)
    defined = np.flatnonzero(np.isfinite(p_values))
    order = defined[np.argsort(p_values[defined], kind="stable")]
    scaled = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return adjusted


def _wins(labels: NDArray[np.int64], scores: Floats) -> tuple[Floats, Floats]:
    """Count rivals: of each positive item those below it, of each negative those above it.

    Ties count half. Ranks among all items less ranks within the class count the other class.
    """
    from scipy.stats import rankdata  # takes most of a second, and is wanted in reports only

    positive = labels == 1
    ranks = rankdata(scores)
    won = ranks[positive] - rankdata(scores[positive])
    lost = positive.sum() - (ranks[~positive] - rankdata(scores[~positive]))
    return won, lost
