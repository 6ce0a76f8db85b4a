"""What the sections beyond the paper say, for studies of which the answer is known."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from report_contents import build_content

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.render.plotly import draw
from dysarthria_lightning.reporting.render.styles import STYLES
from dysarthria_lightning.reporting.sections.beyond import SECTIONS
from dysarthria_lightning.reporting.sections.reading_length import levels_off_at
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import in_paper_order, shown_cells


@cache
def makers() -> dict[str, Callable[[ReportContent, list[Cell]], Section]]:
    """What makes the section of each name."""
    content = build_content()
    return {make(content, shown_cells(content)).name: make for make in SECTIONS}


def section(content: ReportContent, name: str) -> Section:
    return makers()[name](content, shown_cells(content))


def with_thresholds(
    content: ReportContent, source: str, n_dysarthric: int, n_healthy: int
) -> ReportContent:
    points = content.analysis.operating_points
    of_rule = {"sensitivity": n_dysarthric, "specificity": n_healthy}
    changed = points.assign(chosen_on=source, n_chosen_on=points["rule"].map(of_rule))
    return replace(content, analysis=replace(content.analysis, operating_points=changed))


@pytest.mark.parametrize(
    ("n_dysarthric", "n_healthy", "all_of_them"), [(9, 20, True), (20, 1, True), (10, 20, False)]
)
@pytest.mark.parametrize("source", ["other_folds", "validation"])
def test_thresholds_say_on_whom_they_rest(
    source: str, n_dysarthric: int, n_healthy: int, all_of_them: bool, content: ReportContent
) -> None:
    changed = with_thresholds(content, source, n_dysarthric, n_healthy)
    found = section(changed, "operating-points")
    text = found.reading
    assert f"({n_dysarthric} dysarthric and {n_healthy} healthy speakers or more)" in text
    assert ("fewer than ten speakers of a class, 90 % means all of them" in text) == all_of_them
    assert "intervals take them as given" in text
    crossfitted = source == "other_folds"
    assert ("on the test speakers of the other folds" in text) == crossfitted
    assert ("not perfectly comparable" in text) == crossfitted
    assert ("who did train those models" in text) == crossfitted
    for table in found.tables:
        notes = [note for _, note in table.footnotes]
        biased = any("Biased low in sensitivity where folds are not" in note for note in notes)
        assert biased == crossfitted
    assert ("on the validation speakers of its fold" in text) == (not crossfitted)
    assert ("The same speakers chose the epoch, so thresholds are optimistic" in text) == (
        not crossfitted
    )


def test_operating_points_show_what_thresholds_reached_where_they_were_chosen(
    content: ReportContent,
) -> None:
    points = section(content, "operating-points").tables[0]
    assert points.header[3] == "Specificity where it was chosen"
    assert points.header[6] == "Sensitivity where it was chosen"
    name, texts = points.rows[0]
    assert name == "Baseline, single syllables"
    assert [(text.value, text.note) for text in texts] == [
        *[("70.0", "")] * 2,
        ("92.0", "on 21 healthy"),
        *[("70.0", "")] * 2,
        ("92.0", "on 18 dysarthric"),
    ]


def test_predictive_values_are_of_the_prevalences_stated(content: ReportContent) -> None:
    found = section(content, "operating-points")
    tables = found.tables[1:]
    assert "predictive_values.csv" in found.files
    assert [table.title.split("90")[1] for table in tables] == [
        "\u00a0% specificity",
        "\u00a0% sensitivity",
    ]
    for table in tables:
        shares = [name.replace("\u00a0", " ") for name in table.header[1:]]
        assert shares == [
            f"{name} where {share} % are dysarthric"
            for share in ("2.5", "30")
            for name in ("PPV", "NPV")
        ]
        for _, texts in table.rows:
            assert [text.value for text in texts] == ["12.5", "62.5", "40.0", "90.0"]
    assert "Precision, F1 and average precision are of this mix" in found.reading
    nothing = replace(content.analysis, predictive_values=pd.DataFrame())
    without = section(replace(content, analysis=nothing), "operating-points")
    assert len(without.tables) == 1
    assert "PPV" not in without.text + without.reading


def test_what_no_draw_changes_says_so_and_blames_no_number_of_speakers() -> None:
    content = build_content()
    values = content.analysis.predictive_values
    certain = values["measure"] == "ppv"
    values = values.assign(
        value=values["value"].mask(certain, 1.0),
        low=values["low"].mask(certain),
        high=values["high"].mask(certain),
    )
    slopes = content.analysis.calibration_slopes
    slopes = slopes.assign(low=np.nan, high=np.nan, reason="no interval: no line in many draws")
    changed = replace(content.analysis, predictive_values=values, calibration_slopes=slopes)
    content = replace(content, analysis=changed)
    _, texts = section(content, "operating-points").tables[1].rows[0]
    assert (texts[0].value, texts[0].interval) == ("100.0", "no interval: the same in every draw")
    assert texts[1].interval == "57.5 to 67.5"
    _, texts = section(content, "calibration").tables[1].rows[0]
    assert (texts[0].value, texts[0].interval) == ("0.800", "no interval: no line in many draws")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.60, 0.80, 0.89, 0.90], 4),  # exactly one point
        ([0.60, 0.80, 0.8899, 0.90], 8),
        ([0.90, 0.80, 0.895, 0.90], 4),  # near by chance with one
        ([0.90, 0.91, 0.90, 0.90], 1),
        ([0.90, np.nan, 0.90, 0.90], 4),
        ([0.90, 0.90, 0.90, np.nan], None),
    ],
)
def test_auroc_levels_off_where_it_stays_within_a_point(
    values: list[float], expected: int | None
) -> None:
    rows = pd.DataFrame({"n_recordings": [1, 2, 4, 8], "value": values})
    assert levels_off_at(rows) == expected


def test_reading_length_is_answered_under_its_chart(content: ReportContent) -> None:
    # The fake values are 0.6 + n / 50 of 1, 2, 4 and 6 recordings.
    found = section(content, "reading-length")
    assert "Baseline 6 of 6, LSTM-1 6 of 6, LSTM-2 6 of 6, Bi-LSTM-1 6 of 6. " in found.text
    assert found.tables == []
    (table,) = found.tables_below
    assert table.header[1:] == ["Baseline", "LSTM-1", "LSTM-2", "Bi-LSTM-1"]
    assert [name for name, _ in table.rows] == ["1", "2", "4", "6 (all)"]
    entry = table.rows[1][1][2]
    assert (entry.value, entry.interval) == ("64.0", "59.0 to 69.0")
    lengths = content.analysis.reading_length
    early = lengths.assign(
        value=lengths["value"].mask(
            (lengths["model"] == "lstm2")
            & (lengths["n_recordings"] >= 2)
            & (lengths["level"] == "speaker_soft_majority"),
            0.71,
        )
    )
    content = replace(content, analysis=replace(content.analysis, reading_length=early))
    assert "LSTM-1 6 of 6, LSTM-2 2 of 6" in section(content, "reading-length").text


def test_a_section_with_a_table_under_its_charts_alone_is_shown(content: ReportContent) -> None:
    found = section(content, "reading-length")
    assert Section("a", "A", "", ()).is_empty
    assert not Section("a", "A", "", (), tables_below=found.tables_below).is_empty


def test_calibration_has_slopes_and_says_where_there_is_no_line(content: ReportContent) -> None:
    slopes = content.analysis.calibration_slopes
    separated = (slopes["model"] == "lstm2") & slopes["measure"].ne("observed_expected")
    changed = slopes.assign(
        reason=np.where(separated, "perfectly separated", ""),
        value=slopes["value"].mask(separated),
        low=slopes["low"].mask(separated),
        high=slopes["high"].mask(separated),
    )
    content = replace(content, analysis=replace(content.analysis, calibration_slopes=changed))
    found = section(content, "calibration")
    assert "calibration_slopes.csv" in found.files
    table = found.tables[1]
    assert table.header[1:4] == [
        f"Single syllables: {name}" for name in ("slope", "intercept", "observed : expected")
    ]
    rows = dict(table.rows)
    assert [(text.value, text.interval) for text in rows["LSTM-1"]] == 2 * [
        ("0.800", "0.750 to 0.850"),
        ("0.300", "0.250 to 0.350"),
        ("0.900", "0.850 to 0.950"),
    ]
    assert [(text.value, text.note) for text in rows["LSTM-2"]] == 2 * [
        *[("–", "perfectly separated")] * 2,
        ("0.900", ""),
    ]


def test_prompts_are_ranked_and_drawn_by_their_shrunken_values(content: ReportContent) -> None:
    prompts = content.analysis.prompts
    single = prompts["grouping"] == "syllable"
    # Raw values rise with the alphabet, shrunken ones fall.
    place = prompts["group"].rank(method="dense")
    changed = prompts.assign(
        value=prompts["value"].mask(single, 0.5 + place / 100),
        shrunken=prompts["shrunken"].mask(single, 0.9 - place / 100),
        shrunken_low=prompts["shrunken_low"].mask(single, 0.8 - place / 100),
        shrunken_high=prompts["shrunken_high"].mask(single, 1.0 - place / 100),
    )
    content = replace(content, analysis=replace(content.analysis, prompts=changed))
    found = section(content, "prompts")
    assert "drawn towards the mean of all of them" in found.reading
    assert "all values are the same" in found.reading
    (forest,) = found.folded_charts
    assert forest.groups == ["a1", "ba", "bai", "gua", "ma", "zhi"]
    ranks = np.sort(place[single].unique())
    for points in forest.rows:
        np.testing.assert_allclose(points.values, 0.9 - ranks / 100)
        np.testing.assert_allclose(points.low, 0.8 - ranks / 100)
        np.testing.assert_allclose(points.high, 1.0 - ranks / 100)


def test_models_that_judge_whole_speakers_are_left_out_where_recordings_matter() -> None:
    content = build_content()
    cell = Cell("novel_speakers", "all", "mfcc13", "bilstm1")
    study = content.study
    (made,) = study.crossvalidations[cell]
    logit = made.test.groupby("speaker_id")["logit"].transform("first")
    judged = {**study.crossvalidations, cell: [replace(made, test=made.test.assign(logit=logit))]}
    tables = content.analysis
    without = {
        name: getattr(tables, name)[getattr(tables, name)["model"] != "bilstm1"]
        for name in ("prompts", "reading_length")
    }
    changed = replace(
        content,
        study=replace(study, crossvalidations=judged),
        analysis=replace(tables, **without),
    )
    said = "all recordings of a speaker get one and the same score: Bi-LSTM-1. "
    for name in ("prompts", "reading-length"):
        assert said in section(changed, name).text
        assert "Left out" not in section(content, name).text
    (forest,) = section(changed, "prompts").folded_charts
    # Bi-LSTM-1 has the highest AUROC.
    assert [points.visible for points in forest.rows] == [False, False, True]
    assert section(changed, "prompts").tables[0].header[1:] == ["Baseline", "LSTM-1", "LSTM-2"]
    assert len(section(changed, "subgroups").tables[0].header) == 5


def test_sections_say_where_no_fold_tests_both_classes() -> None:
    content = build_content()
    alone = {
        cell: [
            replace(it, test=it.test.assign(fold=it.test["speaker_id"].str[1:].astype(int)))
            for it in repeats
        ]
        for cell, repeats in content.study.crossvalidations.items()
    }
    changed = replace(content, study=replace(content.study, crossvalidations=alone))
    for name in ("subgroups", "prompts", "reading-length"):
        said = "so scores of different models are pooled; that AUROC is biased low"
        assert said in section(changed, name).text
        assert said not in section(content, name).text


def test_severity_is_of_patients_only(content: ReportContent) -> None:
    found = section(content, "severity")
    assert found.text.startswith("Patients only.")
    assert "patients only" in found.tables[0].title


def test_pairs_are_in_the_papers_order_with_signs_to_match() -> None:
    numbers = ["auroc", "other_auroc", "difference", "low", "high", "p_value"]
    pairs = pd.DataFrame(
        [
            ["baseline", "bilstm1", 0.6, 0.8, -0.2, -0.3, 0.1, 0.04],
            ["bilstm1", "lstm1", 0.8, 0.7, 0.1, -0.05, 0.25, 0.5],
        ],
        columns=["model", "other", *numbers],
    )
    turned = in_paper_order(pairs)
    pd.testing.assert_series_equal(turned.iloc[0], pairs.iloc[0])
    assert list(turned.loc[1, ["model", "other"]]) == ["lstm1", "bilstm1"]
    assert list(turned.loc[1, numbers]) == [0.7, 0.8, -0.1, -0.25, 0.05, 0.5]


def test_what_could_be_found_is_unknown_of_models_that_rank_alike(content: ReportContent) -> None:
    pairs = content.analysis.comparisons
    alike = pairs.assign(detectable=pairs["detectable"].mask(pairs["other"] == "lstm2", 0.0))
    changed = replace(content, analysis=replace(content.analysis, comparisons=alike))
    found = {name: row[-1].value for name, row in section(changed, "comparisons").tables[0].rows}
    assert found["LSTM-1 and LSTM-2"] == "–"
    assert found["Baseline and LSTM-1"] == "14.0"


@pytest.mark.parametrize("name", ["subgroups", "prompts", "reading-length"])
def test_sections_say_why_they_are_empty_where_no_fold_tests_both_classes(
    name: str, content: ReportContent
) -> None:
    table = name.replace("-", "_")
    rows = getattr(content.analysis, table)
    nothing = rows.assign(value=np.nan, low=np.nan, high=np.nan)
    for values, is_said in ((rows, False), (nothing, True)):
        analysis = replace(content.analysis, **{table: values})
        text = section(replace(content, analysis=analysis), name).text
        assert ("no fold tests both classes" in text) == is_said


def test_alphabetical_pairs_are_shown_as_the_paper_orders_models() -> None:
    content = build_content()
    # As the analysis has them: turned back from the paper's order.
    pairs = content.analysis.comparisons
    of_bilstm = pairs["other"].eq("bilstm1") & pairs["model"].ne("baseline")
    alphabetical = pairs.assign(
        model=pairs["other"].where(of_bilstm, pairs["model"]),
        other=pairs["model"].where(of_bilstm, pairs["other"]),
        auroc=pairs["other_auroc"].where(of_bilstm, pairs["auroc"]),
        other_auroc=pairs["auroc"].where(of_bilstm, pairs["other_auroc"]),
        difference=pairs["difference"].mask(of_bilstm, -pairs["difference"]),
        low=pairs["low"].mask(of_bilstm, -pairs["high"]),
        high=pairs["high"].mask(of_bilstm, -pairs["low"]),
    )
    changed = replace(content, analysis=replace(content.analysis, comparisons=alphabetical))
    assert section(changed, "comparisons") == section(content, "comparisons")


def test_groups_too_small_for_an_interval_say_so_and_have_no_whisker(
    content: ReportContent,
) -> None:
    groups = content.analysis.subgroups
    small = groups["group"] == "male"
    groups = groups.assign(low=groups["low"].mask(small), high=groups["high"].mask(small))
    changed = replace(content, analysis=replace(content.analysis, subgroups=groups))
    found = section(changed, "subgroups")
    name, texts = found.tables[0].rows[1]
    assert name.startswith("gender: male")
    assert {(text.value, text.interval) for text in texts} == {("80.0", "too few speakers")}
    for trace in draw(found.charts[0], STYLES).data[1:]:
        assert trace["x"] == [0.8] * 4
        assert trace["error_x"]["array"] == [0.05, None, 0.05, 0.05]
        assert trace["error_x"]["arrayminus"] == [0.05, None, 0.05, 0.05]
