"""Pages on other corpora than the paper's speak of their own results only."""

import re
from pathlib import Path

import pytest
from report_contents import build_content, expected_value
from test_page import Page, render

from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.folder import data_tables
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.figures import paper_figures
from dysarthria_lightning.reporting.paper.texts import paper_text_tables, results_data

CELLS = tuple(Cell("novel_speakers", "all", "mfcc13", it) for it in ("lstm1", "functionals"))


@pytest.fixture(scope="module")
def content() -> ReportContent:
    return build_content(cells=CELLS, asked=CELLS, beside_paper=False, notes=[])


def test_a_page_of_one_setting_has_one_table_of_results(content: ReportContent) -> None:
    counted, results, noisy = paper_text_tables(content)
    assert counted.title == "Speakers [syllables] by class and gender"
    assert (results.title, results.name) == ("Results: new speakers (%)", "results")
    assert results.header[1:] == [
        *("AUROC, whole speakers", "AUROC, single syllables", "Accuracy, whole speakers"),
    ]
    assert noisy.folded
    for (_, texts), cell in zip(results.rows, CELLS, strict=True):
        shown = [
            expected_value(cell, *place)
            for place in (
                ("speaker_soft_majority", WITHIN_FOLDS),
                ("recording", WITHIN_FOLDS),
                ("speaker_soft_majority", "accuracy"),
            )
        ]
        assert [text.value for text in texts] == [f"{100 * value:.1f}" for value in shown]
        assert {text.paper or text.difference for text in texts} == {""}


def test_every_number_of_the_results_is_in_the_csv(content: ReportContent) -> None:
    results = paper_text_tables(content)[1]
    data = data_tables(content)["results.csv"].set_index(["row", "column"])
    assert len(data) == sum(len(texts) for _, texts in results.rows)
    for name, texts in results.rows:
        for column, text in zip(results.header[1:], texts, strict=True):
            row = data.loc[name, column]
            assert text.value == f"{100 * row['value']:.1f}"
            assert text.interval == f"{100 * row['low']:.1f}–{100 * row['high']:.1f}"


def test_every_table_has_a_csv_of_its_own(content: ReportContent) -> None:
    shown, written = results_data(content), data_tables(content)
    assert list(shown) == [table.name for table in paper_text_tables(content)]
    for name, data in shown.items():
        assert written[f"{name}.csv"].equals(data), name


def test_nothing_is_said_of_the_paper(content: ReportContent, tmp_path: Path) -> None:
    page = render(content, tmp_path)
    # What a manuscript of one's own needs speaks of papers, too.
    page = re.sub(r'<section id="for-a-paper".*', "", page, flags=re.S)
    text = re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.S)
    said = re.findall(
        r".{0,60}(?:[Tt]he paper's|Mayle|Table [IV]|Figure \d|[Nn]ot asked).{0,60}", text
    )
    assert [it for it in said if 'class="paper' not in it] == []
    names = {figure.name for figure in paper_figures(content)}
    assert names == {"figure3", "figure4"}  # nothing by epoch or by type of syllable was asked for


def test_several_settings_have_a_table_each() -> None:
    cells = (*CELLS, paper.KNOWN_CELLS[1], paper.NOVEL_CELLS[4])
    content = build_content(cells=cells, asked=cells, beside_paper=False)
    titles = [it.title for it in paper_text_tables(content)[1:] if not it.folded]
    assert titles == [
        "Results: known speakers, 13 coefficients, all syllables (%)",
        "Results: new speakers, 13 coefficients, all syllables (%)",
        "Results: new speakers, 13 coefficients, without compound vowels (%)",
    ]


def test_the_papers_corpus_has_the_papers_value_and_the_difference() -> None:
    content = build_content(cells=CELLS, asked=CELLS)
    results = paper_text_tables(content)[1]
    lstm1, reference = (texts[0] for _, texts in results.rows)
    pooled = 100 * expected_value(CELLS[0], "speaker_soft_majority", "auroc")
    assert lstm1.paper == "85.4"
    ends = (f"−{85.4 - pooled - by:.1f}" for by in (0, -5, 5))
    assert lstm1.difference == "{} ({} to {})".format(*ends)
    assert (reference.paper, reference.difference) == ("", "")
    assert any("leaves out how uncertain" in note for _, note in results.footnotes)


def test_nothing_that_was_not_asked_for_is_there(tmp_path: Path) -> None:
    content = build_content(cells=CELLS, asked=CELLS)
    page = render(content, tmp_path)
    assert "not-asked" not in Page(page).ids()
    assert "ot asked for" not in page
