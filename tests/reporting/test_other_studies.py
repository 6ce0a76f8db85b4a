"""Studies that are not the paper's: other models, other features, other subsets."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from report_contents import build_content, expected_value
from rich.console import Console
from test_page import Page, render

from dysarthria_lightning.evaluation.levels import LEVELS, SOFT_MAJORITY, SPEAKER_LEVELS, Level
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import Text, TextTable
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.figures import paper_figures
from dysarthria_lightning.reporting.paper.texts import paper_text_tables
from dysarthria_lightning.reporting.render.latex_and_terminal import summary_tables
from dysarthria_lightning.reporting.render.plotly import draw
from dysarthria_lightning.reporting.render.styles import styles_of
from dysarthria_lightning.reporting.sections.beyond import beyond_sections
from dysarthria_lightning.reporting.summary import summarise

LEVEL_NAMES = ("Speaker-level, soft majority", "Speaker-level, noisy-OR", "Syllable-level")
OTHERS = ("attention", "gru", "my.net-2")


def cells_of(features: str, *models: str, subset: str = "all") -> tuple[Cell, ...]:
    protocols = ("known_speakers", "novel_speakers")
    return tuple(Cell(protocol, subset, features, m) for protocol in protocols for m in models)


def study_of(*cells: Cell) -> ReportContent:
    return build_content(cells=cells, asked=cells)


def table(content: ReportContent, number: int) -> TextTable:
    return paper_text_tables(content)[number - 1]


def entry(found: TextTable, row: str, column: str) -> Text:
    return dict(found.rows)[row][found.header.index(column) - 1]


def shown(value: float) -> str:
    return f"{100 * value:.1f}"


@pytest.fixture(scope="module")
def with_others() -> ReportContent:
    return study_of(*paper.CELLS, *cells_of("mfcc13", *OTHERS))


def test_models_that_the_paper_lacks_stand_in_tables_ii_and_iii(with_others: ReportContent) -> None:
    second, third = table(with_others, 2), table(with_others, 3)
    names = [f"{model} (not in the paper)" for model in OTHERS]
    assert [name for name, _ in second.rows][-4:] == [*names, "Majority classifier"]
    # With more models than the paper's they are rows: columns would be too wide.
    assert third.header == ["Model", *LEVEL_NAMES]
    assert [name for name, _ in third.rows][-4:] == ["Baseline (not in the paper)", *names]
    for model, name in zip(OTHERS, names, strict=True):
        known, novel = cells_of("mfcc13", model)
        accuracy = entry(second, name, "Accuracy")
        assert accuracy.value == shown(expected_value(known, "recording", "accuracy"))
        assert accuracy.interval
        auroc = entry(third, name, "Speaker-level, noisy-OR")
        assert auroc.value == shown(expected_value(novel, "speaker_noisy_or", WITHIN_FOLDS))
        assert {accuracy.paper, accuracy.difference, auroc.paper, auroc.mark} == {""}
        assert (accuracy.anchor, auroc.anchor) == tuple(map(paper.cell_anchor, (known, novel)))
    # One subset and one number of coefficients leave nothing to compare.
    for number in (4, 5):
        assert [name for name, _ in table(with_others, number).rows] == [
            paper.model_name(model) for model in paper.LSTM_MODELS
        ]


@pytest.fixture(scope="module")
def with_references() -> ReportContent:
    references = [Cell("novel_speakers", "all", "mfcc13", model) for model in paper.REFERENCES]
    return study_of(*paper.CELLS, *references, *cells_of("mfcc13", "attention"))


def test_references_stand_behind_the_papers_models(with_references: ReportContent) -> None:
    names = ["Functionals (reference)", "Demographics (reference)"]
    second, third = table(with_references, 2), table(with_references, 3)
    assert [name for name, _ in third.rows] == [
        *("LSTM-1", "LSTM-2", "Bi-LSTM-1", "Baseline (not in the paper)"),
        *(*names, "attention (not in the paper)"),
    ]
    for model, name in zip(paper.REFERENCES, names, strict=True):
        assert name not in dict(second.rows)
        cell = Cell("novel_speakers", "all", "mfcc13", model)
        auroc = entry(third, name, "Speaker-level, soft majority")
        assert auroc.value == shown(expected_value(cell, "speaker_soft_majority", WITHIN_FOLDS))
        assert (auroc.paper, auroc.difference, auroc.mark) == ("", "", "")
    (note,) = [note for mark, note in third.footnotes if note.startswith("References") and not mark]
    assert "not in the paper: functionals know the mean" in note
    assert "demographics hear nothing and know a speaker's age and sex" in note
    assert not [note for _, note in second.footnotes if "References" in note]
    assert not [note for _, note in table(build_content(), 3).footnotes if "References" in note]


def test_models_that_judge_whole_speakers_say_so_beside_single_recordings(
    with_references: ReportContent,
) -> None:
    said = "All syllables of a speaker get one score from"

    def notes(content: ReportContent, number: int) -> list[str]:
        return [note for _, note in table(content, number).footnotes if note.startswith(said)]

    # Their made-up scores differ between recordings.
    assert notes(with_references, 3) == []
    crossvalidations = dict(with_references.study.crossvalidations)
    for protocol, model in (("novel_speakers", "functionals"), ("known_speakers", "lstm1")):
        cell = Cell(protocol, "all", "mfcc13", model)
        of_speaker = [
            replace(
                it,
                test=it.test.assign(
                    logit=it.test.groupby("speaker_id")["logit"].transform("first")
                ),
            )
            for it in crossvalidations[cell]
        ]
        crossvalidations[cell] = of_speaker
    study = replace(with_references.study, crossvalidations=crossvalidations)
    content = replace(with_references, study=study)
    (second,), (third,) = notes(content, 2), notes(content, 3)
    assert second == f"{said} LSTM-1: values of single syllables are of whole speakers there."
    assert third.startswith(f"{said} Functionals (reference): ")
    assert notes(content, 4) == notes(content, 5) == []


def test_references_are_drawn_and_compared(with_references: ReportContent) -> None:
    figures = paper_figures(with_references)
    order = [*paper.MODELS, *paper.REFERENCES, "attention"]
    for figure in figures[1:3]:
        assert "neither the baseline nor the references" in figure.caption
        for panel in (panel for row in figure.rows for panel in row):
            assert [line.key for line in panel.lines] == order
    comparisons = beyond_sections(with_references)[0].tables[0]
    pairs = [name for name, _ in comparisons.rows]
    assert pairs[3] == "Baseline and Functionals (reference)"
    assert "Functionals (reference) and Demographics (reference)" in pairs
    assert len(pairs) == 7 * 6 / 2


def test_references_that_know_speakers_only_are_not_asked_about_recordings(
    with_references: ReportContent,
) -> None:
    """All recordings of a speaker have the speaker's score from them."""
    metrics = with_references.analysis.metrics.copy()
    is_speaker = metrics["level"] != "recording"
    is_reference = metrics["model"].isin(paper.REFERENCES)
    metrics["value"] = 0.5 + 0.1 * (is_speaker & ~is_reference)
    content = replace(with_references, analysis=replace(with_references.analysis, metrics=metrics))
    said = " ".join(summarise(content))
    assert "beats judging single syllables for each model: the difference in AUROC is +10.0" in said


@pytest.mark.parametrize("name", ["with_others", "with_references"])
def test_many_models_fit_the_terminal(name: str, request: pytest.FixtureRequest) -> None:
    console = Console(width=80)
    for it in summary_tables(request.getfixturevalue(name)):
        with console.capture() as captured:
            console.print(it)
        assert "…" not in captured.get()
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= 80


def test_models_that_the_paper_lacks_are_drawn(with_others: ReportContent) -> None:
    figures = paper_figures(with_others)
    for panel in (panel for figure in figures[:3] for row in figure.rows for panel in row):
        assert [line.key for line in panel.lines] == [*paper.MODELS, *OTHERS]


def test_models_that_the_paper_lacks_are_in_every_section(with_others: ReportContent) -> None:
    sections = beyond_sections(with_others)
    assert len(sections) == 8
    for section in sections:
        tables = [*section.tables, *section.tables_below]
        words = " ".join(word for it in tables for word in (*it.header, *(n for n, _ in it.rows)))
        charts = [draw(drawing, styles_of(with_others)) for drawing in section.charts]
        words += "".join(f" {chart.description}" for chart in charts)
        keys = {trace["meta"] for chart in charts for trace in chart.data if "meta" in trace}
        for model in OTHERS:
            assert re.search(rf"(^|\s){model}\b", words), (section.name, model)
            assert model in keys or not section.charts, (section.name, model)
    assert "ranks first of 7 networks" in " ".join(summarise(with_others))


@pytest.fixture(scope="module")
def log_mel() -> ReportContent:
    return study_of(*cells_of("log_mel40", "lstm1", "attention"))


def test_other_features_alone_are_what_the_tables_are_about(log_mel: ReportContent) -> None:
    second, third = table(log_mel, 2), table(log_mel, 3)
    assert [name for name, _ in second.rows] == [
        *("LSTM-1", "attention (not in the paper)", "Majority classifier"),
    ]
    assert [name for name, _ in third.rows] == ["LSTM-1", "attention (not in the paper)"]
    cell = Cell("novel_speakers", "all", "log_mel40", "lstm1")
    auroc = entry(third, "LSTM-1", "Speaker-level, soft majority")
    assert auroc.value == shown(expected_value(cell, "speaker_soft_majority", WITHIN_FOLDS))
    # The paper's values are of other features.
    assert auroc.paper == ""
    note = ("", "Features: log_mel40. The paper's values are of 13 coefficients and are left out.")
    assert note in second.footnotes
    assert note in third.footnotes
    assert not {"a", "b"} & {mark for mark, _ in third.footnotes}
    figures = paper_figures(log_mel)
    for figure in figures[:3]:
        assert figure.caption.endswith("Features: log_mel40.")
        for panel in (panel for row in figure.rows for panel in row):
            assert [line.key for line in panel.lines] == ["lstm1", "attention"]
    # Table V is of cepstral coefficients, and nothing has subsets to compare in Table IV.
    assert len(paper_text_tables(log_mel)) == 3


def test_other_features_alone_have_all_sections(log_mel: ReportContent) -> None:
    sections = beyond_sections(log_mel)
    assert len(sections) == 8
    assert "Shown: log_mel40, all syllables." in sections[1].text
    assert "soft majority, log_mel40, all syllables" in " ".join(summarise(log_mel))


def test_the_papers_features_come_before_others() -> None:
    content = study_of(*cells_of("log_mel40", "lstm1", "attention"), *cells_of("mfcc13", "lstm1"))
    assert "attention (not in the paper)" not in table(content, 3).header
    auroc = entry(table(content, 3), "Syllable-level", "LSTM-1")
    assert auroc.paper == "75.4"
    comparisons = beyond_sections(content)[0]
    assert [it.title for it in comparisons.folded_tables] == ["log_mel40, all syllables"]


def test_what_was_asked_for_decides_though_only_other_features_are_finished() -> None:
    content = build_content(
        cells=cells_of("mfcc25", "lstm1"), asked=cells_of("mfcc25", "lstm1") + paper.CELLS
    )
    auroc = entry(table(content, 3), "Syllable-level", "LSTM-1")
    assert auroc.note == "0 of 2 runs finished"


def test_other_subsets_and_numbers_of_coefficients_extend_tables_iv_and_v() -> None:
    content = study_of(
        *paper.CELLS,
        *cells_of("mfcc13", "attention"),
        *cells_of("mfcc13", "attention", subset="vowels"),
        *cells_of("mfcc20", "attention", "lstm1"),
    )
    fourth, fifth = table(content, 4), table(content, 5)
    assert fourth.header[1:] == [*paper.SUBSET_NAMES.values(), "vowels"]
    assert fifth.header[1:] == ["N = 13", "N = 19", "N = 25", "N = 20"]
    name = "attention (not in the paper)"
    cell = Cell("novel_speakers", "vowels", "mfcc13", "attention")
    value = shown(expected_value(cell, "speaker_soft_majority", WITHIN_FOLDS))
    assert entry(fourth, name, "vowels").value == value
    assert entry(fourth, name, "No ‘cv’") == Text("")
    cell = Cell("novel_speakers", "all", "mfcc20", "lstm1")
    value = shown(expected_value(cell, "speaker_soft_majority", WITHIN_FOLDS))
    assert entry(fifth, "LSTM-1", "N = 20").value == value
    figure5 = paper_figures(content)[3]
    # Four side by side could not be read in a journal.
    assert [panel.title for row in figure5.rows[::2] for panel in row] == [
        *("ROC, LSTM-1", "ROC, LSTM-2", "ROC, Bi-LSTM-1", "ROC, attention"),
    ]
    assert [len(row) for row in figure5.rows] == [2, 2, 2, 2]


def test_every_number_leads_to_its_cell(tmp_path: Path) -> None:
    papers = cells_of("mfcc13", "lstm1", "my.net-2", "functionals")
    content = study_of(*papers, *cells_of("log_mel40", "lstm1"))
    page = Page(render(content, tmp_path))
    ids = page.ids()
    assert len(ids) == len(set(ids))
    links = [str(a["href"]) for a in page.attributes("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_features_are_named_for_people() -> None:
    assert paper.describe_features("mfcc13") == "13 coefficients"
    assert paper.describe_features("log_mel40") == "log_mel40"
    assert paper.describe_features("matrix") == "matrix"
    assert paper.describe_features("mfcc13-cmn") == "mfcc13-cmn"  # none of the paper's numbers


def test_a_further_level_stands_wherever_levels_do(monkeypatch: pytest.MonkeyPatch) -> None:
    level = Level("speaker_maximum", "maximum", True, SOFT_MAJORITY.score, None)
    for levels in (LEVELS, SPEAKER_LEVELS):
        monkeypatch.setitem(levels, level.key, level)
    cells = cells_of("mfcc13", *paper.MODELS)
    content = study_of(*cells)

    def like_soft_majority(table: pd.DataFrame) -> pd.DataFrame:
        return pd.concat(
            [table, table[table["level"] == SOFT_MAJORITY.key].assign(level=level.key)]
        )

    names = ("metrics", "operating_points", "reading_length")
    changed = {name: like_soft_majority(getattr(content.analysis, name)) for name in names}
    curves = content.analysis.curves | {
        (cell, level.key): content.analysis.curves[cell, SOFT_MAJORITY.key] for cell in cells
    }
    content = replace(content, analysis=replace(content.analysis, **changed, curves=curves))
    third = dict(table(content, 3).rows)
    assert [text.value for text in third["Speaker-level, maximum"]] == [
        text.value for text in third["Speaker-level, soft majority"]
    ]
    assert {text.paper for text in third["Speaker-level, maximum"]} == {""}
    figure4 = paper_figures(content)[2]
    assert figure4.rows[1][0].title == "ROC, maximum"
    assert len(figure4.rows[1][0].lines) == 4
    sections = {section.name: section for section in beyond_sections(content)}
    operating = [name for name, _ in sections["operating-points"].tables[0].rows]
    assert "LSTM-1, speakers, maximum" in operating
    assert [chart.name for chart in sections["reading-length"].charts][-1] == (
        "reading-speaker_maximum"
    )
