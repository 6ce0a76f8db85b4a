"""The answer in two sentences, for studies of which it is known."""

from dataclasses import replace

import numpy as np
import pytest
from made_people import CELL, content_of
from report_contents import build_content
from test_audits import FILES, LEVEL, QUIET, audited
from test_summary import SOFT, with_references, with_values

from dysarthria_lightning.auditing.finding import Finding
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.reporting.answer import answer
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.headline import MEANS_NOTHING, headline
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.summary import summarise

WHO = (
    "4 people with dysarthria and 4 without (corpus tones, 48 syllables) were tested by models "
    "that had never heard them"
)
PAIRS = ": of 100 pairs of a speaker with and one without dysarthria,"
NOT_AUDITED = "nobody has audited whether the voice was heard or the microphone."
MEANS = "means and SDs of the features"


def with_metrics(content: ReportContent, **columns: object) -> ReportContent:
    metrics = content.analysis.metrics.assign(**columns)
    return replace(content, analysis=replace(content.analysis, metrics=metrics))


def test_who_was_tested_what_was_found_and_how_far_it_holds() -> None:
    content = with_references("lstm1", "lstm2", "functionals", lstm1=0.86, functionals=0.81)
    lead, rest, doubts = answer(content)
    assert lead == WHO
    assert rest == (
        f"{PAIRS} LSTM-1, the best of 2 networks, gave the higher score to the right one in 86 "
        f"(guessing: 50; AUROC 86.0 %, 95 % interval 84.0 to 88.0); a simple reference in 81 "
        f"({MEANS}: AUROC 81.0 %, 79.0 to 83.0)."
    )
    assert doubts == (
        "LSTM-1 cannot be told apart from the simple reference; the two networks cannot be told "
        f"apart; {NOT_AUDITED}"
    )


@pytest.mark.parametrize(
    ("differs", "lstm1", "said"),
    [
        (("functionals",), 0.9, "LSTM-1 is better than the simple reference"),
        (("functionals",), 0.7, "LSTM-1 is worse than the simple reference"),
        ((), 0.9, "LSTM-1 cannot be told apart from the simple reference"),
    ],
)
def test_a_network_is_put_beside_the_reference(
    differs: tuple[str, ...], lstm1: float, said: str
) -> None:
    content = with_references("lstm1", "functionals", differs=differs, lstm1=lstm1, functionals=0.8)
    assert answer(content).doubts == f"{said}; {NOT_AUDITED}"
    pairs = content.analysis.comparisons.iloc[:0]
    alone = replace(content, analysis=replace(content.analysis, comparisons=pairs))
    assert answer(alone).doubts.startswith("LSTM-1 was not compared with the simple reference; ")


def test_two_references_are_named_by_what_they_know_where_they_differ() -> None:
    content = with_references(
        *("lstm1", "functionals", "demographics"),
        differs=("demographics",),
        lstm1=0.9,
        functionals=0.8,
        demographics=0.5,
    )
    rest, doubts = answer(content)[1:]
    assert f"; simple references in 80 ({MEANS}: AUROC 80.0 %, 78.0 to 82.0) and 50 (" in rest
    assert rest.endswith("(age and sex alone: AUROC 50.0 %, 48.0 to 52.0; no better than chance).")
    assert doubts.startswith(
        f"LSTM-1 cannot be told apart from {MEANS} and is better than age and sex alone; "
    )
    alike = with_references("lstm1", "functionals", "demographics", lstm1=0.9)
    assert answer(alike).doubts.startswith("LSTM-1 cannot be told apart from the simple references")


def test_one_network_alone_stands_beside_nothing() -> None:
    _, rest, doubts = answer(with_references("lstm1", lstm1=0.6))
    assert rest == (
        f"{PAIRS} LSTM-1 gave the higher score to the right one in 60 (guessing: 50; AUROC 60.0 %, "
        "95 % interval 58.0 to 62.0), no better than chance."
    )
    assert doubts == f"No simple reference stands beside it; {NOT_AUDITED}"


def test_references_alone_are_said_to_be_alone() -> None:
    content = with_references("functionals", "demographics", functionals=0.8, demographics=0.6)
    _, rest, doubts = answer(content)
    assert rest.startswith(f"{PAIRS} the simple reference functionals ({MEANS}) gave the higher")
    assert rest.endswith("; no better than chance); no network was tested.")
    assert doubts == NOT_AUDITED[0].upper() + NOT_AUDITED[1:]


def test_networks_that_differ_are_counted(content: ReportContent) -> None:
    assert "; 1 of 6 pairs of networks differs; " in answer(content).doubts
    pairs = content.analysis.comparisons
    none = replace(
        content, analysis=replace(content.analysis, comparisons=pairs.assign(differs=False))
    )
    assert "; no two of the 4 networks can be told apart; " in answer(none).doubts


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([FILES, LEVEL], "the audit is RED: something else than the voice explains the result, or"),
        ([LEVEL], "the audit is GREEN: no other cue than the voice was found."),
        ([QUIET], "the audit is GREY: no cue could be tested."),
    ],
)
def test_the_audit_is_in_the_answer(findings: list[Finding], said: str) -> None:
    content = with_references("lstm1", lstm1=0.9)
    content = replace(content, audits={CELL: audited(*findings)})
    assert said in answer(content).doubts
    assert "nobody has audited" not in answer(content).doubts


def test_few_people_have_no_interval_and_pooled_scores_are_called_so() -> None:
    few = with_metrics(with_references("lstm1", lstm1=0.9), low=np.nan, high=np.nan)
    assert "AUROC 90.0 %, no interval: too few speakers)" in answer(few).rest
    why = with_metrics(few, reason="fewer than 7 speakers of a class compared")
    assert "no interval: fewer than 7 speakers of a class compared)" in answer(why).rest
    pooled = with_values(few, WITHIN_FOLDS, {("novel_speakers", "lstm1", SOFT): np.nan})
    assert f"{PAIRS} each scored by another model, LSTM-1 gave" in answer(pooled).rest
    assert "AUROC of pooled scores, which is biased low, " in answer(pooled).rest


@pytest.mark.parametrize(
    ("n_dysarthric", "n_healthy", "why"),
    [
        (3, 0, "nobody without dysarthria was tested."),
        (0, 3, "nobody with dysarthria was tested."),
        (3, 3, "no AUROC is defined."),
    ],
)
def test_what_cannot_be_said_is_said(n_dysarthric: int, n_healthy: int, why: str) -> None:
    content = with_metrics(content_of(n_dysarthric, n_healthy), value=np.nan)
    lead, rest, doubts = answer(content)
    assert lead.startswith(f"{n_dysarthric} people with dysarthria and {n_healthy} without (corp")
    assert rest.endswith(f"cannot be said, because {why}")
    assert doubts == ""


def test_those_who_only_validate_are_not_among_the_tested() -> None:
    assert answer(content_of(6, 6, validating=2)).lead.endswith(
        "without (corpus mine, 20 recordings) were tested by models that had never heard them"
    )
    many = answer(content_of(1500, 1000, folds=2)).lead
    assert many.startswith("1,500 people with dysarthria and 1,000 without (corpus mine, 5,000 rec")


def test_nothing_finished_and_known_speakers_say_so() -> None:
    nothing = answer(build_content(cells=()))
    assert "".join(nothing) == (
        "Nothing is known yet: no model has been tested on people whom it had not heard in "
        "training (0 of 36 runs are finished)."
    )
    known = answer(build_content(cells=paper.KNOWN_CELLS, asked=paper.KNOWN_CELLS))
    assert "(4 of 4 runs are finished)" in known.rest
    assert known.doubts.endswith("which says nothing about new people.")


def test_numbers_that_mean_nothing_are_not_said(content: ReportContent) -> None:
    quick = replace(content, profile="quick")
    assert "".join(answer(quick)) == MEANS_NOTHING == headline(quick)
    assert summarise(quick) == [
        MEANS_NOTHING,
        "Nothing is missing: every run that was asked for is finished.",
    ]
