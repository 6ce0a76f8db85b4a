"""Corpora trained on by corpora tested: terminal, table of data and page."""

from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.folder import data_tables
from dysarthria_lightning.reporting.matrix import matrix_data, matrix_heat_map, matrix_table
from dysarthria_lightning.reporting.render.plotly import draw
from dysarthria_lightning.reporting.render.styles import STYLES
from dysarthria_lightning.reporting.sections.beyond import beyond_sections
from dysarthria_lightning.runs.corpus_matrix import CorpusMatrix

SOURCES = ["a", "b<i>", "c", "b<i>+c", "a+c", "a+b<i>"]
ROWS = [
    ("a", "a", 0.9, 0.8, 0.95, 1, 20, 9),
    ("a", "b<i>", 0.55, 0.4, 0.7, 3, 30, 12),
    ("b<i>", "a", 0.7, np.nan, np.nan, 1, 20, 9),
    ("b<i>+c", "a", 0.75, 0.6, 0.85, 1, 20, 9),
]


@pytest.fixture
def matrix() -> CorpusMatrix:
    names = ("train", "test", "value", "low", "high", "repeats", "n_speakers", "n_dysarthric")
    table = pd.DataFrame(ROWS, columns=names).assign(
        reason="", smallest=lambda it: it["value"] - 0.01, largest=lambda it: it["value"] + 0.01
    )
    return CorpusMatrix("functionals", "mfcc13", "all", SOURCES, SOURCES[:3], table)


def command(source: str, tested: str) -> str:
    return f"train {source} for {tested}"


def test_every_finished_cell_has_its_value_and_interval(matrix: CorpusMatrix) -> None:
    rows = dict(matrix_table(matrix).rows)
    assert (rows["a"][0].value, rows["a"][0].interval) == ("90.0", "80.0–95.0")
    assert (rows["a"][1].value, rows["a"][1].spread) == ("55.0", "54.0–56.0")
    assert rows["b<i>"][0].interval == "too few speakers"
    assert rows["b<i>+c"][0].value == "75.0"
    # What was trained on and tested in one, but not alone, is no cell.
    assert rows["b<i>+c"][1].value == ""


def test_every_empty_cell_has_the_command_that_fills_it(matrix: CorpusMatrix) -> None:
    table = matrix_table(matrix, command)
    commands = {mark: note for mark, note in table.footnotes if mark}
    missing = [
        (name, table.header[1 + place], text.note)
        for name, texts in table.rows
        for place, text in enumerate(texts)
        if text.value == "–"
    ]
    # Of three corpora 3 x 3 cells and one for all others of each.
    assert len(missing) == len(commands) == 12 - len(ROWS)
    for source, tested, note in missing:
        mark = note.removeprefix("missing (").removesuffix(")")
        assert commands[mark].endswith(f"\n  {command(source, tested)}")


def test_the_table_of_data_has_all_cells(matrix: CorpusMatrix) -> None:
    data = matrix_data([matrix, replace(matrix, model="lstm1")])
    assert data.groupby("model")["state"].value_counts().to_dict() == {
        (model, state): n
        for model in ("functionals", "lstm1")
        for state, n in (("finished", 4), ("missing", 8))
    }
    found = data[(data["train"] == "a") & (data["test"] == "b<i>") & (data["model"] == "lstm1")]
    assert found[["value", "low", "high"]].to_numpy().tolist() == [[0.55, 0.4, 0.7]]


def test_the_page_draws_it_and_escapes_names(matrix: CorpusMatrix, few: ReportContent) -> None:
    with_matrix = replace(few, matrices=[matrix], matrix_commands={"functionals": command})
    (section,) = [it for it in beyond_sections(with_matrix) if it.name == "across-corpora"]
    chart = draw(section.charts[0], STYLES)
    figure = go.Figure(chart.data, chart.layout)
    (drawn,) = figure.data
    values = [list(row) for row in drawn.z]
    assert values[0][:2] == [0.9, 0.55]
    assert values[2] == [None, None, None]
    texts = {(it.x, it.y): it.text for it in figure.layout.annotations}
    assert texts["a", "a"] == "90.0<br>80.0–95.0"
    assert texts["b&lt;i&gt;", "b&lt;i&gt;"] == "missing"
    assert "a to b<i>: 55.0 (40.0–70.0)" in chart.description
    assert data_tables(with_matrix)["across_corpora.csv"].equals(matrix_data([matrix]))
    assert "across_corpora.csv" not in data_tables(few)


def test_without_commands_nothing_is_promised(matrix: CorpusMatrix) -> None:
    assert not any(mark for mark, _ in matrix_table(matrix).footnotes)
    assert {it for row in matrix_heat_map(matrix).details for it in row} <= {
        *("", "20 speakers, 9 dysarthric", "30 speakers, 12 dysarthric")
    }
