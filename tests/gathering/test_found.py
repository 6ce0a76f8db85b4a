"""A page on everything that is finished beside a model, with or without its recordings."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from test_report import finish, repeat_of, with_data

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.members import default_model
from dysarthria_lightning.data.preparation import corpus_key, prepare_corpus
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.gathering.found import content_of, find_study, report_folder
from dysarthria_lightning.gathering.listing import list_crossvalidations
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.listing import listing_table
from dysarthria_lightning.reporting.paper.texts import paper_text_tables
from dysarthria_lightning.reporting.render.listing import write_listing
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import write_config

WORDS = ["data=manifest", "model=lstm1"]


@pytest.fixture
def folds(tone_config: Callable[..., Config]) -> list[Config]:
    return [tone_config(f"fold={fold}") for fold in range(3)]


def finish_model(
    folds: list[Config], model: str, content: str, repeats: tuple[int, ...] = (0,)
) -> list[Path]:
    of_model = [it.model_copy(update={"model": default_model(model)}) for it in folds]
    configs = [repeat_of(it, number) for number in repeats for it in of_model]
    folders = [finish(config, content) for config in configs]
    for config, folder in zip(configs, folders, strict=True):
        write_config(config, folder)
    return folders


def report(config: Config, key: str | None = None) -> ReportContent:
    study = find_study(config, WORDS, key, one_repeat=False)
    return content_of(study, "report", [0.1], recordings_there=key is not None)


def asked(folds: list[Config]) -> Config:
    return folds[0].model_copy(update={"model": default_model("lstm1")})


def test_all_models_of_the_same_content_and_settings_are_on_the_page(folds: list[Config]) -> None:
    key = prepare_corpus(folds[0]).key
    finish_model(folds, "lstm1", key, (0, 1))
    finish_model(folds, "functionals", key)
    finish_model(folds, "demographics", "another state")
    other = [it.model_copy(update={"model": default_model("lstm2")}) for it in folds]
    for config in other:
        slower = {"trainer": config.trainer.model_copy(update={"learning_rate": 0.5})}
        write_config(config, finish(config.model_copy(update=slower), key))
    content = report(asked(folds), key)
    assert [run.model for run in content.configs] == ["lstm1", "functionals"]
    assert {cell.model: len(its) for cell, its in content.study.crossvalidations.items()} == {
        "lstm1": 2,
        "functionals": 1,
    }
    assert content.repeats == 2
    assert (content.runs["state"] == "finished").all()
    said = "\n".join(content.notes)
    assert "demographics is left out" in said
    assert "corpus.content: another state there" in said
    assert "lstm2 is left out" in said
    assert "trainer.learning_rate: 0.5 there" in said
    assert set(content.study.recordings["gender"]) == {"female", "male"}
    assert content.flow is not None
    # What trains the folds again names the model of each.
    commands = content.runs.set_index("model")["command"]
    assert commands.loc["functionals"].str.contains("model=functionals").all()
    assert commands.loc["functionals"].str.contains("fold=").all()


def test_without_recordings_the_feature_store_tells_who_they_are(folds: list[Config]) -> None:
    key = prepare_corpus(folds[0]).key
    finish_model(folds, "lstm1", key)
    nameless = with_data(asked(folds), manifest=None, name="tones")
    content = report(nameless)
    assert content.corpus_key == key
    assert content.study.recordings["age"].notna().all()
    # Nor the store: then what predictions say.
    shutil.rmtree(Path(folds[0].outputs_dir) / "features")
    bare = report(nameless)
    assert bare.flow is None
    assert bare.study.recordings["age"].isna().all()
    test = bare.study.crossvalidations[Cell("novel_speakers", "all", "mfcc13", "lstm1")][0].test
    assert set(bare.study.recordings["speaker_id"]) == set(test["speaker_id"])
    pd.testing.assert_frame_equal(bare.analysis.metrics, content.analysis.metrics)
    assert len(paper_text_tables(bare)) == 3


def test_a_model_of_which_nothing_is_finished_is_an_error(folds: list[Config]) -> None:
    finish_model(folds, "functionals", "content")
    with pytest.raises(RunError, match="missing or unfinished"):
        find_study(asked(folds), WORDS, None, one_repeat=False)


def test_strangers_folders_are_named_and_stop_nothing(folds: list[Config]) -> None:
    key = str(corpus_key(folds[0]))
    finish_model(folds, "lstm1", key)
    (broken,) = finish_model(folds[:1], "functionals", key)
    (broken / layout.CONFIG).write_text("no: settings", encoding="utf-8")
    copied = broken.parents[2] / "gru" / "seed0" / "fold0"
    shutil.copytree(layout.run_folder(asked(folds)), copied)
    study = find_study(asked(folds), WORDS, key, one_repeat=False)
    assert {run.cell.model for run in study.runs} == {"lstm1"}
    assert any("functionals is left out" in note for note in study.notes)
    assert any("it is of lstm1, by its settings" in note for note in study.notes)


def test_pages_of_settings_repeats_and_variants_lie_apart(folds: list[Config]) -> None:
    config = asked(folds)
    others = [
        config,
        config.model_copy(update={"tag": "mine"}),
        config.model_copy(update={"n_mfcc": 19}),
    ]
    folders = [report_folder(it, one_repeat=False) for it in others]
    folders += [report_folder(repeat_of(config, number), one_repeat=True) for number in (0, 3)]
    assert len(set(folders)) == 5
    reproduced = Path(config.outputs_dir) / "report"
    assert not any(it.is_relative_to(reproduced) for it in folders)
    # Writing a page replaces its folder, so none may lie within another.
    assert not any(a != b and a.is_relative_to(b) for a in folders for b in folders)


def test_everything_on_disk_is_listed_with_the_command_that_reports_on_it(
    folds: list[Config], tmp_path: Path
) -> None:
    outputs = Path(folds[0].outputs_dir)
    key = str(corpus_key(folds[0]))
    finish_model(folds, "lstm1", key, (0, 1))
    unfinished = finish_model(folds, "functionals", key)
    (unfinished[1] / layout.RUN).unlink()
    stranger = outputs / "runs" / "theirs" / "x"
    stranger.mkdir(parents=True)
    (stranger / layout.RUN).write_text("{", encoding="utf-8")
    page = report_folder(asked(folds), one_repeat=False) / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("a page", encoding="utf-8")
    listing = list_crossvalidations(outputs, [f"outputs_dir={outputs}"])
    functionals, lstm1 = listing.rows
    assert (lstm1.finished, lstm1.begun, lstm1.n_speakers) == (2, 2, 36)
    assert (functionals.finished, functionals.begun, functionals.n_speakers) == (0, 1, None)
    content = report(asked(folds), key)
    expected = content.metric(lstm1.cell, "speaker_soft_majority", "auroc_within_folds")
    assert expected is not None
    assert lstm1.auroc == tuple(expected[end] for end in ("value", "low", "high"))
    assert lstm1.date == "2026-01-02"
    for word in ("data=manifest", f"data.manifest={folds[0].data.manifest}", "protocol.folds=3"):
        assert word in lstm1.command
    assert "model=functionals" in functionals.command
    assert any(str(stranger) in note for note in listing.notes)
    table = listing_table(listing)
    assert [name.split(" ")[0] for name, _ in table.rows] == ["1", "2"]
    text = write_listing(outputs / "reports", listing).read_text(encoding="utf-8")
    href = page.relative_to(outputs / "reports").as_posix()
    assert text.count(f'<a href="{href}">page</a>') == 1
    assert lstm1.auroc_text in text


def test_permuted_labels_and_models_of_all_speakers_are_no_rows_like_others(
    folds: list[Config],
) -> None:
    finish_model(folds, "lstm1", "content")
    finish_model([with_data(it, permuted_labels=1) for it in folds], "lstm1", "content")
    one = layout.run_folder(asked(folds))
    shutil.copytree(one, one.with_name("all_speakers"))
    listing = list_crossvalidations(Path(folds[0].outputs_dir), [])
    assert [it.corpus for it in listing.rows] == ["tones", "tones-permuted1"]
    assert listing.notes == []


def test_nothing_on_disk_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listing = list_crossvalidations(tmp_path, [])
    assert listing.rows == []
    assert capsys.readouterr().err == ""  # no bar of nothing
    assert "Nothing is trained" in "\n".join(listing.commands())
    assert "Nothing is trained" in write_listing(tmp_path / "reports", listing).read_text()
