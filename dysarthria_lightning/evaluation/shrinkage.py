"""Values of many groups drawn towards their mean: the best of many is best partly by chance."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from dysarthria_lightning.evaluation.intervals import CONFIDENCE
from dysarthria_lightning.evaluation.metrics import Floats

#: Of fewer groups no variance between them is estimated.
FEWEST_GROUPS = 3


class Shrunken(NamedTuple):
    """Shares of groups after shrinkage, each (n_groups,); NaN where not defined."""

    value: Floats
    low: Floats
    high: Floats


def shrink(values: Floats, draws: Floats, confidence: float = CONFIDENCE) -> Shrunken:
    """Draw groups' values towards their mean, the more the less certain they are.

    Empirical Bayes in the normal-normal model (Efron & Morris, Data Analysis Using Stein's
    Estimator and Its Generalizations, 1975). Groups share speakers, so their errors are correlated,
    and what is uncertain of all alike parts no two of them: errors are those of a group's deviation
    from the mean of all groups, as the draws have them. The variance between groups is by
    DerSimonian and Laird's method of moments (Meta-analysis in Clinical Trials, 1986), with each
    group weighted alike. Where the groups differ no more than their errors explain it is 0, and all
    shrunken values are the mean. A group's interval holds the error of the mean as well as its own,
    taken to be independent. A group that no draw changes, such as one told apart perfectly, is no
    surer than the others: its error is the median of theirs.

    Args:
        values: (n_groups,) shares; those that are NaN do not count.
        draws: (n_draws, n_groups) the same in a bootstrap; NaN where not defined.
        confidence: Coverage of the intervals.

    Returns:
        Shrunken values with intervals within 0 and 1. With fewer than :data:`FEWEST_GROUPS` groups
        whose draws differ, the values as they are, without intervals.
    """
    counted = np.isfinite(values)
    varies = counted & (_variance(draws) > np.finfo(np.float64).eps)
    nothing = np.full(len(values), np.nan)
    if varies.sum() < FEWEST_GROUPS:
        return Shrunken(values, nothing, nothing)
    means = _mean(draws[:, counted], axis=1)
    error = _variance(draws - means[:, None])
    error = np.where(varies, error, np.median(error[varies]))
    mean = values[counted].mean()
    deviation = values - mean
    excess = np.sum(deviation[counted] ** 2 - error[counted])
    between = max(0.0, excess / (counted.sum() - 1))
    spread = between + error
    kept = np.divide(between, spread, out=np.zeros(len(values)), where=spread > 0)
    value = mean + kept * deviation
    margin = float(ndtri((1 + confidence) / 2)) * np.sqrt(kept * error + _variance(means[:, None]))
    ends = [np.clip(value + sign * margin, 0, 1) for sign in (-1, 1)]
    return Shrunken(value, *ends)


def _mean(values: Floats, axis: int) -> Floats:
    """Average what is defined along an axis; NaN where nothing is."""
    defined = np.isfinite(values)
    n = defined.sum(axis=axis)
    total = np.sum(values, axis=axis, where=defined)
    return np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0)


def _variance(draws: Floats) -> Floats:
    """Return the variance of each column, of what is defined; NaN with fewer than two draws."""
    n = np.isfinite(draws).sum(axis=0)
    squares = _mean((draws - _mean(draws, axis=0)) ** 2, axis=0)
    return np.divide(squares * n, n - 1, out=np.full(squares.shape, np.nan), where=n > 1)
