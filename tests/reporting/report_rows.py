"""Rows of one cell in an analysis made by hand."""

from collections.abc import Iterable
from typing import Any

Rows = list[dict[str, Any]]


def interval(value: float, width: float = 0.05) -> dict[str, float]:
    return {"value": value, "low": max(0.0, value - width), "high": min(1.0, value + width)}


def operating_points(levels: Iterable[str]) -> Rows:
    return [
        {"level": level, "rule": rule, "target": 0.9, "chosen_on": "other_folds"}
        | {"n_chosen_on": 21 if rule == "specificity" else 18, "attained": 0.92}
        | {"measure": measure, **interval(0.7)}
        for level in levels
        for rule, measure in (
            ("specificity", "sensitivity"),
            ("specificity", "specificity"),
            ("sensitivity", "sensitivity"),
            ("sensitivity", "specificity"),
        )
    ]


def predictive_values(levels: Iterable[str]) -> Rows:
    return [
        {"level": level, "rule": rule, "target": 0.9, "prevalence": prevalence}
        | {"measure": measure, **interval(0.1 + prevalence + 0.5 * (measure == "npv"))}
        for level in levels
        for rule in ("specificity", "sensitivity")
        for prevalence in (0.025, 0.3)
        for measure in ("ppv", "npv")
    ]


def predictive_curves(levels: Iterable[str]) -> Rows:
    return [
        {"level": level, "rule": "specificity", "target": 0.9, "prevalence": prevalence}
        | {"measure": measure, **interval(0.3 + prevalence)}
        for level in levels
        for measure in ("ppv", "npv")
        for prevalence in (0.001, 0.1, 0.5)
    ]


def net_benefit(levels: Iterable[str]) -> Rows:
    return [
        {"level": level, "prevalence": 0.1, "threshold": threshold, "value": 0.1 - threshold / 10}
        | {"low": 0.05 - threshold / 10, "high": 0.12, "treat_all": 0.1 - threshold}
        for level in levels
        for threshold in (0.01, 0.1, 0.5, 0.9)
    ]


def calibration_slopes(levels: Iterable[str]) -> Rows:
    return [
        {"level": level, "measure": measure, **interval(value), "reason": ""}
        for level in levels
        for measure, value in (
            ("slope", 0.8),
            ("intercept", 0.3),
            ("observed_expected", 0.9),
        )
    ]


def shrunken(prompts: Rows) -> Rows:
    """Draw values halfway to 0.6, with half the interval's width."""
    return [
        {**row, "shrunken": (row["value"] + 0.6) / 2}
        | {f"shrunken_{end}": (row[end] + 0.6) / 2 for end in ("low", "high")}
        for row in prompts
    ]
