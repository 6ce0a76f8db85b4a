"""ROC and precision-recall curves with bands, on a grid that repeats and draws share."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.bootstrap import Sample
from dysarthria_lightning.evaluation.intervals import CONFIDENCE
from dysarthria_lightning.evaluation.metrics import Floats, Scores

# The grid: 0, 1/100, …, 1.
STEPS = 100
# A band is read by eye: fewer draws than an interval needs.
BAND_DRAWS = 2_000

# Counts in one block of (draws, thresholds): 1.6 MB, which stays in the cache.
_BLOCK = 200_000

Counts = NDArray[np.int64]


def curves_table(sample: Sample, level: str) -> pd.DataFrame:
    """Draw a cell's curves: the mean over repeats with pointwise 95 % bands.

    Bands are percentiles of a bootstrap of speakers and repeats, of those draws from which the
    intervals of single numbers come. Curves are steps, to which the corrections that those have do
    not apply.

    Args:
        sample: The cell's repeats; of its draws at most :data:`BAND_DRAWS` are used.
        level: Of the scores.

    Returns:
        Rows of ``curve`` (``roc``: true over false positive rate; ``pr``: precision over recall),
        ``x``, ``y``, ``low``, ``high``; NaN without both classes (``pr``: without dysarthric ones).
    """
    rows = band_rows(sample)
    drawn = [make_curves(r.levels[level], r.weights[rows]) for r in sample.repeats]
    parts = []
    for curve, values in zip(("roc", "pr"), zip(*drawn, strict=True), strict=True):
        of_repeats = np.asarray(values)
        line = of_repeats[:, 0].sum(axis=0) / len(of_repeats)
        low, high = pointwise_band(sample.average_draws(of_repeats[:, 1:]))
        parts.append(
            pd.DataFrame({"curve": curve, "x": grid(), "y": line, "low": low, "high": high})
        )
    return pd.concat(parts, ignore_index=True)


def grid() -> Floats:
    """Return the (STEPS + 1,) abscissae."""
    return np.arange(STEPS + 1) / STEPS


def make_curves(items: Scores, weights: Floats) -> tuple[Floats, Floats]:
    """Compute both curves on the grid, once for each row of weights.

    - ROC: points of neighbouring thresholds are joined by straight lines; where it rises at a
      false positive rate of the grid, the upper end counts.
    - Precision-recall: the precision at the highest threshold that reaches the recall (and finds
      anything at all): the steps whose area is the average precision.

    Args:
        items: The scored items.
        weights: (n_draws, n_speakers) how often each speaker counts; whole numbers.

    Returns:
        True positive rates and precisions, each (n_draws, STEPS + 1); NaN where not defined.
    """
    parts = list(_blocks(items, weights))
    return (
        np.concatenate([_roc(found, false) for found, false in parts]),
        np.concatenate([_precision_recall(found, false) for found, false in parts]),
    )


def _blocks(items: Scores, weights: Floats) -> Iterator[tuple[Counts, Counts]]:
    """Yield, for some draws at a time, counts of positive and negative items called.

    Both are (n_draws, 1 + n_thresholds): nothing is called in the first column, everything in the
    last.
    """
    order = np.argsort(-items.scores, kind="stable")
    speakers = items.speakers[order]
    last_of_ties = np.diff(items.scores[order], append=np.nan) != 0
    thresholds = np.append(0, 1 + np.flatnonzero(last_of_ties))
    dysarthric = items.speaker_labels
    per_block = max(1, _BLOCK // (1 + len(order)))
    for start in range(0, len(weights), per_block):
        block = weights[start : start + per_block].astype(np.int64)
        found, false = (
            np.take(_cumulate(np.take(counts, speakers, axis=1)), thresholds, axis=1)
            for counts in (block * dysarthric, block * (1 - dysarthric))
        )
        yield found, false


def _cumulate(counts: Counts) -> Counts:
    total = np.zeros((len(counts), 1 + counts.shape[1]), dtype=np.int64)
    np.cumsum(counts, axis=1, out=total[:, 1:])
    return total


def _roc(found: Counts, false: Counts) -> Floats:
    n_positive, n_negative = found[:, -1:], false[:, -1:]
    # Compared as whole numbers, because a rate of 0.3 must be met by 3 of 10 exactly.
    wanted = np.arange(STEPS + 1) * n_negative
    before = _search(STEPS * false, wanted, side="right") - 1
    after = np.minimum(before + 1, found.shape[1] - 1)
    start, end = (np.take_along_axis(STEPS * false, at, axis=1) for at in (before, after))
    low, high = (np.take_along_axis(found, at, axis=1) for at in (before, after))
    share = (wanted - start) / np.maximum(end - start, 1)
    rate = (low + share * (high - low)) / np.maximum(n_positive, 1)
    return np.where((n_positive > 0) & (n_negative > 0), rate, np.nan)


def _precision_recall(found: Counts, false: Counts) -> Floats:
    n_positive = found[:, -1:]
    wanted = np.maximum(np.arange(STEPS + 1) * n_positive, 1)
    at = np.minimum(_search(STEPS * found, wanted, side="left"), found.shape[1] - 1)
    hits = np.take_along_axis(found, at, axis=1)
    called = hits + np.take_along_axis(false, at, axis=1)
    return np.where(n_positive > 0, hits / np.maximum(called, 1), np.nan)


def _search(ascending: Counts, wanted: Counts, side: Literal["left", "right"]) -> Counts:
    """Search every row of one array for the values in the same row of another."""
    n_rows, n_columns = ascending.shape
    # Rows one above the other are one ascending array.
    shift = (ascending.max() + 1) * np.arange(n_rows)[:, None]
    found = np.searchsorted((ascending + shift).ravel(), (wanted + shift).ravel(), side=side)
    return found.reshape(wanted.shape) - n_columns * np.arange(n_rows)[:, None]


def band_rows(sample: Sample) -> NDArray[np.int64]:
    """Return the rows of a sample's weights that a band takes: as they are, and then as drawn."""
    first = sample.resample.first_draw
    return np.r_[0, first : min(first + BAND_DRAWS, len(sample.resample.weights))]


def pointwise_band(drawn: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the middle 95 % at each point.

    Args:
        drawn: (n_draws, n_points); draws that are not defined at all points do not count.

    Returns:
        Both (n_points,); NaN where no draw counts.
    """
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    if len(drawn) == 0:
        return np.full(drawn.shape[1], np.nan), np.full(drawn.shape[1], np.nan)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    return low, high
