"""How many people were found and how many missed, at thresholds that are stated."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.bootstrap import Sample
from dysarthria_lightning.evaluation.intervals import Basis
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.operating_points import OperatingPoint, Rates, measure_rates

#: The rule of the threshold that no scores have chosen: probability 1/2.
FIXED = "fixed"
_COUNTS = {"sensitivity": "found", "specificity": "false_alarms"}
_CLASSES = {"sensitivity": "n_dysarthric", "specificity": "n_healthy"}


def confusion_table(sample: Sample, points: Sequence[OperatingPoint]) -> pd.DataFrame:
    """Count people by class and by what they were called; soft majority.

    Everybody counts once in every repeat that tested them. Counts are means over repeats.

    Args:
        sample: A cell's repeats.
        points: Its operating points.

    Returns:
        Rows of ``rule`` (:data:`FIXED`: probability 1/2, else that of the operating point),
        ``target``, ``threshold_low`` and ``threshold_high`` (of all folds and repeats), ``repeats``
        (that have a threshold), ``n_dysarthric``, ``found``, ``found_smallest``,
        ``found_largest``, ``n_healthy``, ``false_alarms``, ``false_alarms_smallest``,
        ``false_alarms_largest``, and of ``sensitivity`` and ``specificity`` ``_value``, ``_low``
        and ``_high``: NaN where nobody of the class is there.
    """
    level = SOFT_MAJORITY.key
    half = SOFT_MAJORITY.threshold
    assert half is not None
    fixed = [np.full(len(items.scores), half) for items in sample.items(level)]
    rows = [
        _row(sample, FIXED, float("nan"), [half], measure_rates(sample, level, fixed)),
        *(
            _row(sample, it.rule, it.target, [found.value for found in it.thresholds], it.rates)
            for it in points
            if it.level == level
        ),
    ]
    return pd.DataFrame(rows)


def _row(
    sample: Sample, rule: str, target: float, thresholds: list[float], rates: dict[str, Rates]
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "rule": rule,
        "target": target,
        "threshold_low": min(thresholds, default=float("nan")),
        "threshold_high": max(thresholds, default=float("nan")),
        "repeats": len(rates["sensitivity"].values),
    }
    for measure, name in _COUNTS.items():
        rate = rates[measure]
        share = np.array([values[0] for values in rate.values])
        n_items = np.array(rate.n_items, dtype=np.float64)
        right = np.where(n_items > 0, share * n_items, 0).round()
        counts = right if measure == "sensitivity" else n_items - right
        row[_CLASSES[measure]] = n_items.mean() if len(n_items) else 0.0
        row[name] = counts.mean() if len(counts) else 0.0
        row[f"{name}_smallest"] = counts.min(initial=np.inf) if len(counts) else 0.0
        row[f"{name}_largest"] = counts.max(initial=0.0)
    for measure in _COUNTS:
        rate = rates[measure]
        estimate = sample.estimate(rate.values, Basis.of_share(len(rate.speakers)))
        row |= {f"{measure}_{name}": value for name, value in estimate._asdict().items()}
    return row
