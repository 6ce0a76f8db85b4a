"""What the page says of how far its numbers can be trusted."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from report_contents import build_content
from test_page import Page, render

from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.texts import paper_text_tables
from dysarthria_lightning.reporting.render.page import render_table


@pytest.fixture(scope="module")
def page_of_few(few: ReportContent, tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(few, tmp_path_factory.mktemp("page"))


HARDLY = ("the median of 2 folds was tested after 1 epoch (12 optimisation steps)", "Train longer.")


def light(page: str, key: str) -> str:
    """A question of the first screen with its answer."""
    first, _, _ = page.partition("<nav")
    return first[first.index(f'<li id="{key}" class="light">') :].split('<li id="')[1]


def test_networks_that_were_hardly_trained_are_named_behind_a_light(
    few: ReportContent, page_of_few: str, tmp_path: Path
) -> None:
    _, novel = few.cells
    unfinished = Cell("novel_speakers", "no_cv", "mfcc13", "lstm2")
    warned = replace(few, hardly_trained={novel: HARDLY, unfinished: HARDLY})
    page = render(warned, tmp_path)
    trained = light(page, "trained")
    assert "Of 2 results 1 is of a network that was tested early" in trained
    assert page.count("Train longer.") == 1
    assert re.findall(r'<li><a href="#(.*?)">(.*?)</a>: (.*?)</li>', trained) == [
        (
            paper.cell_anchor(novel),
            "Novel speakers, all syllables, 13 coefficients, LSTM-1",
            HARDLY[0],
        )
    ]
    assert "No network was tested early" in light(page_of_few, "trained")
    Page(page)


def test_many_networks_that_were_hardly_trained_are_listed_on_demand(tmp_path: Path) -> None:
    cells = paper.KNOWN_CELLS + paper.NOVEL_CELLS[:2]
    content = build_content(cells=cells, asked=cells, hardly_trained=dict.fromkeys(cells, HARDLY))
    page = render(content, tmp_path)
    trained = light(page, "trained")
    assert "Of 6 results 6 are of networks that were tested early" in trained
    assert trained.count("Train longer.") == 1
    assert trained.index("<details>") < trained.index(HARDLY[0])
    Page(page)


@pytest.mark.parametrize(
    ("repeats", "said", "legend"),
    [
        (1, "One repeat leaves open", "They leave out training again"),
        (3, "With fewer than five repeats", "the smallest and the largest of 3 repeats"),
        (5, None, "the smallest and the largest of 5 repeats"),
    ],
)
def test_few_repeats_come_with_the_command_for_five(
    repeats: int, said: str | None, legend: str, few: ReportContent, tmp_path: Path
) -> None:
    cells = few.cells
    command = "" if repeats == 5 else "reproduce data=mine repeats=5"
    content = build_content(cells=cells, asked=cells, repeats=repeats, command_for_repeats=command)
    page = render(content, tmp_path)
    repeated = light(page, "more-repeats")
    assert ("What to do" in repeated) == (said is not None)
    if said:
        assert said in repeated
        assert f"<code>{command}</code>" in repeated
    assert legend in page
    alone = render_table(content, paper_text_tables(content)[2])
    assert legend in alone
    assert (said or "95 % interval") in alone


def test_repeats_that_are_not_finished_do_not_count(few: ReportContent, tmp_path: Path) -> None:
    asked = replace(few, repeats=5, command_for_repeats="")
    page = render(asked, tmp_path)
    assert "One repeat leaves open" in page
    assert "They leave out training again, on these speakers or on others" in page
    assert "the smallest and the largest of" not in page
    nothing = render(build_content(cells=()), tmp_path)
    assert "Not known" in light(nothing, "more-repeats")


def test_a_page_without_pairs_within_folds_says_that_pooled_scores_are_biased(
    few: ReportContent, page_of_few: str, tmp_path: Path
) -> None:
    metrics = few.analysis.metrics.copy()
    metrics.loc[metrics["metric"] == WITHIN_FOLDS, ["value", "low", "high"]] = float("nan")
    page = render(replace(few, analysis=replace(few.analysis, metrics=metrics)), tmp_path)
    assert "of pooled scores, which is biased low," in page
    assert "Too few speakers of both classes" in page
    for said in ("Under them stand what chance gives", "pooled 59"):
        assert said not in page
        assert said in page_of_few


def test_runs_say_when_they_were_tested(few: ReportContent, tmp_path: Path) -> None:
    steps = few.runs["steps"].where(few.runs.index > 0)
    page = render(replace(few, runs=few.runs.assign(steps=steps)), tmp_path)
    finished = '<td class="state-finished">finished</td><td>9</td><td>4</td><td>1,200</td>'
    assert page.count(finished) == len(few.runs) - 1
    assert page.count("<td>9</td><td>4</td><td>–</td>") == 1
