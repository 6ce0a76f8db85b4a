"""Thresholds chosen on validation speakers, and what they come to for speakers never heard.

The paper has no such numbers. A clinic wants to know which sensitivity a specificity of 90 % leaves
with a threshold that was fixed before its patients came.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.bootstrap import Repeat, Sample
from dysarthria_lightning.evaluation.intervals import Basis, Estimate
from dysarthria_lightning.evaluation.levels import LEVELS, score_levels
from dysarthria_lightning.evaluation.metrics import Floats, weighted_mean
from dysarthria_lightning.evaluation.study import CrossValidation

RULES = ("specificity", "sensitivity")
TARGET = 0.9


def choose_threshold(
    scores: Floats, labels: NDArray[np.int64], rule: str, target: float = TARGET
) -> float:
    """Choose the threshold above which items are called dysarthric.

    Args:
        scores: (n_items,) of validation items.
        labels: (n_items,) 0 or 1.
        rule: ``specificity``: the lowest threshold with at least the target; ``sensitivity``: the
            highest.
        target: Share to reach.

    Returns:
        The threshold; NaN without items of the class that the rule is about.
    """
    of_class = np.sort(scores[labels == (1 if rule == "sensitivity" else 0)])
    n = len(of_class)
    if n == 0:
        return float("nan")
    # The fewest items whose share reaches the target.
    needed = int(np.searchsorted(np.arange(n + 1) / n, target))
    if rule == "specificity":
        return float(of_class[needed - 1])
    return float(np.nextafter(of_class[n - needed], -np.inf))


def choose_thresholds(
    crossvalidation: CrossValidation, rule: str, target: float = TARGET
) -> dict[str, dict[int, float]]:
    """Choose a threshold for each fold's model, as it judges the validation speakers.

    Test predictions are not looked at.

    Args:
        crossvalidation: With its validation predictions.
        rule: As for :func:`choose_threshold`.
        target: Likewise.

    Returns:
        By level the threshold of each fold; NaN where it is not defined.
    """
    thresholds: dict[str, dict[int, float]] = {}
    for fold, predictions in crossvalidation.validation.groupby("fold"):
        for level, items in score_levels(predictions).items():
            chosen = choose_threshold(items.scores, items.labels, rule, target)
            thresholds.setdefault(level, {})[int(fold)] = chosen
    return thresholds


def operating_points_table(sample: Sample, target: float = TARGET) -> pd.DataFrame:
    """Meet thresholds of validation speakers on the test speakers of the same fold.

    Sensitivity and specificity are pooled over folds and averaged over repeats. A fold whose
    validation speakers lack the class that a rule is about has no threshold: its test speakers are
    left out, and so is a repeat in which no fold has one. What remains without any is NaN.
    Intervals come from a bootstrap of test speakers under the thresholds as they were chosen.

    Args:
        sample: A cell's repeats.
        target: The sensitivity or specificity to reach on validation speakers.

    Returns:
        Rows of ``level``, ``rule``, ``target``, ``measure`` (``sensitivity`` or ``specificity``),
        ``value``, ``low``, ``high``.
    """
    chosen = {
        rule: [choose_thresholds(r.crossvalidation, rule, target) for r in sample.repeats]
        for rule in RULES
    }
    rows: list[dict[str, Any]] = []
    for level in sample.repeats[0].levels:
        for rule in RULES:
            judged = [
                _judge(repeat, level, thresholds.get(level, {}))
                for repeat, thresholds in zip(sample.repeats, chosen[rule], strict=True)
            ]
            rows += [
                {
                    "level": level,
                    "rule": rule,
                    "target": target,
                    "measure": measure,
                    **_estimate(sample, [by[measure] for by in judged if by])._asdict(),
                }
                for measure in RULES
            ]
    return pd.DataFrame(rows)


def _estimate(sample: Sample, judged: list[tuple[Floats, set[str]]]) -> Estimate:
    speakers = set().union(*(counted for _, counted in judged))
    return sample.estimate([values for values, _ in judged], Basis.of_share(len(speakers)))


def _judge(
    repeat: Repeat, level: str, thresholds: dict[int, float]
) -> dict[str, tuple[Floats, set[str]]]:
    """Measure one repeat under its weights; nothing if no fold has a threshold.

    Returns:
        For each measure its values and the ids of the speakers counted in it.
    """
    test = repeat.crossvalidation.test
    by_speaker = LEVELS[level].of_speakers
    folds = test.groupby("speaker_id")["fold"].first() if by_speaker else test["fold"]
    threshold = folds.map(thresholds).to_numpy(np.float64)
    has_one = np.isfinite(threshold)
    if not has_one.any():
        return {}
    items = repeat.levels[level].select(has_one)
    called = items.scores > threshold[has_one]
    positive = items.labels == 1

    def measure(right: NDArray[np.bool_], which: NDArray[np.bool_]) -> tuple[Floats, set[str]]:
        speakers = items.speakers[which]
        values = weighted_mean(right[which], speakers, repeat.weights)
        return values, set(repeat.speakers[speakers])

    return {"sensitivity": measure(called, positive), "specificity": measure(~called, ~positive)}
