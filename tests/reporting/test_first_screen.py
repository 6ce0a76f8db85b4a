"""The first screen: lights, the forest plot and the flow of people."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_people import CELL, content_of
from report_contents import build_content
from test_audits import FILES, audited
from test_page import Page, render
from test_summary import SOFT, with_references

from dysarthria_lightning.data.flow import FLOW_COLUMNS
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.first_screen import first_screen
from dysarthria_lightning.reporting.flow_of_people import flow_of_people
from dysarthria_lightning.reporting.folder import data_tables
from dysarthria_lightning.reporting.forest import forest
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.render.forest_plot import draw_forest
from dysarthria_lightning.reporting.trust import Answered

HARDLY = ("the median of 2 folds was tested after 1 epoch", "Train longer.")


def asked(content: ReportContent) -> dict[str, Answered]:
    return {it.key: it for it in first_screen(content).questions}


def box(content: ReportContent, key: str) -> tuple[str, ...]:
    flow = flow_of_people(content)
    (found,) = [it for it in (*flow.steps, *flow.parts) if it.key == key]
    return found.people, *found.classes, found.recordings


# The forest plot.


def test_the_forest_has_the_numbers_of_the_table_of_metrics() -> None:
    content = with_references("demographics", "lstm1", "other", "functionals", lstm1=0.9)
    metrics = data_tables(content)["metrics.csv"]
    metrics = metrics[(metrics["level"] == SOFT) & (metrics["metric"] == WITHIN_FOLDS)]
    found = forest(content)
    assert found is not None
    names = ["LSTM-1", "other", "Functionals (reference)", "Demographics (reference)"]
    assert [row.name for row in found.rows] == names
    assert [row.is_reference for row in found.rows] == [False, False, True, True]
    drawn, table = draw_forest(found), dict(found.table().rows)
    # Where 0 and 1 are follows from two ticks.
    (x0, low), (x1, high) = drawn.ticks[0], drawn.ticks[-1]
    per_cent = (x1 - x0) / (int(high) - int(low))
    for row, model in zip(drawn.rows, ("lstm1", "other", *paper.REFERENCES), strict=True):
        (it,) = metrics[metrics["model"] == model].to_dict("records")
        ends = [100 * it[name] for name in ("value", "low", "high", "chance_low", "chance_high")]
        assert row.interval is not None
        assert row.chance is not None
        xs = [row.x, row.interval[0], sum(row.interval), row.chance[0], sum(row.chance)]
        back = [int(low) + (x - x0) / per_cent for x in xs]
        assert back == pytest.approx(ends, abs=0.03)
        value, start, end, *chance = (f"{end:.1f}" for end in ends)
        assert row.numbers == f"{value} ({start}–{end})"
        assert [text.value for text in table[row.name]] == [
            *(value, f"{start}–{end}", "–".join(chance))
        ]
        assert f"{row.name} {value} %, 95 % interval {start}–{end}" in drawn.description


def test_everything_is_within_the_drawing() -> None:
    content = with_references("lstm1", "functionals", lstm1=0.05, functionals=0.99)
    metrics = content.analysis.metrics.assign(high=1.0)
    found = forest(replace(content, analysis=replace(content.analysis, metrics=metrics)))
    assert found is not None
    drawn = draw_forest(found)
    for row in drawn.rows:
        assert row.interval is not None
        assert min(row.x, row.interval[0]) > 0
        assert max(row.x, sum(row.interval)) < 100
    assert [label for _, label in drawn.ticks] == ["0", "20", "40", "60", "80", "100"]


def test_a_model_without_interval_or_chance_has_its_marker_alone() -> None:
    content = with_references("lstm1", "a" * 80, lstm1=0.9)
    nothing = dict.fromkeys(("low", "high", "chance_low", "chance_high"), np.nan)
    metrics = content.analysis.metrics.assign(**nothing)
    found = forest(replace(content, analysis=replace(content.analysis, metrics=metrics)))
    assert found is not None
    first, second = draw_forest(found).rows
    assert (first.interval, first.chance) == (None, None)
    assert first.numbers == "90.0 (no interval)"
    assert len(second.name) < 30
    assert found.table().rows[1][0] == "a" * 80
    assert found.table().rows[0][1][1].value == "too few speakers"


def test_nothing_is_drawn_where_nothing_is_defined(content: ReportContent) -> None:
    assert forest(build_content(cells=())) is None
    metrics = content.analysis.metrics.assign(value=np.nan)
    undefined = replace(content, analysis=replace(content.analysis, metrics=metrics))
    assert forest(undefined) is None


# Who was tested.


def test_those_who_only_validate_are_never_tested() -> None:
    content = content_of(6, 6, validating=2)
    flow = flow_of_people(content)
    assert flow.said == "2 of 12 people (4 of 24 recordings) only validate and are never tested."
    assert flow.everybody is False
    assert asked(content)["everybody"].state == "doubt"
    (repeat,) = content.study.crossvalidations[CELL]
    labels = repeat.validation.drop_duplicates("speaker_id")["label"]
    n_dysarthric = int(labels.sum())
    assert box(content, "usable") == (
        *("12 people", "6 with dysarthria", "6 without", "24 recordings"),
    )
    assert box(content, "validation") == (
        *("2 people", f"{n_dysarthric} with dysarthria", f"{2 - n_dysarthric} without"),
        "4 recordings",
    )
    assert box(content, "tested") == (
        *("10 people", f"{6 - n_dysarthric} with dysarthria", f"{4 + n_dysarthric} without"),
        "20 recordings",
    )
    # Of 10, folds of 4, 3 and 3 are tested.
    assert box(content, "training")[0] == "6 to 7 people"
    assert box(content, "training")[-1] == "12 to 14 recordings"


def test_other_partitions_test_those_who_validated() -> None:
    content = content_of(4, 4, repeats=6, validating=2)
    flow = flow_of_people(content)
    assert (
        flow.said
        == "In each repeat 2 of 8 people only validate; over 6 repeats everybody is tested."
    )
    assert flow.everybody
    assert "in each of 6 repeats" in flow.parts[-1].note


def test_folds_that_validate_in_turn_test_everybody() -> None:
    content = content_of(6, 6)
    assert flow_of_people(content).said == "All 12 people are tested."
    assert asked(content)["everybody"].word == "Yes"
    for key, people in (("training", "4 people"), ("validation", "4 people"), ("tested", "12 peo")):
        assert box(content, key)[0].startswith(people)


def test_a_thousand_people_are_counted() -> None:
    content = content_of(600, 400, folds=10, validating=130)
    flow = flow_of_people(content)
    assert flow.said.startswith("130 of 1,000 people (260 of 2,000 recordings) only validate")
    assert box(content, "tested")[0] == "870 people"
    assert box(content, "training")[0] == "783 people"


def test_one_person_is_no_people() -> None:
    flow = flow_of_people(content_of(2, 1, folds=2, validating=1))
    assert flow.said == "1 of 3 people (2 of 6 recordings) only validates and is never tested."
    assert flow.parts[1].people == "1 person"


def test_who_was_left_out_and_why_stands_between_listed_and_usable() -> None:
    rows = [
        *(("listed", "", None, 14, 30), ("listed", "", 0, 7, 15), ("listed", "", 1, 7, 15)),
        ("not counted", "speakers with both labels", None, 3, None),
        ("left out", "too long", None, 2, 5),
        ("left out", "<no> audio", None, None, 1),
        ("usable", "", None, 12, 24),
    ]
    flow = pd.DataFrame(rows, columns=FLOW_COLUMNS)
    flow = flow.astype(dict.fromkeys(FLOW_COLUMNS[2:], "Int64"))
    content = replace(content_of(6, 6), flow=flow)
    found = flow_of_people(content)
    assert box(content, "listed") == (
        *("14 people", "7 with dysarthria", "7 without", "30 recordings"),
    )
    assert found.left_out == [
        "5 recordings of 2 people left out: too long",
        "1 recording left out: <no> audio",
        "3 people not listed: speakers with both labels",
        "2 people have no usable recording",
    ]
    many = pd.concat([flow, *[flow[flow["reason"] == "too long"]] * 5])
    assert flow_of_people(replace(content, flow=many)).left_out[4:] == [
        "11 recordings left out for 4 other reasons",
        "2 people have no usable recording",
    ]
    of_all = flow[flow["label"].isna()].assign(n_speakers=pd.NA)
    assert box(replace(content, flow=of_all), "listed") == ("30 recordings", "")
    sound = flow[~flow["step"].isin(["not counted", "left out"])].replace({14: 12, 7: 6})
    (step,) = flow_of_people(replace(content, flow=sound)).steps
    assert step.title == "Listed, all usable"


def test_segments_are_told_from_the_recordings_they_were_cut_from() -> None:
    content = content_of(6, 6)
    recordings = content.study.recordings
    cut = recordings.assign(source_id=recordings["speaker_id"])
    rows = [("listed", "", None, 12, 12), ("listed", "", 0, 6, 6), ("listed", "", 1, 6, 6)]
    flow = pd.DataFrame([*rows, ("usable", "", None, 12, 12)], columns=FLOW_COLUMNS)
    content = replace(content, study=replace(content.study, recordings=cut), flow=flow)
    assert box(content, "usable")[-1] == "12 recordings, cut into 24 segments"
    assert box(content, "tested")[-1] == "24 segments"


# The lights.


@pytest.mark.parametrize(("repeats", "state"), [(1, "bad"), (3, "doubt"), (5, "good")])
def test_the_repeats_are_those_of_the_result_that_is_told(repeats: int, state: str) -> None:
    content = build_content(
        cells=(CELL, paper.NOVEL_CELLS[2]), asked=(), command_for_repeats="reproduce repeats=5"
    )
    study = content.study.crossvalidations
    best, other = sorted(study, key=lambda cell: cell.model == "lstm1")
    study = {best: study[best] * repeats, other: study[other] * 5}
    content = replace(content, study=replace(content.study, crossvalidations=study))
    found = asked(content)["more-repeats"]
    assert found.state == state
    assert found.text.startswith(f"LSTM-2: {repeats} ")
    assert bool(found.command) == (state != "good")
    # Asked for, and not finished.
    asked_for = replace(content, command_for_repeats="", repeats=5, command="reproduce")
    assert asked(asked_for)["more-repeats"].command == ("" if state == "good" else "reproduce")


def test_hardly_trained_networks_are_red_where_the_result_is_one() -> None:
    content = with_references("lstm1", "lstm2", "functionals", lstm1=0.9)
    other = replace(CELL, model="lstm2")
    assert asked(content)["trained"].word == "Yes"
    doubt = asked(replace(content, hardly_trained={other: HARDLY}))["trained"]
    assert (doubt.state, doubt.advice) == ("doubt", "Train longer.")
    assert doubt.text.startswith("Of 3 results 1 is of a network that was tested early")
    assert [anchor for anchor, _, _ in doubt.cells] == [paper.cell_anchor(other)]
    bad = asked(replace(content, hardly_trained={CELL: HARDLY, other: HARDLY}))["trained"]
    assert bad.state == "bad"
    silent = replace(content, runs=content.runs.assign(epoch_tested=None))
    assert asked(silent)["trained"].word == "Not known"


def test_a_reference_is_there_or_is_missed() -> None:
    there = asked(with_references("lstm1", "functionals", functionals=0.8))["reference"]
    assert (there.word, there.text) == ("Yes", "Means and SDs of the features: AUROC 80.0 %.")
    assert asked(with_references("lstm1"))["reference"].word == "No"
    alone = asked(with_references("functionals"))
    assert {alone["reference"].word, alone["trained"].word} == {"Not known"}


def test_what_is_not_known_is_grey_with_words() -> None:
    lights = asked(build_content(cells=()))
    assert {it.state for it in lights.values()} == {"unknown"}
    assert all(it.text and it.word == "Not known" for it in lights.values())


# The page.


def header(page: str) -> str:
    return page[page.index("<header>") : page.index("<nav")]


def test_the_page_shows_lights_with_words_and_drawings_with_descriptions(tmp_path: Path) -> None:
    content = with_references("lstm1", "functionals", lstm1=0.9, functionals=0.8)
    whole = render(replace(content, audits={CELL: audited(FILES)}), tmp_path)
    first = header(whole)
    page = Page(first)
    icons = [a for a in page.attributes("svg") if a.get("class") == "icon"]
    assert len(icons) == 5
    assert all(icon["aria-hidden"] == "true" for icon in icons)
    # Never a colour alone: a word stands behind each light.
    assert re.findall(r'<span class="\w+"><svg class="icon".*?</svg> (.*?)</span>', first) == [
        *("Yes", "No", "Yes", "Yes"),
    ]
    (drawing,) = [a for a in page.attributes("svg") if a.get("role") == "img"]
    assert "LSTM-1 90.0 %, 95 % interval 88.0–92.0" in str(drawing["aria-label"])
    assert "viewBox" not in drawing
    assert 'id="forest-title"' in first
    assert 'class="skip" href="#summary"' in whole


@pytest.mark.parametrize("there", ["lstm1", "functionals"])
def test_the_key_of_the_forest_names_what_is_drawn(there: str, tmp_path: Path) -> None:
    first = header(render(with_references(there), tmp_path))
    assert ("</svg> simple reference</span>" in first) == (there == "functionals")
    assert ("</svg> network, with" in first) == (there == "lstm1")


def test_a_quick_profile_shows_no_number_of_a_result(tmp_path: Path) -> None:
    content = with_references("lstm1", "functionals", lstm1=0.9173)
    content = replace(content, profile="quick", audits={CELL: audited(FILES)})
    page = render(content, tmp_path)
    first = header(page)
    assert "91.7" not in first
    for said in ("AUROC", "Audit", 'class="light"', 'role="img"', "ranks first"):
        assert said not in first
    assert "its numbers mean nothing" in first
    summary = page[page.index('<section id="summary"') : page.index('<section id="tables"')]
    assert "91.7" not in summary


def test_hostile_names_are_shown_and_not_run(tmp_path: Path) -> None:
    hostile = '"><script>alert("x")</script>{{ 7 * 7 }}%'
    content = with_references("lstm1", hostile, lstm1=0.9)
    content = replace(content, corpus=hostile, command_for_repeats=hostile)
    first = header(render(content, tmp_path))
    page = Page(first)
    assert page.attributes("script") == []
    assert "{{ 7 * 7 }}" in page.text["strong"]
    (drawing,) = [a for a in page.attributes("svg") if a.get("role") == "img"]
    assert hostile in str(drawing["aria-label"])


def test_people_of_whom_little_is_known_have_a_first_screen(tmp_path: Path) -> None:
    content = content_of(6, 6, validating=2)
    page = Page(header(render(content, tmp_path)))
    assert {"answer", "forest", "flow", "everybody", "more-repeats"} <= set(page.ids())
    one_sex = content.study.recordings.assign(gender="female")
    study = replace(content.study, recordings=one_sex)
    assert first_screen(replace(content, study=study)) == first_screen(content)
