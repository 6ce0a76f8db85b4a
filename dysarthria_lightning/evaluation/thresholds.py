"""Thresholds chosen on other speakers than those who meet them.

Each fold's threshold is chosen on speakers who are not tested with it, from scores of models that
never trained on them:

- cross-fitted, on the test speakers of the other folds of the same repeat, judged by those folds'
  own models. They are many. The speakers who then meet the threshold are not among them, but they
  did train those models. And the scores of different folds' models are pooled, though they are not
  perfectly comparable: each was trained on other speakers, and a threshold may be too low or too
  high for the next model by as much as their scores are shifted. No interval holds that. Where
  folds are not stratified, a fold that tests more patients was trained on fewer and scores lower,
  so that the rate which the rule leaves open (sensitivity at a fixed specificity, and the other way
  round) is biased low, as the pooled AUROC is.
- where that cannot be done, on the validation speakers of the fold, judged by its own model. They
  are few, and have chosen the epoch as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.bootstrap import Repeat
from dysarthria_lightning.evaluation.intervals import count_speakers
from dysarthria_lightning.evaluation.levels import LEVELS, RECORDING, score_levels
from dysarthria_lightning.evaluation.metrics import Floats, Scores

RULES = ("specificity", "sensitivity")
TARGET = 0.9

#: What thresholds are chosen on.
OTHER_FOLDS, VALIDATION = "other_folds", "validation"

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Threshold:
    """A threshold and what it rests on.

    Attributes:
        value: Items that score above it are called dysarthric; NaN without items of the class that
            the rule is about.
        n_speakers: Of that class, among those it was chosen on.
        attained: The share it reached on their items; NaN without any.
    """

    value: float
    n_speakers: int
    attained: float


def choose_threshold(items: Scores, rule: str, target: float = TARGET) -> Threshold:
    """Choose the threshold above which items are called dysarthric.

    Args:
        items: Those to choose on.
        rule: ``specificity``: the lowest threshold with at least the target; ``sensitivity``: the
            highest.
        target: Share to reach.
    """
    of_class = items.select(items.labels == (1 if rule == "sensitivity" else 0))
    ascending = np.sort(of_class.scores)
    n = len(ascending)
    if n == 0:
        return Threshold(float("nan"), 0, float("nan"))
    # The fewest items whose share reaches the target.
    needed = int(np.searchsorted(np.arange(n + 1) / n, target))
    if rule == "specificity":
        value = float(ascending[needed - 1])
        attained = np.mean(ascending <= value)
    else:
        value = float(np.nextafter(ascending[n - needed], -np.inf))
        attained = np.mean(ascending > value)
    return Threshold(value, count_speakers(of_class.speakers), float(attained))


def source_of_thresholds(repeats: Sequence[Repeat]) -> str:
    """Say what thresholds can be chosen on, in all repeats alike.

    Args:
        repeats: A cell's.

    Returns:
        :data:`OTHER_FOLDS` if every fold of every repeat has speakers of both classes tested in
        other folds, and not in it; else :data:`VALIDATION`.
    """
    for repeat in repeats:
        for _, others in _other_folds(repeat, RECORDING.key):
            if len(np.unique(others.labels)) < 2:
                return VALIDATION
    return OTHER_FOLDS


def choose_thresholds(
    repeat: Repeat, level: str, source: str, rule: str, target: float = TARGET
) -> dict[int, Threshold]:
    """Choose a threshold for each fold of a repeat.

    Args:
        repeat: The cross-validation.
        level: Of the scores.
        source: :data:`OTHER_FOLDS` (the test predictions of the fold itself and all validation
            predictions are not looked at) or :data:`VALIDATION` (test predictions are not).
        rule: As for :func:`choose_threshold`.
        target: Likewise.

    Returns:
        By fold its threshold.
    """
    if source == OTHER_FOLDS:
        chosen_on = dict(_other_folds(repeat, level))
    else:
        validation = repeat.crossvalidation.validation
        chosen_on = {
            int(fold): score_levels(predictions)[level]
            for fold, predictions in validation.groupby("fold")
        }
    return {fold: choose_threshold(items, rule, target) for fold, items in chosen_on.items()}


def folds_of_items(repeat: Repeat, level: str) -> Numbers:
    """Return (n_items,) the fold in which each of a level's items was tested.

    Args:
        repeat: The cross-validation.
        level: Of the items.
    """
    test = repeat.crossvalidation.test
    by_speaker = LEVELS[level].of_speakers
    folds = test.groupby("speaker_id")["fold"].first() if by_speaker else test["fold"]
    return folds.to_numpy(np.int64)


def thresholds_of_items(repeat: Repeat, level: str, thresholds: dict[int, Threshold]) -> Floats:
    """Return (n_items,) the threshold that each item meets; NaN where its fold has none.

    Args:
        repeat: The cross-validation.
        level: Of the items.
        thresholds: By fold.
    """
    folds, place = np.unique(folds_of_items(repeat, level), return_inverse=True)
    values = [thresholds[fold].value if fold in thresholds else np.nan for fold in folds.tolist()]
    return np.array(values, dtype=np.float64)[place]


def _other_folds(repeat: Repeat, level: str) -> Iterator[tuple[int, Scores]]:
    """Yield each fold with the items of speakers who are tested in other folds only."""
    items, recordings = repeat.levels[level], repeat.levels[RECORDING.key]
    folds = folds_of_items(repeat, RECORDING.key)
    for fold in np.unique(folds).tolist():
        own = recordings.speakers[folds == fold]
        yield fold, items.select(~np.isin(items.speakers, own))
