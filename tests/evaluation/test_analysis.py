"""The whole analysis: complete, deterministic, and content with what there is."""

import re
from dataclasses import fields

import pandas as pd
import pytest
from simulated_studies import simulate_study

from dysarthria_lightning.evaluation.analysis import Analysis, analyse, judge
from dysarthria_lightning.evaluation.comparisons import Comparison
from dysarthria_lightning.evaluation.metrics import METRICS
from dysarthria_lightning.evaluation.study import Cell, Study

CELL = ["protocol", "subset", "features", "model"]
NOVEL = tuple(Cell("novel_speakers", "all", "mfcc13", model) for model in ("baseline", "lstm1"))
OTHERS = (
    Cell("known_speakers", "all", "mfcc13", "lstm1"),
    Cell("novel_speakers", "no_cv", "mfcc13", "lstm1"),
    Cell("novel_speakers", "all", "mfcc25", "lstm1"),
)
LEVELS = ("recording", "speaker_soft_majority", "speaker_noisy_or")
TABLES = [field.name for field in fields(Analysis) if field.name != "curves"]
DRAWS = 40


def documented_columns() -> dict[str, list[str]]:
    """The columns that the docstring of Analysis names for each table, without a cell's."""
    text = (Analysis.__doc__ or "").split("Attributes:")[1]
    entries = re.findall(r"\n    +(\w+): (.*?)(?=\n    +\w+: |\Z)", text, re.DOTALL)
    values = {
        *LEVELS, *("specificity", "sensitivity", "roc", "pr", "gender", "age"),
        *("syllable_type", "syllable", "metrics.METRICS"), *("other_folds", "validation"),
        *("ppv", "npv", "slope", "intercept", "observed_expected"),
    }  # fmt: skip
    # A column's values stand after it in brackets.
    flat = {name: re.sub(r"\([^)]*\)", "", body) for name, body in entries}
    columns = {
        name: [word for word in re.findall(r"``([\w.]+)``", body) if word not in values]
        for name, body in flat.items()
    }
    assert ":class:`comparisons.Comparison`" in flat["comparisons"]
    columns["comparisons"] += Comparison._fields
    return columns


@pytest.fixture(scope="module")
def study() -> Study:
    return simulate_study((*NOVEL, *OTHERS), repeats=2)


@pytest.fixture(scope="module")
def one_cell(study: Study) -> Study:
    return Study(study.recordings, {NOVEL[1]: study.crossvalidations[NOVEL[1]]})


@pytest.fixture(scope="module")
def analysis(study: Study) -> Analysis:
    return analyse(study, 0, DRAWS)


def assert_same(one: Analysis, two: Analysis) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert one.curves.keys() == two.curves.keys()
    for key, curve in one.curves.items():
        pd.testing.assert_frame_equal(curve, two.curves[key])


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_the_documented_columns(analysis: Analysis, name: str) -> None:
    columns = list(getattr(analysis, name).columns)
    expected = set(documented_columns()[name]) | (set() if name == "comparisons" else set(CELL))
    assert set(columns) == expected
    if name != "comparisons":
        assert columns[:4] == CELL


def test_all_cells_have_metrics_and_curves(analysis: Analysis) -> None:
    cells = sorted((*NOVEL, *OTHERS))
    rows = analysis.metrics
    assert list(rows[CELL].drop_duplicates().itertuples(index=False, name=None)) == [
        (cell.protocol, cell.subset, cell.features, cell.model) for cell in cells
    ]
    # Of recordings there is also the AUROC in which every speaker counts alike.
    assert len(rows) == len(cells) * (len(LEVELS) * len(METRICS) + 1)
    assert set(analysis.curves) == {(cell, level) for cell in cells for level in LEVELS}
    for curve in analysis.curves.values():
        assert list(curve.columns) == ["curve", "x", "y", "low", "high"]


def test_the_main_experiment_is_looked_at_closely(analysis: Analysis) -> None:
    close = {(cell.protocol, cell.subset, cell.features, cell.model) for cell in NOVEL}
    for name in set(TABLES) - {"metrics", "comparisons"}:
        table = getattr(analysis, name)
        assert set(table[CELL].itertuples(index=False, name=None)) == close, name
    assert set(analysis.comparisons["subset"]) == {"all"}


def test_a_cell_judged_alone_has_the_numbers_of_the_analysis(study: Study) -> None:
    """As the report of one cross-validation has them, and the whole report."""
    cell = OTHERS[0]
    whole = analyse(Study(study.recordings, {cell: study.crossvalidations[cell]}))
    tests = [repeat.test for repeat in study.crossvalidations[cell]]
    alone = judge(cell, tests)
    pd.testing.assert_frame_equal(alone, whole.metrics.drop(columns=CELL))
    assert (alone["repeats"] == 2).all()


def test_another_seed_draws_other_speakers(one_cell: Study) -> None:
    first, other = (analyse(one_cell, seed, DRAWS).metrics for seed in (0, 1))
    assert not other["low"].equals(first["low"])
    pd.testing.assert_series_equal(other["value"], first["value"])


def test_the_same_seed_gives_the_same_whatever_the_order_of_cells(
    study: Study, analysis: Analysis
) -> None:
    backwards = dict(reversed(study.crossvalidations.items()))
    assert_same(analyse(Study(study.recordings, backwards), 0, DRAWS), analysis)


def test_other_cells_change_nothing(one_cell: Study, analysis: Analysis) -> None:
    (cell,) = one_cell.crossvalidations
    alone = analyse(one_cell, 0, DRAWS)
    for name in set(TABLES) - {"comparisons"}:
        whole = getattr(analysis, name)
        of_cell = (whole[CELL] == list(vars(cell).values())).all(axis=1)
        pd.testing.assert_frame_equal(getattr(alone, name), whole[of_cell].reset_index(drop=True))


def test_models_draw_other_speakers_but_the_same_recordings(study: Study) -> None:
    same = study.crossvalidations[NOVEL[0]]
    twins = Study(study.recordings, dict.fromkeys(NOVEL, same))
    table = analyse(twins, 0, DRAWS).reading_length
    first, second = (table[table["model"] == cell.model].reset_index() for cell in NOVEL)
    pd.testing.assert_series_equal(first["value"], second["value"])
    assert not first["low"].equals(second["low"])


@pytest.mark.parametrize("cells", [{}, {NOVEL[0]: []}])
def test_nothing_finished_gives_empty_tables(study: Study, cells: dict) -> None:
    analysis = analyse(Study(study.recordings, cells), 0, DRAWS)
    for name in TABLES:
        table = getattr(analysis, name)
        assert table.empty
        assert set(documented_columns()[name]) <= set(table.columns)
    assert analysis.curves == {}


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_corpus_that_says_little_is_analysed(how: str) -> None:
    study = simulate_study(NOVEL)
    unknown = ["gender", "age", "severity", "syllable", "syllable_type"]
    recordings = study.recordings.drop(columns=unknown)
    if how == "empty":
        recordings = recordings.assign(**dict.fromkeys(unknown))
    analysis = analyse(Study(recordings, study.crossvalidations), 0, DRAWS)
    for name in TABLES:
        table = getattr(analysis, name)
        needs_it = name in ("subgroups", "prompts", "severity", "severity_correlation")
        assert table.empty == needs_it, name
        assert set(documented_columns()[name]) <= set(table.columns)


def test_prevalences_are_those_stated(one_cell: Study, analysis: Analysis) -> None:
    assert set(analysis.predictive_values["prevalence"]) == {0.01, 0.1}
    stated = analyse(one_cell, 0, DRAWS, prevalences=[0.3])
    assert set(stated.predictive_values["prevalence"]) == {0.3}
    none = analyse(one_cell, 0, DRAWS, prevalences=[])
    assert none.predictive_values.empty
    pd.testing.assert_frame_equal(none.operating_points, stated.operating_points)


def test_progress_is_told(study: Study) -> None:
    told = []
    cells = dict.fromkeys(OTHERS, study.crossvalidations[OTHERS[0]])
    analyse(Study(study.recordings, cells), 0, 5, lambda *progress: told.append(progress))
    assert told == [(done, 3) for done in range(4)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([("all", "log_mel40"), ("all", "mfcc13"), ("no_cv", "mfcc13")], ("all", "mfcc13")),
        ([("all", "matrix"), ("no_cv", "mfcc13")], ("all", "matrix")),
        ([("all", "mfcc25"), ("all", "log_mel40")], ("all", "log_mel40")),
        ([("vowels", "mfcc19")], ("vowels", "mfcc19")),
    ],
)
def test_studies_without_the_papers_setting_have_a_main_one_too(
    settings: list[tuple[str, str]], expected: tuple[str, str]
) -> None:
    study = simulate_study(tuple(Cell("novel_speakers", *it, "attention") for it in settings))
    analysis = analyse(study, 0, DRAWS)
    assert study.main_cells() == [Cell("novel_speakers", *expected, "attention")]
    for name in set(TABLES) - {"metrics", "comparisons"}:
        table = getattr(analysis, name)
        assert set(table[["subset", "features"]].itertuples(index=False, name=None)) == {expected}
