"""Sentences, for studies of which the answer is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report_contents import build_content

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting import paper
from dysarthria_lightning.reporting.content import ReportContent
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
            & (metrics["n_mfcc"] == 13)
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


def test_pairs_count_as_different_if_they_are_in_every_repeat() -> None:
    content = build_content(repeats=2)
    assert sentence(content, "1 of 6 pairs") == (
        "1 of 6 pairs of models differ in speaker-level AUROC in every repeat after Holm's "
        "correction (DeLong's test, p < 0.05): Baseline and LSTM-1."
    )
    comparisons = content.analysis.comparisons.copy()
    second = (comparisons["repeat"] == 1) & (comparisons["other"] == "lstm1")
    comparisons.loc[second, "p_holm"] = 0.051
    content = replace(content, analysis=replace(content.analysis, comparisons=comparisons))
    assert "order of the models may be chance" in sentence(content, "No two models")


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
    assert sentence(part, "4 of 36 runs are not finished (2 failed)")
    nothing = summarise(build_content(cells=()))
    assert nothing[0].startswith("Nothing is finished yet")
    assert len(nothing) == 2


def test_undefined_values_are_not_talked_about() -> None:
    cell = Cell("novel_speakers", "all", 13, "lstm1")
    content = build_content(cells=(cell,), asked=(cell,))
    metrics = content.analysis.metrics.assign(value=np.nan, low=np.nan, high=np.nan)
    analysis = replace(content.analysis, metrics=metrics, comparisons=pd.DataFrame())
    assert summarise(replace(content, analysis=analysis)) == [
        "Nothing is missing: every run that was asked for is finished."
    ]
