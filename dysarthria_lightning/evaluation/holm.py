"""Holm's correction of p-values for how many there are."""

import numpy as np

from dysarthria_lightning.evaluation.metrics import Floats


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
