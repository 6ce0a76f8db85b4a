"""What thresholds come to on other speakers than those they were chosen on.

The paper has no such numbers. A clinic wants to know which sensitivity a specificity of 90 % leaves
with a threshold that was fixed before its patients came, and what being called dysarthric then
means where dysarthria is as rare as there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.bootstrap import Repeat, Sample
from dysarthria_lightning.evaluation.intervals import Basis, with_reason
from dysarthria_lightning.evaluation.metrics import Floats, weighted_mean
from dysarthria_lightning.evaluation.thresholds import (
    RULES,
    TARGET,
    Threshold,
    choose_thresholds,
    source_of_thresholds,
    thresholds_of_items,
)

MEASURES = ("sensitivity", "specificity")
PREVALENCES = (0.01, 0.1)


@dataclass(frozen=True)
class Rates:
    """Sensitivity or specificity in the repeats that have a threshold.

    Attributes:
        values: Of each repeat (n_rows,), one for each row of its weights.
        speakers: The ids of those counted in any.
        n_items: Of each repeat how many items are counted.
    """

    values: list[Floats]
    speakers: set[str]
    n_items: list[int]


@dataclass(frozen=True)
class OperatingPoint:
    """A rule at one level, met on test speakers.

    Attributes:
        level: Of the scores.
        rule: The one of the two rates that is fixed.
        target: What it is fixed at, on the speakers that thresholds are chosen on.
        source: What thresholds were chosen on.
        thresholds: Of all folds of all repeats that have one.
        rates: By measure.
    """

    level: str
    rule: str
    target: float
    source: str
    thresholds: list[Threshold]
    rates: dict[str, Rates]


def find_operating_points(sample: Sample, target: float = TARGET) -> list[OperatingPoint]:
    """Meet thresholds of other speakers on test speakers, by every rule at every level.

    Sensitivity and specificity are pooled over folds and averaged over repeats. A fold whose
    speakers to choose on lack the class that a rule is about has no threshold: its test speakers
    are left out, and so is a repeat in which no fold has one. What remains without any is NaN.
    Intervals come from a bootstrap of test speakers under the thresholds as they were chosen, as
    all intervals take the models as they are: were they chosen anew in each draw, the rate that a
    rule fixes would hardly vary, and its interval would not hold what the thresholds come to for
    others.

    Where scores of sixty speakers were drawn at random, and nothing was trained, cross-fitted
    thresholds for 90 % came to 89 % (standard deviation 5 %), those of nine validation speakers to
    80 to 83 % (15 %), and intervals held the true rates of 96 % and more. That leaves out what
    training does to scores. Of 600 simulated studies with a learner under a strong penalty, whose
    models had a true sensitivity of 61 % where specificity was 90 %, cross-fitted thresholds came
    to 60 % in stratified folds and to 46 % in folds at random: biased low in sensitivity
    where folds are not stratified (``tests/evaluation/test_threshold_coverage.py``).

    Args:
        sample: A cell's repeats.
        target: The sensitivity or specificity to reach on the speakers that thresholds are chosen
            on.
    """
    source = source_of_thresholds(sample.repeats)
    points = []
    for level in sample.repeats[0].levels:
        for rule in RULES:
            chosen = [
                choose_thresholds(repeat, level, source, rule, target) for repeat in sample.repeats
            ]
            met = [
                thresholds_of_items(repeat, level, thresholds)
                for repeat, thresholds in zip(sample.repeats, chosen, strict=True)
            ]
            used = [it for by_fold in chosen for it in by_fold.values() if it.n_speakers]
            rates = measure_rates(sample, level, met)
            points.append(OperatingPoint(level, rule, target, source, used, rates))
    return points


def measure_rates(sample: Sample, level: str, thresholds: Sequence[Floats]) -> dict[str, Rates]:
    """Measure sensitivity and specificity under given thresholds.

    Args:
        sample: A cell's repeats.
        level: Of the scores.
        thresholds: Of each repeat (n_items,) what each item meets; NaN leaves it out.

    Returns:
        By measure.
    """
    judged = [
        it
        for it in map(_judge, sample.repeats, [level] * len(sample.repeats), thresholds)
        if it is not None
    ]
    return {
        measure: Rates(
            [by[measure].values for by in judged],
            set().union(*(by[measure].speakers for by in judged)),
            [by[measure].n_items for by in judged],
        )
        for measure in MEASURES
    }


def operating_points_table(sample: Sample, points: Sequence[OperatingPoint]) -> pd.DataFrame:
    """Estimate sensitivity and specificity, pooled over folds and averaged over repeats.

    Args:
        sample: A cell's repeats.
        points: Its operating points.

    Returns:
        Rows of ``level``, ``rule``, ``target``, ``chosen_on`` (``other_folds`` or ``validation``,
        see :mod:`thresholds`), ``n_chosen_on`` (how many speakers of the rule's class a threshold
        rests on, the fewest of any fold), ``attained`` (what thresholds reached on them, the mean
        over folds), ``measure`` (``sensitivity`` or ``specificity``), ``value``, ``low``, ``high``,
        ``reason`` (why there is no interval, as where a class has too few speakers).
    """
    rows: list[dict[str, Any]] = []
    for point in points:
        attained = [threshold.attained for threshold in point.thresholds]
        chosen = {
            "level": point.level,
            "rule": point.rule,
            "target": point.target,
            "chosen_on": point.source,
            "n_chosen_on": min((it.n_speakers for it in point.thresholds), default=0),
            "attained": float(np.mean(attained)) if attained else float("nan"),
        }
        for measure, rates in point.rates.items():
            basis = replace(Basis.of_share(len(rates.speakers)), enough=sample.has_enough_speakers)
            estimate = sample.estimate(rates.values, basis)
            rows.append({**chosen, "measure": measure, **with_reason(estimate, basis)})
    return pd.DataFrame(rows)


def predictive_values_table(
    sample: Sample,
    points: Sequence[OperatingPoint],
    prevalences: Sequence[float] = PREVALENCES,
) -> pd.DataFrame:
    """Compute what being called dysarthric means where dysarthria is as common as stated.

    By Bayes' theorem from sensitivity and specificity, which do not depend on how common it is, as
    long as patients and healthy speakers are like these.
    Intervals come from the same draws; there is none where no draw changes the value, as where no
    healthy speaker was called dysarthric.

    Args:
        sample: A cell's repeats.
        points: Its operating points.
        prevalences: Shares of people who are dysarthric, between 0 and 1.

    Returns:
        Rows of ``level``, ``rule``, ``target``, ``prevalence`` (ascending), ``measure`` (``ppv``:
        the share of those called dysarthric who are; ``npv``: the share of the others who are not),
        ``value``, ``low``, ``high``, ``reason``.
    """
    rows: list[dict[str, Any]] = []
    for point in points:
        speakers = set().union(*(rates.speakers for rates in point.rates.values()))
        basis = Basis(len(speakers), enough=sample.has_enough_speakers)
        for prevalence in sorted(set(prevalences)):
            values: dict[str, list[Floats]] = {"ppv": [], "npv": []}
            if speakers:
                sensitivity, specificity = (
                    sample.average(point.rates[measure].values) for measure in MEASURES
                )
                ppv, npv = predictive_values(sensitivity, specificity, prevalence)
                values = {"ppv": [ppv], "npv": [npv]}
            rows += [
                {
                    "level": point.level,
                    "rule": point.rule,
                    "target": point.target,
                    "prevalence": prevalence,
                    "measure": measure,
                    **with_reason(sample.estimate(value, basis), basis),
                }
                for measure, value in values.items()
            ]
    return pd.DataFrame(rows)


def predictive_values(
    sensitivity: Floats, specificity: Floats, prevalence: float
) -> tuple[Floats, Floats]:
    """Compute the positive and the negative predictive value by Bayes' theorem.

    Args:
        sensitivity: (n,) shares.
        specificity: (n,) shares.
        prevalence: Share who are dysarthric.

    Returns:
        Both (n,); NaN where nobody is called dysarthric, or nobody is not.
    """
    found, missed = prevalence * sensitivity, prevalence * (1 - sensitivity)
    cleared, false_alarms = (1 - prevalence) * specificity, (1 - prevalence) * (1 - specificity)
    return _share(found, found + false_alarms), _share(cleared, cleared + missed)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


class _Rate(NamedTuple):
    """One repeat's rate."""

    values: Floats
    speakers: set[str]
    n_items: int


def _judge(repeat: Repeat, level: str, thresholds: Floats) -> dict[str, _Rate] | None:
    """Measure one repeat under its weights; None if no item has a threshold."""
    has_one = np.isfinite(thresholds)
    if not has_one.any():
        return None
    items = repeat.levels[level].select(has_one)
    called = items.scores > thresholds[has_one]
    positive = items.labels == 1

    def measure(right: NDArray[np.bool_], which: NDArray[np.bool_]) -> _Rate:
        speakers = items.speakers[which]
        values = weighted_mean(right[which], speakers, repeat.weights)
        return _Rate(values, set(repeat.speakers[speakers]), len(speakers))

    return {"sensitivity": measure(called, positive), "specificity": measure(~called, ~positive)}
