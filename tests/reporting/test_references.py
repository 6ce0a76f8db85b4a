"""A reference is one by what it is, under whatever name a user's settings give it."""

from dataclasses import replace

import pytest
from report_contents import build_content

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper.figures import paper_figures
from dysarthria_lightning.reporting.paper.texts import paper_text_tables
from dysarthria_lightning.reporting.summary import summarise

ARCHITECTURES = {"logreg": "functionals", "who": "demographics", "lstm9": "lstm"}


@pytest.fixture(scope="module")
def content() -> ReportContent:
    cells = tuple(
        Cell(protocol, "all", "mfcc13", model)
        for protocol in ("known_speakers", "novel_speakers")
        for model in ("lstm1", *ARCHITECTURES)
    )
    made = build_content(cells=cells, asked=cells)
    metrics = made.analysis.metrics.copy()
    worth = {"logreg": 0.9, "who": 0.6, "lstm9": 0.8, "lstm1": 0.7}
    metrics["value"] = metrics["model"].map(worth)
    return replace(
        made,
        analysis=replace(made.analysis, metrics=metrics),
        study=replace(made.study, architectures=ARCHITECTURES),
    )


def test_the_first_sentence_puts_networks_beside_them(content: ReportContent) -> None:
    first = summarise(content)[0]
    assert ", lstm9 ranks first of 2 networks: " in first
    assert "but below logreg (logistic regression on means and SDs of columns, 90.0 %" in first
    assert "above who (age and sex alone, 60.0 %" in first


def test_tables_and_figures_call_them_references(content: ReportContent) -> None:
    known, novel = paper_text_tables(content)[1:3]
    for table in (known, novel):
        assert {"logreg (reference)", "who (reference)"} <= {name for name, _ in table.rows}
    (note,) = [note for _, note in novel.footnotes if note.startswith("References")]
    assert "functionals know the mean" in note
    assert "demographics hear nothing" in note
    errors, *curves = paper_figures(content)
    # They have no epochs.
    assert {line.key for row in errors.rows for panel in row for line in panel.lines} == {
        "lstm1",
        "lstm9",
    }
    assert "neither the baseline nor the references" in curves[0].caption
