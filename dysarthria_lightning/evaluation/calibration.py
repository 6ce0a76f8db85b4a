"""Whether probabilities mean what they say.

Nothing is said of it where a class has fewer speakers than intervals want.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from dysarthria_lightning.evaluation.bootstrap import Sample
from dysarthria_lightning.evaluation.intervals import Basis, Estimate, count_speakers
from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.evaluation.metrics import Floats, Scores, weighted_mean
from dysarthria_lightning.evaluation.recalibration import NO_SPREAD, recalibrate

# Of the paper's corpus a bin holds 520 recordings or 12 speakers.
_BINS_OF_RECORDINGS, _BINS_OF_SPEAKERS = 10, 5

#: Lines are fitted to fewer draws than other intervals take, because each is a search.
LINE_DRAWS = 2_000

# Of draws without a line more would be an end of the interval.
_MOST_WITHOUT_LINE = 0.025

#: Why there is no line, or none of its interval.
SEPARATED = "perfectly separated"
ONE_CLASS = "one class only"
ONE_PROBABILITY = "one probability throughout"
NO_END = "no fit found"
MANY_WITHOUT_LINE = "no interval: no line in many draws"


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
    if not sample.has_enough_speakers:
        return pd.DataFrame()
    rows: list[dict[str, Any]] = []
    for level, to_probability in probable_levels():
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
    if not sample.has_enough_speakers:
        return pd.DataFrame()
    basis = Basis.of_share(len(sample.resample.speakers))
    rows: list[dict[str, Any]] = []
    for level, to_probability in probable_levels():
        scores = []
        for repeat in sample.repeats:
            items = repeat.levels[level]
            errors = (to_probability(items.scores) - items.labels) ** 2
            scores.append(weighted_mean(errors, items.speakers, repeat.weights))
        rows.append({"level": level, **sample.estimate(scores, basis)._asdict()})
    return pd.DataFrame(rows)


def calibration_slopes_table(sample: Sample) -> pd.DataFrame:
    """Compute the line that would make probabilities mean what they say, and observed : expected.

    - ``slope`` and ``intercept`` of a logistic regression of the label on the logit of the
      probability (:func:`recalibration.recalibrate`); 1 and 0 are ideal. Probabilities that are
      rounded to 0 or 1 count as the double-precision numbers next to them.
    - ``observed_expected``: how many are dysarthric over the sum of the probabilities; 1 is ideal.

    Where the classes are separated perfectly, no line is the likeliest: slope and intercept are
    NaN, as they are with one class or one probability throughout. A draw of such speakers does not
    count, though a separated one stands for a slope without end: with up to one in forty of them
    the upper end of the slope is somewhat too low. With more there is no interval.

    Args:
        sample: A cell's repeats; of its draws lines take at most :data:`LINE_DRAWS`.

    Returns:
        Rows of ``level``, ``measure``, ``value`` (mean over repeats), ``low``, ``high``, ``reason``
        (why a repeat has no line, or why there is no interval; empty where there are both).
    """
    if not sample.has_enough_speakers:
        return pd.DataFrame()
    rows: list[dict[str, Any]] = []
    basis = Basis(len(sample.resample.speakers))
    n_rows = sample.resample.first_draw + LINE_DRAWS
    for level, to_probability in probable_levels():
        values: dict[str, list[Floats]] = {"slope": [], "intercept": [], "observed_expected": []}
        reasons: list[str] = []
        for repeat in sample.repeats:
            items = repeat.levels[level]
            probability = to_probability(items.scores)
            logits = finite_logit(probability)
            line = recalibrate(logits, items.labels, items.speakers, repeat.weights[:n_rows])
            if np.isnan(line.slope[0]):
                reasons.append(_why_no_line(logits, items.labels))
            values["slope"].append(line.slope)
            values["intercept"].append(line.intercept)
            values["observed_expected"].append(
                _observed_expected(items, probability, repeat.weights)
            )
        for measure, of_repeats in values.items():
            estimate = sample.estimate(of_repeats, basis)
            drawn = np.array(of_repeats)[:, sample.resample.first_draw :]
            reason = reasons[0] if reasons and measure != "observed_expected" else ""
            if np.isnan(drawn).any(axis=0).mean() > _MOST_WITHOUT_LINE:
                estimate = Estimate(estimate.value, float("nan"), float("nan"))
                reason = reason or MANY_WITHOUT_LINE
            rows.append(
                {"level": level, "measure": measure, **estimate._asdict(), "reason": reason}
            )
    return pd.DataFrame(rows)


def _why_no_line(logits: Floats, labels: NDArray[np.int64]) -> str:
    if len(np.unique(labels)) < 2:
        return ONE_CLASS
    if logits.std() <= NO_SPREAD:
        return ONE_PROBABILITY
    healthy, dysarthric = logits[labels == 0], logits[labels == 1]
    apart = healthy.max() <= dysarthric.min() or dysarthric.max() <= healthy.min()
    return SEPARATED if apart else NO_END


def finite_logit(probability: Floats) -> Floats:
    """Return log odds; of 0 and 1 those of the double-precision numbers next to them."""
    nearest = np.finfo(np.float64).eps
    return np.asarray(logit(np.clip(probability, nearest, 1 - nearest)), dtype=np.float64)


def _observed_expected(items: Scores, probability: Floats, weights: Floats) -> Floats:
    observed = weighted_mean(items.labels, items.speakers, weights)
    expected = weighted_mean(probability, items.speakers, weights)
    return np.divide(observed, expected, out=np.full(len(weights), np.nan), where=expected > 0)


def probable_levels() -> Iterator[tuple[str, Callable[[Floats], Floats]]]:
    """Yield the keys of levels whose scores are probabilities, and what turns scores into them."""
    for key, level in LEVELS.items():
        if level.to_probability:
            yield key, level.to_probability
