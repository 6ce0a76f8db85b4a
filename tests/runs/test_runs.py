"""Run folders: replaced only by a better one, pooled only when they belong together."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.crossvalidation import (
    MissingFoldsError,
    check_siblings,
    finished_folds,
)
from dysarthria_lightning.runs.record import is_finished, read_run, summarise, write_run
from dysarthria_lightning.runs.replacing import replacing
from dysarthria_lightning.version import __version__


def finish(config: Config, **changes: object) -> Path:
    """Put down the record of a finished run, without training it."""
    folder = layout.run_folder(config)
    folder.mkdir(parents=True, exist_ok=True)
    record = {"fingerprint": fingerprint(config, "content") | changes, "files": {}}
    write_run(record, folder)
    return folder


@pytest.fixture
def folds(tone_config: Callable[..., Config]) -> list[Config]:
    return [tone_config(f"fold={fold}") for fold in range(3)]


def test_finished_folds_are_listed_in_order(folds: list[Config]) -> None:
    folders = [finish(config) for config in folds]
    assert finished_folds(folds[0]) == folders


def test_a_finished_run_is_summarised_under_its_whole_folder(
    tone_config: Callable[..., Config],
) -> None:
    folder = finish(tone_config("tag=mine"))
    record = read_run(folder)
    assert record is not None
    result = {"epochs": 1, "wall_time_s": 2.4, "validation_error": 0.25, "epoch_tested": 1}
    write_run(record | result, folder)
    assert summarise(folder) == (
        f"{folder}: 1 epoch in 2 s; tested after epoch 1 with the lowest validation error 25.0 %"
    )


def test_a_worker_can_say_that_settings_differ(tone_config: Callable[..., Config]) -> None:
    folder = finish(tone_config())
    with pytest.raises(RunError, match=r"trainer\.learning_rate: 0\.001 there, 0\.1 now") as caught:
        is_finished(tone_config("trainer.learning_rate=0.1"), "content")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert str(caught.value).startswith(f"{folder} holds a finished run made with other settings:")


def test_missing_folds_are_named(folds: list[Config]) -> None:
    finish(folds[1])
    with pytest.raises(MissingFoldsError, match="folds 0, 2 of 3 missing or unfinished") as caught:
        finished_folds(folds[0])
    assert caught.value.folds == [0, 2]


def test_another_partition_is_named_before_what_it_lacks(
    folds: list[Config], tone_config: Callable[..., Config]
) -> None:
    for config in folds:
        finish(config)
    with pytest.raises(RunError, match=r"protocol.folds: 3 there, 4 now") as caught:
        finished_folds(tone_config("protocol.folds=4"))
    assert not isinstance(caught.value, MissingFoldsError)
    assert "tag=NAME" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": "0.0.1"}, "version: 0.0.1 there"),
        ({"corpus": {"name": "tones", "content": "other"}}, "corpus.content: other there"),
        ({"n_mfcc": 19}, "n_mfcc: 19 there, 13 now"),
        ({"split_seed": 5}, "split_seed: 5 there, 0 now"),
    ],
)
def test_folds_that_do_not_belong_together_are_refused(
    folds: list[Config], changes: dict[str, object], message: str
) -> None:
    finish(folds[0])
    finish(folds[1], **changes)
    finish(folds[2])
    with pytest.raises(RunError, match="cannot be pooled") as caught:
        finished_folds(folds[0])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"version": "0.0.1"}, f"version: 0.0.1 there, {__version__} in fold 1"),
        (
            {"corpus": {"name": "tones", "content": "other"}},
            "corpus.content: other there, content in fold 1",
        ),
    ],
)
def test_folds_that_differ_from_each_other_are_to_be_trained_again(
    folds: list[Config], changes: dict[str, object], difference: str
) -> None:
    finish(folds[1])
    folder = finish(folds[2], **changes)
    with pytest.raises(RunError, match="Train all folds again") as caught:
        finished_folds(folds[0])
    first, *lines, _ = str(caught.value).splitlines()
    assert first.startswith(f"{folder} was made otherwise than fold 1")
    assert lines == [f"  {difference}"]
    assert " now" not in str(caught.value)


@pytest.mark.parametrize("override", ["data.segment_s=0.1", "features.n_mels=30"])
def test_a_report_about_other_settings_is_refused(
    folds: list[Config], tone_config: Callable[..., Config], override: str
) -> None:
    for config in folds:
        finish(config)
    with pytest.raises(RunError, match=override.split("=")[0]):
        finished_folds(tone_config(override))


def test_a_corpus_that_is_not_the_one_of_the_folds_is_refused(folds: list[Config]) -> None:
    folders = [finish(config) for config in folds]
    assert finished_folds(folds[0], "content") == folders
    with pytest.raises(RunError, match=r"corpus.content: content there, other now") as caught:
        finished_folds(folds[0], "other")
    assert "trained on other recordings or another table" in str(caught.value)


def test_a_fold_may_join_folds_of_its_own_settings(folds: list[Config]) -> None:
    for config in folds:
        check_siblings(config, "content")
        finish(config)
        check_siblings(config, "content")


@pytest.mark.parametrize(
    ("overrides", "content", "message"),
    [
        (["protocol.folds=4"], "content", "protocol.folds: 3 there, 4 now"),
        (["protocol.validation_speakers=2"], "content", "protocol.validation_speakers: 3 there"),
        (["model.l2=0.5"], "content", "model.l2: 0.0001 there, 0.5 now"),
        ([], "other", "corpus.content: content there, other now"),
    ],
)
def test_a_fold_may_not_join_folds_of_other_settings(
    overrides: list[str],
    content: str,
    message: str,
    folds: list[Config],
    tone_config: Callable[..., Config],
) -> None:
    folder = finish(folds[0])
    config = tone_config("fold=1", *overrides)
    with pytest.raises(RunError, match=message) as caught:
        check_siblings(config, content)
    assert f"{folder} is a finished fold made with other settings" in str(caught.value)
    assert "fold 1 could not be pooled" in str(caught.value)
    assert "tag=NAME" in str(caught.value)
    assert "overwrite=true" in str(caught.value)
    check_siblings(tone_config("fold=1", "overwrite=true", *overrides), content)
    check_siblings(tone_config("fold=1", "tag=other", *overrides), content)


def test_folds_that_another_number_of_folds_would_not_list_count_too(
    folds: list[Config], tone_config: Callable[..., Config]
) -> None:
    finish(folds[2])
    with pytest.raises(RunError, match=r"protocol\.folds: 3 there, 2 now"):
        check_siblings(tone_config("protocol.folds=2"), "content")


def test_folds_that_fewer_folds_leave_over_are_to_be_deleted(
    folds: list[Config], tone_config: Callable[..., Config]
) -> None:
    third = [finish(config) for config in folds][-1]
    with pytest.raises(RunError, match="train all folds again with overwrite=true and") as caught:
        check_siblings(tone_config("protocol.folds=2", "fold=1"), "content")
    assert str(caught.value).endswith(f"overwrite=true and delete {third}")
    for config in (tone_config("protocol.folds=2", f"fold={fold}") for fold in (0, 1)):
        finish(config)
    with pytest.raises(RunError, match="made with other settings") as caught:
        check_siblings(tone_config("protocol.folds=2"), "content")
    assert str(caught.value).startswith(f"{third} is a finished fold")
    assert str(caught.value).endswith(f"naming this variant with tag=NAME, or delete {third}")


def test_what_is_to_be_replaced_or_unfinished_is_no_sibling(folds: list[Config]) -> None:
    # Its own record is compared elsewhere.
    finish(folds[1], n_mfcc=19)
    check_siblings(folds[1], "content")
    with pytest.raises(RunError, match="n_mfcc: 19 there, 13 now"):
        check_siblings(folds[0], "content")
    record = layout.run_folder(folds[1]) / layout.RUN
    record.write_text('{"finger', encoding="utf-8")
    check_siblings(folds[0], "content")
    record.unlink()
    check_siblings(folds[0], "content")


def test_a_failed_replacement_brings_the_finished_run_back(folds: list[Config]) -> None:
    folder = finish(folds[0])
    with pytest.raises(KeyboardInterrupt), replacing(folder):  # noqa: PT012
        (folder / "half").write_text("written")
        raise KeyboardInterrupt
    assert [path.name for path in folder.iterdir()] == [layout.RUN]
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_killed_replacement_loses_nothing(folds: list[Config]) -> None:
    folder = finish(folds[0])
    folder.rename(folder.with_name(f".{folder.name}.before"))
    folder.mkdir()
    with pytest.raises(ValueError, match="again"), replacing(folder):
        raise ValueError("again")
    assert (folder / layout.RUN).exists()


def test_a_replacement_leaves_nothing_of_the_run_before(folds: list[Config]) -> None:
    folder = finish(folds[0])
    with replacing(folder):
        (folder / "new").write_text("run")
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_going_on_keeps_what_is_whole(folds: list[Config]) -> None:
    folder = finish(folds[0])
    for name in ("resume.ckpt", "best.ckpt", "best.ckpt.tmp", layout.FAILURE):
        (folder / name).touch()
    with replacing(folder, go_on=True):
        assert {path.name for path in folder.iterdir()} == {"resume.ckpt", "best.ckpt"}


def test_a_damaged_record_says_what_to_do(folds: list[Config]) -> None:
    folder = finish(folds[0])
    (folder / layout.RUN).write_text('{"finger')
    with pytest.raises(RunError, match=r"run.json is damaged; delete it"):
        read_run(folder)
