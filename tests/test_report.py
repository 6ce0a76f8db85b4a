"""``report``: the numbers that the page has, about the corpus that was trained."""

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from configurations import read_corpus

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.config.members import default_model
from dysarthria_lightning.data.preparation import corpus_key, prepare_corpus
from dysarthria_lightning.errors import CorpusError, RunError
from dysarthria_lightning.evaluation.analysis import Analysis, analyse, judge
from dysarthria_lightning.evaluation.predictions import (
    make_predictions,
    pool_folds,
    read_predictions,
)
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.gathering.collect import collect_study, list_runs
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.report import results
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import TextTable
from dysarthria_lightning.reporting.paper.texts import paper_text_tables
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.crossvalidation import finished_folds
from dysarthria_lightning.runs.record import read_run, write_config, write_run

SPEAKERS, RECORDINGS = 36, 5
ROWS = pd.DataFrame(
    {
        "recording_id": f"S{speaker:02d}/{number}",
        "source_id": f"S{speaker:02d}/{number}",
        "speaker_id": f"S{speaker:02d}",
        "label": speaker % 2,
        **dict.fromkeys(("gender", "age", "severity", "syllable", "syllable_type")),
    }
    for speaker in range(SPEAKERS)
    for number in range(RECORDINGS)
)


def finish(config: Config, content: str = "content", **changes: Any) -> Path:
    """Leave a fold as training does, with predictions that nothing was trained for."""
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    rng = np.random.default_rng(config.fold)
    tested = ROWS[ROWS["speaker_id"].str[1:].astype(int) % config.protocol.folds == config.fold]
    voice = rng.normal(size=SPEAKERS)[tested["speaker_id"].str[1:].astype(int)]
    logits = 1.2 * tested["label"] - 0.6 + voice + rng.normal(size=len(tested))
    predictions = make_predictions(tested, np.float32(logits))
    for name in (layout.PREDICTIONS, layout.VALIDATION_PREDICTIONS):
        predictions.to_parquet(folder / name)
    errors = {"epoch": [1], "train_error": [0.2], "validation_error": [0.3]}
    pd.DataFrame(errors).to_csv(folder / layout.HISTORY, index=False)
    record = {
        "fingerprint": fingerprint(config, content) | changes,
        "finished": "2026-01-02T03:04:05+00:00",
        "files": {},
    }
    write_run(record, folder)
    return folder


@pytest.fixture
def folds(tone_config: Callable[..., Config]) -> list[Config]:
    return [tone_config(f"fold={fold}") for fold in range(3)]


def analyse_page(folds: list[Config]) -> tuple[ReportContent, Analysis]:
    """What ``reproduce`` makes of the same runs."""
    planned = [StudyRun(config, (), 0) for config in folds]
    usable = {run.folder for run in planned}
    study = collect_study(planned, ROWS, usable)
    analysis = analyse(study)
    content = ReportContent(
        study, analysis, list_runs(planned, usable), "tones", "key", None, "full", 1, "", Path()
    )
    return content, analysis


def test_report_has_the_numbers_of_the_page_to_the_last_digit(folds: list[Config]) -> None:
    folders = [finish(config, str(corpus_key(config))) for config in folds]
    content, analysis = analyse_page(folds)
    cell = Cell("novel_speakers", "all", "mfcc13", "lstm1")
    ours = judge(cell, [read_test(folders)])
    pd.testing.assert_frame_equal(ours, analysis.metrics[ours.columns], check_exact=True)

    rows = dict(results(folds[0], []).rows)
    _, of_levels, of_noisy_or = (dict(table.rows) for table in paper_text_tables(content))
    soft_majority, single, _ = of_levels["LSTM-1"]
    (noisy_or,) = of_noisy_or["LSTM-1"]
    entries = (single, soft_majority, noisy_or)
    for entry, text in zip(entries, rows["AUROC, pairs within a fold"], strict=True):
        assert text.value == f"{entry.value} ({entry.interval})"
        assert text.chance == entry.chance != ""
    for entry, text in zip(entries, rows["AUROC, pooled"], strict=True):
        assert text.value == f"{entry.pooled} ({entry.pooled_interval})"


def test_what_a_model_is_is_known_under_the_name_that_a_user_gives_it(
    tone_config: Callable[..., Config],
) -> None:
    configs = [tone_config("model=functionals", "model.name=logreg"), tone_config("model=lstm2")]
    study = collect_study([StudyRun(config, (), 0) for config in configs], ROWS, set())
    assert study.architectures == {"logreg": "functionals", "lstm2": "lstm"}


def read_test(folders: list[Path]) -> pd.DataFrame:
    tables = [read_predictions(folder / layout.PREDICTIONS) for folder in folders]
    return pool_folds([table.assign(fold=fold) for fold, table in enumerate(tables)])


def finish_repeats(folds: list[Config], repeats: list[int]) -> list[list[Path]]:
    key = str(corpus_key(folds[0]))
    return [[finish(repeat_of(config, number), key) for config in folds] for number in repeats]


def repeat_of(config: Config, number: int) -> Config:
    return config.model_copy(update={"repeat": number, "split_seed": number, "seed": number})


def notes_of(table: TextTable) -> str:
    return "\n".join(note for _, note in table.footnotes)


def test_a_report_is_of_all_finished_repeats_unless_one_is_named(folds: list[Config]) -> None:
    folders = finish_repeats(folds, [0, 1, 3])
    (folders[1][2] / layout.RUN).unlink()
    table = results(folds[0], ["model=lstm1"])
    assert "repeats 0, 3" in table.title
    assert "Repeat 1 is left out: fold 2 of 3 missing" in notes_of(table)
    expected = judge(
        Cell("novel_speakers", "all", "mfcc13", "lstm1"),
        [read_test(folders[0]), read_test(folders[2])],
    )
    row = expected.query("metric == 'accuracy' and level == 'recording'").iloc[0]
    printed = dict(table.rows)["Accuracy"][0]
    assert printed.value.startswith(f"{100 * row['value']:.1f} (")
    assert printed.spread == f"{100 * row['smallest']:.1f}–{100 * row['largest']:.1f}"
    for word in ("repeat=3", "seed=3", "split_seed=3"):
        one = results(repeat_of(folds[0], 3), [word])
        assert "repeat 3" in one.title
        assert dict(one.rows)["Accuracy"][0].spread == ""


def test_too_few_repeats_come_with_the_command_for_the_others(folds: list[Config]) -> None:
    finish_repeats(folds, [0])
    notes = notes_of(results(folds[0], ["n_mfcc=13", "fold=1"]))
    assert "One repeat leaves open" in notes
    assert "train n_mfcc=13 fold=1" not in notes
    assert "train n_mfcc=13 -m fold=all repeat=1,2,3,4" in notes
    finish_repeats(folds, [1, 2, 3, 4])
    notes = notes_of(results(folds[0], []))
    assert "For five" not in notes
    # The references are asked for in the same repeats.
    assert notes.count("repeat=") == 1
    assert "model=functionals,demographics -m fold=all repeat=0,1,2,3,4" in notes
    assert "draws of speakers and repeats" in notes


def test_missing_folds_of_another_repeat_are_asked_for_as_such(folds: list[Config]) -> None:
    folders = finish_repeats(folds, [2])
    (folders[0][1] / layout.RUN).unlink()
    with pytest.raises(RunError, match=r"(?s)fold 1 of 3 missing.*train repeat=2 -m fold=1"):
        results(folds[0], [])


def test_a_repeat_of_something_else_is_left_out(folds: list[Config]) -> None:
    finish_repeats(folds, [0, 1])
    for config in folds:
        other = repeat_of(config, 2)
        finish(other, str(corpus_key(config)), seed=7)
    table = results(folds[0], [])
    assert "repeats 0 to 1" in table.title
    assert "Repeat 2 is left out: " in notes_of(table)
    assert "seed: 7 there, 2 now" in notes_of(table)


def test_repeats_of_several_states_of_a_corpus_are_not_averaged(folds: list[Config]) -> None:
    nameless = [with_data(config, manifest=None, name="tones") for config in folds]
    for number, content in ((0, "one"), (1, "another")):
        for config in folds:
            finish(repeat_of(config, number), content)
    table = results(nameless[0], [])
    assert "repeat 0" in table.title
    assert "corpus.content: another there, one in repeat 0" in notes_of(table)


def test_references_stand_beside_a_model(folds: list[Config]) -> None:
    finish_repeats(folds, [0, 1])
    alone = results(folds[0], ["model=lstm1"])
    assert "train model=functionals,demographics -m fold=all repeat=0,1" in notes_of(alone)
    references = [
        config.model_copy(update={"model": default_model("functionals")}) for config in folds
    ]
    finish_repeats(references, [0, 1, 2])
    table = results(folds[0], ["model=lstm1"])
    beside = dict(table.rows)["AUROC of Functionals (reference)"]
    assert "No simple reference" not in notes_of(table)
    own = dict(results(references[0], ["repeat=0"]).rows)
    assert "AUROC of Functionals (reference)" not in own
    # Of the same two repeats, which are the model's own predictions here.
    ours = dict(table.rows)["AUROC, pairs within a fold"]
    assert [text.value.split(" ")[0] for text in beside] == [
        text.value.split(" ")[0] for text in ours
    ]


def outputs_of(config: Config) -> dict[str, int]:
    folder = Path(config.outputs_dir)
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def trained(folds: list[Config]) -> list[Config]:
    """All folds, trained on the corpus of tones as it is."""
    key = corpus_key(folds[0])
    assert key is not None
    for config in folds:
        finish(config, key)
    return folds


def copied(config: Config, folder: Path) -> Config:
    """The same command, with the corpus copied elsewhere."""
    table = Path(str(config.data.manifest))
    shutil.copytree(table.parent, folder / "copy")
    return with_data(config, manifest=str(folder / "copy" / table.name))


def with_data(config: Config, **changes: object) -> Config:
    return config.model_copy(update={"data": config.data.model_copy(update=changes)})


def test_the_key_is_that_of_the_feature_store_and_nothing_is_written_for_it(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config()
    key = corpus_key(config)
    assert not Path(config.outputs_dir).exists()
    assert key == prepare_corpus(config).key
    assert key == corpus_key(config)


def test_the_title_says_which_corpus_was_trained_and_when(trained: list[Config]) -> None:
    before = outputs_of(trained[0])
    title = results(trained[0], []).title
    assert f"corpus content {corpus_key(trained[0])}"[:23] in title
    assert title.endswith(", trained 2026-01-02")
    assert outputs_of(trained[0]) == before


def test_folds_of_several_days_name_the_first_and_the_last(folds: list[Config]) -> None:
    for config, day in zip(folds, (3, 1, 2), strict=True):
        folder = finish(config, "content")
        record = read_run(folder)
        assert record is not None
        write_run(record | {"finished": f"2026-05-0{day}T00:00:00+00:00"}, folder)
    title = results(with_data(folds[0], manifest=None, name="tones"), []).title
    assert "trained 2026-05-01 to 2026-05-03" in title


def test_networks_that_were_hardly_trained_are_noted(folds: list[Config]) -> None:
    for config in folds:
        folder = finish(config)
        record = read_run(folder)
        assert record is not None
        told = {"epochs": 7, "epoch_tested": 1 + config.fold, "steps": 12, "wall_time_s": 1.0}
        write_run(record | told, folder)
    nameless = with_data(folds[0], manifest=None, name="tones")
    notes = [text for _, text in results(nameless, []).footnotes]
    assert any(
        "Hardly trained: the median of 3 folds was tested after 2 epochs" in note for note in notes
    )
    for folder in (layout.run_folder(config) for config in folds):
        write_run((read_run(folder) or {}) | {"epoch_tested": 3, "steps": 100}, folder)
    assert len(results(nameless, []).footnotes) == len(notes) - 1


def flip_labels(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(label=1 - table["label"])


@pytest.mark.parametrize(
    "change",
    [
        flip_labels,
        lambda table: table.assign(gender=None),
        lambda table: table.iloc[1:],
        lambda table: table.assign(path=table["path"].to_numpy()[::-1]),
    ],
    ids=["labels", "genders", "fewer", "files"],
)
def test_another_table_under_the_same_name_is_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], trained: list[Config], tmp_path: Path
) -> None:
    config = copied(trained[0], tmp_path)
    table = tmp_path / "copy" / "tones.csv"
    change(pd.read_csv(table)).to_csv(table, index=False)
    with pytest.raises(RunError) as caught:
        results(config, [])
    message = str(caught.value)
    assert f"corpus.content: {corpus_key(trained[0])} there, {corpus_key(config)} now" in message
    assert "labels or other columns differ" in message
    assert "tag=NAME" in message


def test_the_same_recordings_elsewhere_are_the_same_corpus(
    trained: list[Config], tmp_path: Path
) -> None:
    config = copied(trained[0], tmp_path)
    assert results(config, []) == results(trained[0], [])
    (first, second), *_ = pairwise(sorted((tmp_path / "copy").glob("*.wav")))
    shutil.copyfile(first, second)
    with pytest.raises(RunError, match=r"corpus\.content"):
        results(config, [])


def test_another_corpus_is_refused_before_folds_are_missed(
    trained: list[Config], tmp_path: Path
) -> None:
    (layout.run_folder(trained[1]) / layout.RUN).unlink()
    with pytest.raises(RunError, match="fold 1 of 3 missing"):
        results(trained[0], [])
    config = copied(trained[0], tmp_path)
    table = tmp_path / "copy" / "tones.csv"
    flip_labels(pd.read_csv(table)).to_csv(table, index=False)
    with pytest.raises(RunError, match="cannot be pooled"):
        results(config, [])


def test_a_table_that_is_not_there_is_an_error(trained: list[Config], tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="there is no such file") as caught:
        results(with_data(trained[0], manifest=str(tmp_path / "tones.csv")), [])
    assert "give data.name instead of data.manifest" in str(caught.value)


def test_a_corpus_that_is_not_named_is_not_compared(trained: list[Config]) -> None:
    nameless = with_data(trained[0], manifest=None, name="tones")
    assert results(nameless, []).title.endswith(
        ", trained 2026-01-02; not compared with recordings"
    )
    # The command that trains what is missing does name it.
    (layout.run_folder(trained[1]) / layout.RUN).unlink()
    write_config(trained[0], layout.run_folder(trained[0]))
    with pytest.raises(RunError) as caught:
        results(nameless, ["data=manifest", "data.name=tones"])
    table = trained[0].data.manifest
    assert f"data.name=tones data.manifest={table} -m fold=1" in str(caught.value)


def test_a_corpus_whose_folder_is_not_named_is_not_compared(
    make_config: Callable[..., Config],
) -> None:
    config = make_config("data=minsk2020", "protocol.folds=3")
    for fold in range(3):
        finish(config.model_copy(update={"fold": fold}))
    assert results(config, []).title.endswith("; not compared with recordings")
    with pytest.raises(CorpusError, match=r"give no data\.root"):
        results(make_config("data=minsk2020", "protocol.folds=3", "data.root=/nowhere"), [])


def test_a_pseudonym_key_that_is_not_given_is_asked_for(
    make_config: Callable[..., Config], tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("secret", encoding="utf-8")
    words = ["data=mayle2018", "protocol.folds=3"]
    places = [f"data.root={tmp_path}", f"data.pseudonym_key_file={tmp_path}/key"]
    config = make_config(*words, *places)
    for fold in range(3):
        folder = finish(config.model_copy(update={"fold": fold}))
        write_config(config, folder)
    with pytest.raises(RunError, match=r"data\.pseudonym_key_file") as caught:
        finished_folds(make_config(*words, places[0]), "other")
    assert "corpus.content: content there, other now" in str(caught.value)
    (folder / layout.RUN).unlink()
    with pytest.raises(RunError) as caught:
        results(make_config(*words), words)
    assert f"{' '.join(places)} -m fold=2" in str(caught.value)


def test_a_synthetic_corpus_is_compared_where_it_has_been_made(
    make_config: Callable[..., Config],
) -> None:
    small = ["data.speakers=4", "data.recordings_per_speaker=2", "protocol.folds=3"]
    config = make_config(*small)
    assert corpus_key(config) is None
    assert not Path(config.outputs_dir).exists()
    for fold in range(3):
        finish(config.model_copy(update={"fold": fold}), "0123456789abcdef")
    assert results(config, []).title.endswith("; not compared with recordings")
    read_corpus(config)
    with pytest.raises(RunError, match=r"corpus.content: 0123456789abcdef there, \w{16} now"):
        results(config, [])
