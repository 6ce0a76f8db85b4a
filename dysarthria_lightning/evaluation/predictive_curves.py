"""Positive and negative predictive values over the prevalence."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.bootstrap import Sample
from dysarthria_lightning.evaluation.curves import band_rows, pointwise_band
from dysarthria_lightning.evaluation.operating_points import (
    MEASURES,
    OperatingPoint,
    predictive_values,
)

#: From one in a thousand to one in two, in equal steps of the logarithm.
PREVALENCE_GRID = np.geomspace(0.001, 0.5, 40)


def predictive_curves_table(sample: Sample, points: Sequence[OperatingPoint]) -> pd.DataFrame:
    """Compute what being called dysarthric means, for any prevalence from 0.1 % to 50 %.

    As :func:`operating_points.predictive_values_table`, with bands as those of curves
    (:func:`curves.curves_table`).

    Args:
        sample: A cell's repeats.
        points: Its operating points.

    Returns:
        Rows of ``level``, ``rule``, ``target``, ``prevalence``, ``measure`` (``ppv`` or ``npv``),
        ``value``, ``low``, ``high``; none where a class has too few speakers for intervals.
    """
    if not sample.has_enough_speakers:
        return pd.DataFrame()
    parts = []
    rows = band_rows(sample)
    for point in points:
        if not all(point.rates[measure].values for measure in MEASURES):
            continue
        sensitivity, specificity = (
            sample.average(point.rates[measure].values)[rows] for measure in MEASURES
        )
        curves = [predictive_values(sensitivity, specificity, it) for it in PREVALENCE_GRID]
        for measure, of_grid in zip(("ppv", "npv"), zip(*curves, strict=True), strict=True):
            values = np.column_stack(of_grid)
            low, high = pointwise_band(values[1:])
            parts.append(
                pd.DataFrame(
                    {
                        "level": point.level,
                        "rule": point.rule,
                        "target": point.target,
                        "prevalence": PREVALENCE_GRID,
                        "measure": measure,
                        "value": values[0],
                        "low": low,
                        "high": high,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
