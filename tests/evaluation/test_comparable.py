"""Whatever is said of a cell is about the same pairs: values, comparisons, groups, lengths."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from simulated_studies import simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.evaluation.bootstrap import make_sample
from dysarthria_lightning.evaluation.comparisons import compare_models
from dysarthria_lightning.evaluation.reading_length import reading_length_table
from dysarthria_lightning.evaluation.study import CrossValidation
from dysarthria_lightning.evaluation.subgroups import subgroups_table
from dysarthria_lightning.evaluation.values import metrics_table

LEVEL = "speaker_soft_majority"


def alone(test: pd.DataFrame) -> pd.Series:
    """Each speaker in a fold of their own."""
    return pd.Series(pd.factorize(test["speaker_id"])[0], index=test.index)


def few(test: pd.DataFrame) -> pd.Series:
    """Six speakers share a fold, which makes a handful of pairs."""
    return alone(test).clip(lower=5)


FOLDS: dict[str, tuple[Callable[[pd.DataFrame, int], object], str]] = {
    "pairs": (lambda test, _: test["fold"], "auroc_within_folds"),
    "none": (lambda test, _: alone(test), "auroc"),
    "none in one repeat": (
        lambda test, repeat: test["label"] if repeat else test["fold"],
        "auroc",
    ),
    "a handful": (lambda test, _: few(test), "auroc"),
}


def simulate(name: str) -> tuple[pd.DataFrame, list[CrossValidation]]:
    recordings = simulate_recordings(np.random.default_rng(1), n_speakers=36, most=3)
    folds, _ = FOLDS[name]
    repeats = []
    for number in range(2):
        made = simulate_crossvalidation(
            recordings, np.random.default_rng(number), repeat=number, n_validation=4
        )
        test = made.test.reset_index(drop=True)
        repeats.append(replace(made, test=test.assign(fold=folds(test, number))))
    return recordings.assign(gender="female"), repeats


@pytest.mark.parametrize("name", FOLDS)
def test_everything_is_about_the_same_auroc(name: str) -> None:
    recordings, repeats = simulate(name)
    sample = make_sample(repeats, np.random.default_rng(0), 100)
    of_level = metrics_table(sample).set_index(["level", "metric"]).loc[LEVEL]
    primary = of_level.loc[FOLDS[name][1]]
    assert np.isfinite(primary[["value", "low", "high", "chance_low"]].astype(float)).all()
    assert primary["chance_low"] < 0.5 < primary["chance_high"]
    # Of the two AUROCs one has a value within folds and a range that chance gives.
    assert of_level["chance_low"].notna().sum() == 1
    assert np.isfinite(of_level.loc["auroc_within_folds", "value"]) == (name == "pairs")

    other = [replace(it, test=it.test.assign(logit=-it.test["logit"])) for it in repeats]
    compared = compare_models({"a": repeats, "b": other}, draws=100)
    groups = subgroups_table(sample, recordings).query("grouping == 'gender'")
    lengths = reading_length_table(sample, recordings, np.random.default_rng(0))
    found = [
        next(row for row in compared if row["level"] == LEVEL)["auroc"],
        groups.set_index("level").loc[LEVEL, "value"],
        lengths.query("level == @LEVEL and n_recordings == 3")["value"].item(),
    ]
    assert found == pytest.approx(3 * [primary["value"]])
    assert groups.set_index("level").loc[LEVEL, ["low", "high"]].tolist() == pytest.approx(
        primary[["low", "high"]].tolist()
    )


def test_pooled_scores_that_know_nothing_are_no_better_than_chance() -> None:
    """With leave-one-speaker-out there is nothing but pooled scores."""
    _, repeats = simulate("none")
    rng = np.random.default_rng(5)
    nothing = [
        replace(it, test=it.test.assign(logit=rng.normal(size=len(it.test)))) for it in repeats
    ]
    table = metrics_table(make_sample(nothing, np.random.default_rng(0), 100))
    rows = table[table["metric"] == "auroc"]
    assert (rows["value"] <= rows["chance_high"]).all()
