"""Tables I to V as data, against values that follow from their place."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report_contents import build_content, expected_value, make_recordings, make_study

from dysarthria_lightning.evaluation.intervals import FEW_COMPARED, NEVER_CHANGES
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper import tables as paper_tables
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.texts import paper_text_tables


def entry(table: pd.DataFrame, row: str, column: str) -> pd.Series:
    found = table[(table["row"] == row) & (table["column"] == column)]
    assert len(found) == 1
    return found.iloc[0]


def test_corpus_counts_speakers_once_and_puts_the_papers_counts_beside() -> None:
    recordings = make_recordings()
    recordings = recordings[~recordings["recording_id"].isin(["S1/0", "S1/1"])]
    counts = paper_tables.corpus_counts(recordings)
    assert list(dict.fromkeys(counts["row"])) == ["Dysarthric", "Healthy", "Total"]
    assert list(dict.fromkeys(counts["column"])) == ["Female", "Male", "Total"]
    women = entry(counts, "Dysarthric", "Female")  # S1 and S5
    assert (women["n_speakers"], women["n_recordings"]) == (2, 10)
    assert (women["paper_n_speakers"], women["paper_n_recordings"]) == (12, 1001)
    positive = entry(counts, "Dysarthric", "Total")
    assert positive["share"] == pytest.approx(22 / 46)
    assert (positive["paper_n_speakers"], positive["paper_n_recordings"]) == (31, 2793)
    assert positive["paper_share"] == pytest.approx(2793 / 5998)
    assert entry(counts, "Total", "Male")["paper_n_recordings"] == 3397


def test_corpora_without_genders_have_one_column_and_some_genders_one_more() -> None:
    recordings = make_recordings()
    counts = paper_tables.corpus_counts(recordings.assign(gender=None))
    assert list(dict.fromkeys(counts["column"])) == ["Total"]
    assert entry(counts, "Total", "Total")["paper_n_speakers"] == 69
    unknown = recordings["speaker_id"] == "S3"
    counts = paper_tables.corpus_counts(
        recordings.assign(gender=recordings["gender"].mask(unknown, None))
    )
    found = entry(counts, "Dysarthric", "Gender unknown")
    assert (found["n_speakers"], found["n_recordings"]) == (1, 6)
    assert pd.isna(found["paper_n_speakers"])


def test_known_speakers_table_has_four_models_and_the_majority_classifier() -> None:
    study = make_study()
    recordings = study.recordings[study.recordings["speaker_id"] != "S1"]
    content = build_content(study=replace(study, recordings=recordings))
    table = paper_tables.known_speakers_table(content)
    assert list(dict.fromkeys(table["row"])) == [
        "Baseline",
        "LSTM-1",
        "LSTM-2",
        "Bi-LSTM-1",
        "Majority classifier",
    ]
    cell = Cell("known_speakers", "all", "mfcc13", "lstm2")
    recall = entry(table, "LSTM-2", "Recall")
    assert recall["value"] == expected_value(cell, "recording", "recall")
    assert recall["low"] == pytest.approx(recall["value"] - 0.05)
    assert recall["paper"] == 0.817
    majority = entry(table, "Majority classifier", "Accuracy")
    assert majority["value"] == pytest.approx(24 / 42)
    assert majority["paper"] == 0.534
    assert pd.isna(majority["difference"])


def test_levels_table_has_the_baseline_that_the_paper_lacks() -> None:
    table = paper_tables.levels_table(build_content())
    assert len(table) == 12
    cell = Cell("novel_speakers", "all", "mfcc13", "baseline")
    baseline = entry(table, "Syllable-level", "Baseline (not in the paper)")
    assert baseline["value"] == expected_value(cell, "recording", WITHIN_FOLDS)
    assert math.isnan(baseline["paper"])
    assert pd.isna(baseline["difference"])
    lstm2 = entry(table, "Syllable-level", "LSTM-2")
    assert lstm2["paper"] == 0.659
    noisy_or = entry(table, "Speaker-level, noisy-OR", "Bi-LSTM-1")
    cell = Cell("novel_speakers", "all", "mfcc13", "bilstm1")
    assert noisy_or["value"] == expected_value(cell, "speaker_noisy_or", WITHIN_FOLDS)


@pytest.mark.parametrize(
    ("make", "columns", "cells"),
    [
        (
            paper_tables.subsets_table,
            list(paper.SUBSET_NAMES.values()),
            [Cell("novel_speakers", subset, "mfcc13", "lstm1") for subset in paper.SUBSETS],
        ),
        (
            paper_tables.coefficients_table,
            ["N = 13", "N = 19", "N = 25"],
            [Cell("novel_speakers", "all", name, "lstm1") for name in paper.FEATURES],
        ),
    ],
)
def test_tables_iv_and_v_are_of_soft_majority(
    make: object, columns: list[str], cells: list[Cell]
) -> None:
    assert callable(make)
    table = make(build_content(repeats=3))
    assert list(dict.fromkeys(table["row"])) == ["LSTM-1", "LSTM-2", "Bi-LSTM-1"]
    for column, cell in zip(columns, cells, strict=True):
        found = entry(table, "LSTM-1", column)
        assert found["value"] == expected_value(cell, "speaker_soft_majority", WITHIN_FOLDS)
        assert found["smallest"] == pytest.approx(found["value"] - 0.01)
        assert found["largest"] == pytest.approx(found["value"] + 0.02)
        assert found["repeats"] == 3


@pytest.mark.parametrize("finished", [(), (paper.CELLS[0],)])
def test_what_is_not_finished_has_the_papers_value_only(finished: tuple[Cell, ...]) -> None:
    table = paper_tables.subsets_table(build_content(cells=finished))
    assert len(table) == 9
    assert table[["value", "low", "high", "smallest", "largest"]].isna().all(axis=None)
    assert (table["repeats"] == 0).all()
    assert table["difference"].isna().all()
    assert list(table["paper"][:3]) == [0.854, 0.923, 0.621]


def with_pooled(value: float, low: float, high: float, within: float) -> ReportContent:
    """Give every AUROC this value, pooled and within folds."""
    content = build_content()
    metrics = content.analysis.metrics.copy()
    metrics.loc[metrics["metric"] == "auroc", ["value", "low", "high"]] = [value, low, high]
    columns = ["value", "low", "high", "chance_low", "chance_high"]
    ours = [within, within - 0.01, within + 0.01, 0.4, 0.6]
    metrics.loc[metrics["metric"] == WITHIN_FOLDS, columns] = ours
    return replace(content, analysis=replace(content.analysis, metrics=metrics))


TABLES = [
    paper_tables.levels_table,
    paper_tables.subsets_table,
    paper_tables.coefficients_table,
]


@pytest.mark.parametrize("make", TABLES)
def test_pooled_aurocs_stand_beside_those_within_folds_and_meet_the_papers(
    make: Callable[[ReportContent], pd.DataFrame],
) -> None:
    table = make(with_pooled(0.85, 0.80, 0.9, within=0.6))
    assert set(table["metric"]) == {WITHIN_FOLDS}
    for column, expected in {
        **{"value": 0.6, "low": 0.59, "high": 0.61, "chance_low": 0.4, "chance_high": 0.6},
        **{"pooled": 0.85, "pooled_low": 0.8, "pooled_high": 0.9},
    }.items():
        assert set(table[column]) == {expected}, column
    there = table[table["paper"].notna()]
    for end, pooled in {"": 0.85, "_low": 0.8, "_high": 0.9}.items():
        expected = pooled - there["paper"].to_numpy()
        np.testing.assert_allclose(there[f"difference{end}"], expected)
    assert table.loc[table["paper"].isna(), "difference"].isna().all()


def test_where_there_is_no_interval_the_true_reason_stands() -> None:
    content = with_pooled(1.0, math.nan, math.nan, within=0.6)
    metrics = content.analysis.metrics
    metrics.loc[metrics["metric"] == WITHIN_FOLDS, ["low", "high", "reason"]] = [
        *(math.nan, math.nan, FEW_COMPARED)
    ]
    metrics.loc[metrics["metric"] == "auroc", "reason"] = NEVER_CHANGES
    texts = [
        text for shown in paper_text_tables(content)[2:] for _, row in shown.rows for text in row
    ]
    ours = [text for text in texts if text.value == "60.0"]
    assert ours
    assert {(text.interval, text.pooled_interval) for text in ours} == {
        (FEW_COMPARED, NEVER_CHANGES)
    }


@pytest.mark.parametrize("make", TABLES)
def test_pooled_aurocs_stand_alone_where_no_fold_tests_both_classes(
    make: Callable[[ReportContent], pd.DataFrame],
) -> None:
    content = with_pooled(0.85, 0.80, 0.9, within=math.nan)
    table = make(content)
    assert set(table["metric"]) == {"auroc"}
    assert set(table["value"]) == {0.85}
    assert table[["pooled", "pooled_low", "pooled_high", "chance_low"]].isna().all(axis=None)
    np.testing.assert_allclose(table["difference"], 0.85 - table["paper"])
    for shown in paper_text_tables(content)[2:]:
        notes = " ".join(note for _, note in shown.footnotes)
        assert "Too few speakers of both classes" in notes
        assert "biased low" in notes
        assert "the same fold's model judged. " not in notes
        assert "Chance:" not in notes
        assert {(text.pooled, text.chance) for _, row in shown.rows for text in row} == {("", "")}
    # What chance gives stands beside them all the same, where it is known.
    metrics = content.analysis.metrics.assign(chance_low=0.4, chance_high=0.6)
    content = replace(content, analysis=replace(content.analysis, metrics=metrics))
    for shown in paper_text_tables(content)[2:]:
        assert "Chance:" in " ".join(note for _, note in shown.footnotes)
        assert {text.chance for _, row in shown.rows for text in row} == {"40.0–60.0"}


def test_pooled_aurocs_are_explained_where_they_are_shown() -> None:
    first, second, *others = paper_text_tables(build_content())
    for table in (first, second):
        assert "pooled" not in " ".join(note for _, note in table.footnotes).lower()
    for table in others:
        notes = " ".join(note for _, note in table.footnotes)
        assert "of pairs that the same fold's model judged. Pooled: scores" in notes
        assert "Chance: the range of 95 % of such AUROCs" in notes
        texts = [text for _, row in table.rows for text in row]
        assert all(text.chance == "36.0–64.0" for text in texts)
    # 2.9 points below 62.5, with an interval of its own.
    lstm1 = dict(others[1].rows)["LSTM-1"][0]
    assert (lstm1.value, lstm1.interval) == ("62.5", "57.5–67.5")
    assert (lstm1.pooled, lstm1.pooled_interval) == ("59.6", "54.6–64.6")
