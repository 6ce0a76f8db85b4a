"""Sentences, for studies of which the answer is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report_contents import build_content

from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
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


SOFT = "speaker_soft_majority"
START = "On speakers never heard in training (soft majority, 13 coefficients, all syllables), "
FUNCTIONALS = "functionals (logistic regression on means and SDs of columns, "
DEMOGRAPHICS = "demographics (age and sex alone, "


def test_best_model_is_that_of_the_highest_soft_majority(content: ReportContent) -> None:
    values = {("novel_speakers", "lstm1", SOFT): 0.9}
    # The pooled AUROC does not decide.
    pooled = with_values(content, "auroc", {("novel_speakers", "lstm2", SOFT): 0.99})
    assert sentence(with_values(pooled, WITHIN_FOLDS, values), "On speakers") == (
        f"{START}LSTM-1 ranks first of 4 networks: speaker-level AUROC 90.0 % (95 % interval 88.0 "
        "to 92.0), with no simple reference beside it."
    )
    # The fake values grow with the place of a cell.
    assert sentence(content, "The highest of all") == (
        "The highest of all 16 results of networks is 69.5 % (Bi-LSTM-1, 25 coefficients, all "
        "syllables); the highest of many is an optimistic pick."
    )


def test_an_auroc_of_pooled_scores_is_called_so(content: ReportContent) -> None:
    """Too few speakers of both classes: leave-one-speaker-out."""
    metrics = content.analysis.metrics.copy()
    metrics.loc[metrics["metric"] == WITHIN_FOLDS, ["value", "low", "high"]] = np.nan
    content = replace(content, analysis=replace(content.analysis, metrics=metrics))
    pooled = with_values(content, "auroc", {("novel_speakers", "lstm2", SOFT): 0.9})
    assert sentence(pooled, "On speakers").startswith(
        f"{START}LSTM-2 ranks first of 4 networks: speaker-level AUROC of pooled scores, which is "
        "biased low, 90.0 % (95 % interval 88.0 to 92.0), with"
    )


def with_references(*models: str, differs: tuple[str, ...] = (), **aurocs: float) -> ReportContent:
    """Models of new speakers with these AUROCs; some references differ from every network."""
    cells = tuple(Cell("novel_speakers", "all", "mfcc13", model) for model in models)
    values = {("novel_speakers", model, SOFT): value for model, value in aurocs.items()}
    content = with_values(build_content(cells=cells, asked=cells), WITHIN_FOLDS, values)
    pairs = content.analysis.comparisons
    if len(pairs):
        pairs = pairs.assign(differs=pairs[["model", "other"]].isin(differs).any(axis=1))
    return replace(content, analysis=replace(content.analysis, comparisons=pairs))


@pytest.mark.parametrize(
    ("functionals", "demographics", "differs", "expected"),
    [
        (
            0.8,
            0.75,
            (),
            f"but below {FUNCTIONALS}80.0 %; the two cannot be told apart) and below "
            f"{DEMOGRAPHICS}75.0 %; the two cannot be told apart).",
        ),
        (0.8, 0.6, ("functionals", "demographics"), None),
        (
            0.6,
            0.5,
            ("demographics",),
            f"above {FUNCTIONALS}60.0 %; the two cannot be told apart) and above "
            f"{DEMOGRAPHICS}50.0 %).",
        ),
        (
            0.7,
            0.5,
            ("functionals", "demographics"),
            f"equal to {FUNCTIONALS}70.0 %) and above {DEMOGRAPHICS}50.0 %).",
        ),
    ],
)
def test_the_best_network_stands_beside_the_references(
    functionals: float, demographics: float, differs: tuple[str, ...], expected: str | None
) -> None:
    content = with_references(
        *("baseline", "lstm1", "functionals", "demographics"),
        differs=differs,
        baseline=0.55,
        lstm1=0.7,
        functionals=functionals,
        demographics=demographics,
    )
    expected = expected or f"but below {FUNCTIONALS}80.0 %) and above {DEMOGRAPHICS}60.0 %)."
    assert summarise(content)[0] == (
        f"{START}LSTM-1 ranks first of 2 networks: speaker-level AUROC 70.0 % (95 % interval 68.0 "
        f"to 72.0), {expected}"
    )


def test_one_network_beside_one_reference() -> None:
    content = with_references(
        "lstm1", "demographics", differs=("demographics",), lstm1=0.7, demographics=0.5
    )
    assert summarise(content)[0] == (
        f"{START}LSTM-1 was judged: speaker-level AUROC 70.0 % (95 % interval 68.0 to 72.0), above "
        f"{DEMOGRAPHICS}50.0 %)."
    )
    assert not [line for line in summarise(content) if "highest of all" in line]


def test_references_without_a_value_are_not_compared() -> None:
    content = with_references("lstm1", "functionals", lstm1=0.7, functionals=np.nan)
    content = with_values(content, "auroc", {("novel_speakers", "functionals", SOFT): np.nan})
    assert summarise(content)[0].endswith(", with no simple reference beside it.")


def test_references_alone_are_said_to_be_alone() -> None:
    both = with_references("functionals", "demographics", functionals=0.8, demographics=0.6)
    assert summarise(both)[0] == (
        f"{START}no network was judged; the best reference is functionals (logistic regression on "
        "means and SDs of columns): speaker-level AUROC 80.0 % (95 % interval 78.0 to 82.0)."
    )
    one = with_references("demographics", demographics=0.6)
    assert summarise(one)[0] == (
        f"{START}no network was judged; there is one reference, demographics (age and sex alone): "
        "speaker-level AUROC 60.0 % (95 % interval 58.0 to 62.0), no better than chance."
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
    said = sentence(with_values(content, WITHIN_FOLDS, values), "Judging whole speakers")
    assert said == f"Judging whole speakers {expected}"


def test_known_and_new_speakers_are_compared_by_accuracy(content: ReportContent) -> None:
    values = {("known_speakers", m, "recording"): 0.9 for m in paper.MODELS}
    values |= {
        ("novel_speakers", m, "recording"): 0.8 - 0.05 * n for n, m in enumerate(paper.MODELS)
    }
    assert "by +10.0 to +25.0 points (4 models)" in sentence(
        with_values(content, "accuracy", values), "On single syllables"
    )


def with_pairs(content: ReportContent, **columns: object) -> ReportContent:
    comparisons = content.analysis.comparisons.assign(**columns)
    return replace(content, analysis=replace(content.analysis, comparisons=comparisons))


def test_pairs_that_differ_are_named(content: ReportContent) -> None:
    assert sentence(content, "1 of 6 pairs") == (
        "1 of 6 pairs of these trained models differs in speaker-level AUROC on these speakers "
        "(Holm's correction, p < 0.05; the smallest difference that could have been found is 14.0 "
        "points): Baseline and LSTM-1."
    )
    pairs = content.analysis.comparisons
    with_lstm2 = pairs["differs"] | (pairs["other"].eq("lstm2") & pairs["model"].eq("lstm1"))
    two = with_pairs(content, differs=with_lstm2)
    assert "2 of 6 pairs of these trained models differ in" in sentence(two, "2 of 6 pairs")
    assert sentence(two, "2 of 6 pairs").endswith("Baseline and LSTM-1; LSTM-1 and LSTM-2.")
    undefined = with_pairs(content, p_holm=pairs["p_holm"].mask(pairs["other"] == "lstm2"))
    assert sentence(undefined, "1 of 4 pairs")


def test_pairs_of_repeats_are_ahead_in_all_of_them() -> None:
    said = sentence(build_content(repeats=3), "1 of 6 pairs")
    assert "(Holm's correction, p < 0.05, the same sign in every repeat; the smallest" in said


def test_models_that_cannot_be_told_apart_are_said_so_with_what_could_be_found(
    content: ReportContent,
) -> None:
    pairs = content.analysis.comparisons
    detectable = pairs["detectable"].mask(pairs["other"] == "lstm2", 0.222)
    # A small p-value decides nothing where models are not ahead in every repeat.
    none = with_pairs(content, differs=False, detectable=detectable)
    assert sentence(none, "No two models") == (
        "No two models can be told apart by their speaker-level AUROC (6 comparisons with Holm's "
        "correction; the smallest difference that could have been found is 14.0 to 22.2 points): "
        "the order of the models may be chance."
    )
    # Models that rank speakers alike have no spread from which to know what could be found.
    alike = with_pairs(none, detectable=detectable.mask(pairs["other"] == "bilstm1", 0.0))
    assert "is 14.0 to 22.2 points" in sentence(alike, "No two models")
    unknown = with_pairs(none, detectable=0.0)
    assert "(6 comparisons with Holm's correction): the order" in sentence(unknown, "No two models")
    two = with_references("lstm1", "lstm2")
    assert sentence(two, "The two models cannot be told apart").count("(1 comparison with") == 1


def test_pairs_without_a_defined_test_are_not_talked_about(content: ReportContent) -> None:
    comparisons = content.analysis.comparisons.assign(p_holm=np.nan)
    content = replace(content, analysis=replace(content.analysis, comparisons=comparisons))
    assert not any("Holm" in line for line in summarise(content))


def test_too_few_speakers_for_an_interval_are_named(content: ReportContent) -> None:
    metrics = content.analysis.metrics.assign(low=np.nan, high=np.nan)
    content = replace(content, analysis=replace(content.analysis, metrics=metrics))
    said = sentence(content, "On speakers")
    # Chance reaches 64 % here.
    assert "AUROC 63.5 % (no interval: too few speakers), no better than chance, with" in said


@pytest.mark.parametrize(
    ("low", "chance_high", "expected"),
    [(0.51, 0.64, False), (0.5, 0.64, True), (0.51, 0.7, True), (np.nan, 0.64, False)],
)
def test_better_than_chance_is_what_lies_above_its_range_with_its_interval_above_one_half(
    low: float, chance_high: float, *, expected: bool
) -> None:
    content = with_references("lstm1", lstm1=0.7)
    metrics = content.analysis.metrics.assign(low=low, chance_high=chance_high)
    content = replace(content, analysis=replace(content.analysis, metrics=metrics))
    assert ("no better than chance" in summarise(content)[0]) == expected


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
