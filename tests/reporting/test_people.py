"""Who was missed: tables against loops, words, and what the page's script is given."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from people_contents import CELLS, page_of, people
from report_contents import build_content

from dysarthria_lightning.evaluation.analysis import analyse
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting import folder as report_folder
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.folder import data_tables, write_report
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.people import people_tables
from dysarthria_lightning.reporting.render.people_page import people_part


def shown(content: ReportContent) -> dict[str, Any]:
    part = people_part(content)
    assert part is not None
    return part


def data_of(content: ReportContent) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(shown(content)["json"])
    return data


@pytest.fixture(scope="module")
def several() -> ReportContent:
    """Twelve people, three repeats."""
    content = people(12, repeats=3)
    return replace(content, analysis=analyse(content.study, draws=30))


def test_tables_hold_what_a_loop_over_predictions_finds(several: ReportContent) -> None:
    tables = people_tables(several)
    speakers = tables["speakers.csv"].set_index(["model", "speaker_id"])
    recordings = tables["recordings.csv"].set_index(["model", "recording_id"])
    assert len(speakers) == 2 * 12
    assert len(recordings) == 2 * 48
    for cell in CELLS:
        scores: dict[str, list[float]] = {}
        added: dict[str, list[float]] = {}
        heard: dict[str, list[float]] = {}
        for repeat in several.study.crossvalidations[cell]:
            for person, its in repeat.test.groupby("speaker_id"):
                p = dict(zip(its["recording_id"], its["probability"], strict=True))
                score = sum(p.values()) / len(p)
                scores.setdefault(str(person), []).append(score)
                for name in p:
                    others = [value for key, value in p.items() if key != name]
                    added.setdefault(name, []).append(score - sum(others) / len(others))
                    heard.setdefault(name, []).append(p[name])
        means = {person: float(np.mean(values)) for person, values in scores.items()}
        for person, values in scores.items():
            row = speakers.loc[(cell.model, person)]
            assert row["score"] == pytest.approx(means[person])
            assert (row["smallest"], row["largest"]) == pytest.approx((min(values), max(values)))
            assert row["called_dysarthric"] == (means[person] > 0.5)
            assert (row["repeats"], row["threshold"], row["n_recordings"]) == (3, 0.5, 4)
            assert row["repeats_called"] == sum(value > 0.5 for value in values)
            assert row["rank"] == 1 + sum(other > means[person] for other in means.values())
        for name in added:
            row = recordings.loc[(cell.model, name)]
            assert row["contribution"] == pytest.approx(np.mean(added[name]))
            assert row["probability"] == pytest.approx(np.mean(heard[name]))
            assert row["syllable"] in ("s0", "s1", "s2")


def test_the_page_shows_what_the_tables_hold(several: ReportContent) -> None:
    data = data_of(several)
    tables = people_tables(several)
    speakers = tables["speakers.csv"].set_index(["model", "speaker_id"])
    recordings = tables["recordings.csv"].set_index(["model", "recording_id"])
    names = {"LSTM-1": "lstm1", "Baseline": "baseline"}
    for number, model in enumerate(data["models"]):
        for place, person in enumerate(data["ids"]):
            row = speakers.loc[(names[model["name"]], person)]
            for name in ("score", "smallest", "largest"):
                assert model[name][place] == pytest.approx(row[name], abs=5.1e-4)
            assert model["called"][place] == int(row["called_dysarthric"])
            encoded = data["p"][number][place]
            ends = zip(encoded[::2], encoded[1::2], strict=True)
            for rest, two in zip(data["recordings"][place], map("".join, ends), strict=True):
                of_recording = recordings.loc[
                    (names[model["name"]], data["prefixes"][place] + rest)
                ]
                assert int(two, 36) / 1000 == pytest.approx(of_recording["probability"], abs=5.1e-4)


def test_words_and_table_have_the_counts_of_the_analysis(several: ReportContent) -> None:
    part, rows = shown(several), several.analysis.confusion
    best = part["models"][0]
    row = rows[(rows["model"] == {"LSTM-1": "lstm1"}.get(best, "baseline"))].iloc[0]
    assert (
        f"{best}, people called dysarthric above probability 0.5: of 6 people" in part["sentence"]
    )
    assert f"({row['found_smallest']:.0f} to {row['found_largest']:.0f}) w" in part["sentence"]
    assert f"sensitivity of {100 * row['sensitivity_value']:.1f}" in part["sentence"]
    assert "Everybody counts once in each of 3 repeats" in part["of_repeats"]
    tables = (*part["tables"], *part["other_tables"])
    assert [len(table.rows) for table in tables] == [3, 3]
    anchors = [{text.anchor for _, its in table.rows for text in its} for table in tables]
    assert sorted(map(sorted, anchors)) == sorted([paper.cell_anchor(cell)] for cell in CELLS)


def test_one_repeat_is_said_in_whole_people() -> None:
    content = people(20)
    content = replace(content, analysis=analyse(content.study, draws=30))
    part = shown(content)
    found = next(iter(content.analysis.confusion.to_dict("records")))
    assert part["of_repeats"] == ""
    first = content.analysis.confusion
    best = first[first["model"] == ("lstm1" if part["models"][0] == "LSTM-1" else "baseline")]
    found = best.iloc[0]
    n, alarms = int(found["found"]), int(found["false_alarms"])
    assert f"of 10 people with dysarthria {n} w" in part["sentence"]
    assert f"{10 - n} w" in part["sentence"]
    assert f"of 10 healthy people {alarms} w" in part["sentence"]
    missed = part["first"]["lists"][0]
    assert missed.startswith("Missed: nobody" if n == 10 else f"Missed ({10 - n}): ")


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (1, "no healthy person was tested, so there could be no false alarm"),
        (0, "nobody with dysarthria was tested, so nobody could be missed"),
    ],
)
def test_a_class_that_is_not_there_is_said(label: int, said: str) -> None:
    content = people(8, label=label)
    content = replace(content, analysis=analyse(content.study, draws=20))
    assert said in shown(content)["sentence"]
    assert "nan" not in shown(content)["sentence"]


def test_a_thousand_people_leave_room_for_some_recordings() -> None:
    part = shown(people(1000, per_person=32))
    assert "highest and the" in part["kept"]
    assert len(part["json"]) < 500_000
    data = json.loads(part["json"])
    assert len(data["p"]) == 1
    assert 0 < len(data["p"][0][0]) < 64
    assert "and" in part["first"]["lists"][0]


def test_six_models_of_seventy_people_fit() -> None:
    models = ("lstm1", "lstm2", "bilstm1", "baseline", "functionals", "demographics")
    cells = tuple(Cell("novel_speakers", "all", "mfcc13", model) for model in models)
    part = shown(people(70, per_person=90, cells=cells))
    assert part["kept"] == ""
    assert len(part["json"]) < 300_000


def test_more_models_than_fit_show_recordings_of_the_best_alone() -> None:
    cells = tuple(Cell("novel_speakers", "all", "mfcc13", f"m{n}") for n in range(12))
    part = shown(people(150, per_person=68, cells=cells))
    assert "only, so that the page stays small" in part["kept"]
    assert len(json.loads(part["json"])["p"]) == 1


def test_what_a_corpus_does_not_say_is_not_shown() -> None:
    part = shown(people(12, gender=None, age=np.nan, severity=np.nan, syllable=None))
    assert not part["sexes"]
    assert not part["severities"]
    data = json.loads(part["json"])
    assert data["age"] == [None] * 12
    assert data["prompts"] == []
    assert shown(people(12, gender="female"))["sexes"]


def test_ids_cannot_leave_the_data() -> None:
    ids = {0: "</script><b>", 1: "\"quoted\" 'id'", 2: "Zoë 说话人", 3: "&lt;\u2028"}
    content = people(8, ids=ids)
    text = page_of(content)
    assert "</script><b>" not in text
    assert set(ids.values()) <= set(data_of(content)["ids"])


def test_a_score_that_is_not_defined_is_said() -> None:
    content = people(12)
    repeats = {
        cell: [
            replace(it, test=it.test.assign(logit=it.test["logit"].where(it.test.index != 4)))
            for it in its
        ]
        for cell, its in content.study.crossvalidations.items()
    }
    content = replace(content, study=replace(content.study, crossvalidations=repeats))
    data = data_of(content)
    model = data["models"][0]
    assert model["score"][1] is None
    assert model["called"][1] is None
    assert model["lists"][-1] == "Without a score (1): P0001."
    assert data["p"][0][1].count("--") == 1
    row = people_tables(content)["speakers.csv"].iloc[1]
    assert pd.isna(row["called_dysarthric"])
    assert pd.isna(row["rank"])


def test_the_page_leaves_out_the_folder_that_all_recordings_are_in() -> None:
    paths = [f"/home/me/clinic/P{n // 4:04d}/r{n % 4}.wav" for n in range(48)]
    content = people(12, recording_id=paths)
    data = data_of(content)
    names = [data["prefixes"][n] + it for n, its in enumerate(data["recordings"]) for it in its]
    assert sorted(names) == [it.removeprefix("/home/me/clinic/") for it in paths]
    assert set(people_tables(content)["recordings.csv"]["recording_id"]) == set(paths)


def test_a_quick_profile_shows_nobody(several: ReportContent) -> None:
    part = shown(replace(several, profile="quick"))
    assert "numbers mean nothing" in part["instead"]
    assert "json" not in part


def test_nothing_is_shown_without_new_speakers() -> None:
    content = build_content(())
    assert people_part(content) is None
    assert list(data_tables(content)["speakers.csv"].columns)[4:6] == ["speaker_id", "label"]


def test_the_command_names_the_model_of_this_cross_validation(several: ReportContent) -> None:
    command = shown(replace(several, outputs_dir=Path("my runs")))["command"]
    if shown(several)["models"][0] == "Baseline":  # scores a recording as a whole
        assert command == ""
        return
    assert command == (
        "python -m dysarthria_lightning.predict "
        "'model=my runs/runs/tones/novel_speakers/split0/all/mfcc13/lstm1/seed0' "
        "recordings=FOLDER plots=true"
    )


def test_all_tables_are_in_one_file_without_its_time(
    several: ReportContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_folder, "save_figure", lambda *_: None)
    mark = '<meta name="generator" content="dysarthria_lightning">'
    monkeypatch.setattr(report_folder.page, "render_page", lambda *_: mark)
    folder = write_report(tmp_path / "report", several).parent
    with zipfile.ZipFile(folder / "tables.zip") as archive:
        assert {it.date_time for it in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        packed = {name: archive.read(name) for name in archive.namelist()}
    on_disk = {f"tables/{it.name}": it.read_bytes() for it in (folder / "tables").iterdir()}
    assert packed == on_disk
    assert {"tables/speakers.csv", "tables/recordings.csv", "tables/confusion.csv"} <= set(packed)
