"""Finished runs whose files rot: noticed, trained again to the same result, others untouched."""

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.files.locks import claim
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.crossvalidation import finished_folds
from dysarthria_lightning.runs.record import is_finished, read_run, record_failure, write_run
from dysarthria_lightning.runs.replacing import clear_leftovers
from dysarthria_lightning.training.run import train_run

pytestmark = pytest.mark.usefixtures("without_curves")


def train(config: Config) -> Path:
    return train_run(config, prepare_corpus(config), show_progress=False)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_damaged_run_is_trained_again_and_others_are_not(
    tone_config: Callable[..., Config], caplog: pytest.LogCaptureFixture
) -> None:
    configs = [tone_config(f"fold={fold}", "trainer.max_epochs=1") for fold in range(3)]
    folders = [train(config) for config in configs]
    key = prepare_corpus(configs[0]).key
    expected = pd.read_parquet(folders[1] / layout.PREDICTIONS)
    assert finished_folds(configs[0]) == folders
    for name in (layout.PREDICTIONS, layout.CHECKPOINT, layout.METRICS, layout.HISTORY):
        sound = (folders[1] / name).read_bytes()
        flip(folders[1] / name)
        assert [is_finished(config, key) for config in configs] == [True, False, True]
        assert f"{folders[1]}: {name} damaged" in caplog.text
        with pytest.raises(RunError, match="fold 1 of 3 missing"):
            finished_folds(configs[0])
        (folders[1] / name).write_bytes(sound)
    (folders[1] / layout.PREDICTIONS).unlink()
    (folders[1] / layout.RUN).write_text('{"finger')
    assert not is_finished(configs[1], key)
    train(configs[1])
    assert is_finished(configs[1], key)
    pd.testing.assert_frame_equal(
        pd.read_parquet(folders[1] / layout.PREDICTIONS), expected, check_exact=True
    )


def test_every_checkpoint_is_loaded_without_running_code(
    tone_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    load, asked = torch.load, []

    def spy(*arguments: Any, **options: Any) -> Any:
        asked.append(options.get("weights_only"))
        return load(*arguments, **options)

    monkeypatch.setattr(torch, "load", spy)
    train(tone_config())
    assert len(asked) >= 2
    assert set(asked) == {True}


def test_a_failure_that_cannot_be_written_down_hides_nothing(
    tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    record_failure(tmp_path / "file" / "run", OSError("disk full"))


def test_the_claim_of_a_process_killed_as_it_finished_is_cleared(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config()
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    write_run({"fingerprint": fingerprint(config, "key"), "files": {}}, folder)
    with claim(layout.claim_file(config)):
        left = layout.claim_file(config).read_bytes()
        clear_leftovers(config)
        assert layout.claim_file(config).exists()  # its holder lives
    layout.claim_file(config).write_bytes(left)
    assert is_finished(config, "key")
    assert layout.claim_file(config).exists()  # a question changes nothing
    clear_leftovers(config)
    assert not layout.claim_file(config).exists()


def test_records_that_are_no_records_say_what_to_do(tone_config: Callable[..., Config]) -> None:
    config = tone_config()
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    for text in ("[]", "3", "{}", '{"fingerprint": 3}', "null", ""):
        (folder / layout.RUN).write_text(text)
        with pytest.raises(RunError, match=r"run.json is damaged; delete it"):
            read_run(folder)
        assert not is_finished(config, "key")


def test_damage_is_said_once_each_time_it_is_met(
    tone_config: Callable[..., Config], caplog: pytest.LogCaptureFixture
) -> None:
    config = tone_config()
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    (folder / layout.RUN).write_text("")
    with caplog.at_level(logging.WARNING):
        assert not is_finished(config, "key")
    assert caplog.text.count("the run counts as not finished") == 1


def test_no_bit_of_a_record_can_change_unseen(tone_config: Callable[..., Config]) -> None:
    config = tone_config()
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    # A little of everything that JSON has.
    settings = {"fold": 0, "model.l2": 1e-05, "tag": None, "overwrite": False}
    record = {"fingerprint": settings, "files": {"a": "b"}, "epochs": [3]}
    write_run(record, folder)
    assert read_run(folder) == record
    sound = (folder / layout.RUN).read_bytes()
    for place in range(0, 8 * len(sound), 7):  # in every byte, each of its bits in turn
        content = bytearray(sound)
        content[place // 8] ^= 1 << place % 8
        (folder / layout.RUN).write_bytes(content)
        with suppress(RunError):
            assert read_run(folder) == record  # as 1E-05 is 1e-05
