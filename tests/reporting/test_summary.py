"""Sentences, for studies of which the answer is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report_contents import build_content

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.summary import summarise


def sentence(content: ReportContent, start: str) -> str:
    found = [line for line in summarise(content) if line.startswith(start)]
    assert len(found) == 1, summarise(content)
    return found[0]


def with_values(content: ReportContent, metric: str, values: dict[tuple[str, str, str], float]):
    """Set values by protocol, model and level, each with an interval of ±0.02."""
    metrics = content.analysis.metrics.copy()
    for (protocol, model, level), value in values.items():
        rows = (
            (metrics["protocol"] == protocol)
            & (metrics["model"] == model)
            & (metrics["level"] == level)
            & (metrics["metric"] == metric)
            & (metrics["subset"] == "all")
            & (metrics["features"] == "mfcc13")
        )
        metrics.loc[rows, ["value", "low", "high"]] = [value, value - 0.02, value + 0.02]
    return replace(content, analysis=replace(content.analysis, metrics=metrics))


def test_best_model_is_that_of_the_highest_soft_majority(content: ReportContent) -> None:
    values = {("novel_speakers", "lstm1", "speaker_soft_majority"): 0.9}
    assert sentence(with_values(content, "auroc", values), "On speakers") == (
        "On speakers never heard in training, LSTM-1 ranks first of 4 models: speaker-level AUROC "
        "90.0 % (95 % interval 88.0 to 92.0; soft majority, 13 coefficients, all syllables)."
    )
    # The fake values grow with the place of a cell.
    assert sentence(content, "The highest of all") == (
        "The highest of all 16 results of new speakers is 69.5 % (Bi-LSTM-1, 25 coefficients, all "
        "syllables); the highest of many is an optimistic pick."
    )


@pytest.mark.parametrize(
    ("single", "expected"),
    [
        (
            {"baseline": 0.6, "lstm1": 0.5, "lstm2": 0.4, "bilstm1": 0.65},
            "beats judging single syllables for each model: the difference in AUROC is "
            "+5.0 to +30.0 points.",
        ),
        (
            {"baseline": 0.6, "lstm1": 0.8, "lstm2": 0.4, "bilstm1": 0.75},
            "beats judging single syllables for Baseline and LSTM-2 only, 2 of 4 models: the "
            "difference in AUROC is −10.0 to +30.0 points.",
        ),
        (
            {"baseline": 0.9, "lstm1": 0.9, "lstm2": 0.9, "bilstm1": 0.9},
            "does not beat judging single syllables: the difference in AUROC is −20.0 points.",
        ),
    ],
)
def test_levels_are_compared_model_by_model(
    single: dict[str, float], expected: str, content: ReportContent
) -> None:
    values = {("novel_speakers", m, "speaker_soft_majority"): 0.7 for m in single}
    values |= {("novel_speakers", m, "recording"): value for m, value in single.items()}
    said = sentence(with_values(content, "auroc", values), "Judging whole speakers")
    assert said == f"Judging whole speakers {expected}"


def test_known_and_new_speakers_are_compared_by_accuracy(content: ReportContent) -> None:
    values = {("known_speakers", m, "recording"): 0.9 for m in paper.MODELS}
    values |= {
        ("novel_speakers", m, "recording"): 0.8 - 0.05 * n for n, m in enumerate(paper.MODELS)
    }
    assert "by +10.0 to +25.0 points (4 models)" in sentence(
        with_values(content, "accuracy", values), "On single syllables"
    )


def with_pairs(content: ReportContent, p_holm: dict[tuple[str, int], float]) -> ReportContent:
    """Set the p-values of the baseline's pairs by the other model and repeat."""
    comparisons = content.analysis.comparisons.copy()
    for (other, repeat), value in p_holm.items():
        rows = (comparisons["other"] == other) & (comparisons["model"] == "baseline")
        comparisons.loc[rows & (comparisons["repeat"] == repeat), "p_holm"] = value
    return replace(content, analysis=replace(content.analysis, comparisons=comparisons))


def test_pairs_that_differ_are_named(content: ReportContent) -> None:
    assert sentence(content, "1 of 6 pairs") == (
        "1 of 6 pairs of models differ in speaker-level AUROC after Holm's correction (DeLong's "
        "test, p < 0.05): Baseline and LSTM-1."
    )
    none = with_pairs(content, {("lstm1", 0): 0.05})
    assert sentence(none, "No two models") == (
        "No two models can be told apart by their speaker-level AUROC (6 paired comparisons, "
        "DeLong's test with Holm's correction): the order of the models may be chance."
    )
    undefined = with_pairs(content, {("lstm2", 0): np.nan})
    assert sentence(undefined, "1 of 5 pairs")


def test_pairs_say_in_how_many_repeats_they_differ() -> None:
    p_holm = {("lstm1", 1): 0.051, ("lstm2", 0): 0.049, ("lstm2", 1): 0.01, ("lstm2", 2): np.nan}
    content = with_pairs(build_content(repeats=3), p_holm)
    assert sentence(content, "2 of 6 pairs") == (
        "2 of 6 pairs of models differ in speaker-level AUROC in at least one of 3 repeats after "
        "Holm's correction (DeLong's test, p < 0.05): Baseline and LSTM-1 differ in 2 of 3 "
        "repeats; Baseline and LSTM-2 differ in 2 of 2 repeats."
    )
    none = with_pairs(content, {(m, n): 1.0 for m in ("lstm1", "lstm2") for n in range(3)})
    assert "AUROC in any of 3 repeats (6 paired" in sentence(none, "No two models")


def test_pairs_without_a_defined_test_are_not_talked_about(content: ReportContent) -> None:
    comparisons = content.analysis.comparisons.assign(p_holm=np.nan)
    content = replace(content, analysis=replace(content.analysis, comparisons=comparisons))
    assert not any("Holm" in line for line in summarise(content))


def test_too_few_speakers_for_an_interval_are_named(content: ReportContent) -> None:
    metrics = content.analysis.metrics.assign(low=np.nan, high=np.nan)
    content = replace(content, analysis=replace(content.analysis, metrics=metrics))
    assert "AUROC 63.5 % (no interval: too few speakers; soft" in sentence(content, "On speakers")


def test_the_papers_values_are_counted_once_each(content: ReportContent) -> None:
    everything = content.analysis.metrics.assign(low=0.0, high=1.0)
    content = replace(content, analysis=replace(content.analysis, metrics=everything))
    # 16 of Table II, 3 of Table III that IV does not have, 9 of IV, 6 of V that IV does not have.
    assert sentence(content, "34 of 34").endswith(
        "Its recordings were not these. Its values have intervals of their own, which it does "
        "not give."
    )
    own = replace(content, corpus="mayle2018")
    assert "recordings were not" not in sentence(own, "34 of 34")


def test_missing_runs_are_counted(content: ReportContent) -> None:
    assert sentence(content, "Nothing is missing")
    part = build_content(cells=paper.CELLS[:18])
    assert sentence(part, "4 of 36 runs are not finished (2 failed)").endswith(
        "results that need them show a dash, or the mean of fewer repeats."
    )
    nothing = summarise(build_content(cells=()))
    assert nothing[0].startswith("Nothing is finished yet")
    assert len(nothing) == 2


def test_undefined_values_are_not_talked_about() -> None:
    cell = Cell("novel_speakers", "all", "mfcc13", "lstm1")
    content = build_content(cells=(cell,), asked=(cell,))
    metrics = content.analysis.metrics.assign(value=np.nan, low=np.nan, high=np.nan)
    analysis = replace(content.analysis, metrics=metrics, comparisons=pd.DataFrame())
    assert summarise(replace(content, analysis=analysis)) == [
        "Nothing is missing: every run that was asked for is finished."
    ]
