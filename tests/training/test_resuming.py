"""A run that is killed goes on from its last full epoch, to the same bits."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.training import run, runs
from dysarthria_lightning.training.early_stopping import RatioEarlyStopping
from dysarthria_lightning.training.resuming import RESUME_POINT, find_stopped_run

EPOCHS = 4


class KilledError(Exception):
    """Stands for a kill: nothing after it in the run is carried out."""


class KillAt(Callback):
    """Ends training in an epoch, at one of Lightning's hooks."""

    def __init__(self, epoch: int, hook: str) -> None:
        self.epoch = epoch
        setattr(self, hook, self._kill)

    def _kill(self, trainer: Trainer, pl_module: LightningModule, *args: Any) -> None:
        batch_idx = args[-1] if args else 1
        if trainer.current_epoch == self.epoch and batch_idx == 1:
            raise KilledError


def train(config: Config) -> Path:
    return run.train_run(config, prepare_corpus(config), show_progress=False)


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the next training die in an epoch."""
    make_trainer = run.make_trainer

    def arm(epoch: int, hook: str = "on_train_batch_start") -> None:
        def make_dying_trainer(*args: Any) -> Trainer:
            trainer = make_trainer(*args)
            trainer.callbacks.append(KillAt(epoch, hook))  # type: ignore[attr-defined]
            monkeypatch.setattr(run, "make_trainer", make_trainer)
            return trainer

        monkeypatch.setattr(run, "make_trainer", make_dying_trainer)

    return arm


def assert_same_run(folder: Path, undisturbed: Path) -> None:
    for name in ("predictions.parquet", "validation_predictions.parquet"):
        pd.testing.assert_frame_equal(
            pd.read_parquet(folder / name), pd.read_parquet(undisturbed / name), check_exact=True
        )
    for name in ("history.csv", "metrics.json"):
        assert (folder / name).read_text() == (undisturbed / name).read_text()
    weights, expected = (
        torch.load(path / "best.ckpt", weights_only=True)["state_dict"]
        for path in (folder, undisturbed)
    )
    assert all(torch.equal(weights[name], expected[name]) for name in expected)
    record, other = (json.loads((path / "run.json").read_text()) for path in (folder, undisturbed))
    for key in ("epochs", "best_epoch", "validation_error", "fingerprint"):
        assert record[key] == other[key]
    assert not (folder / RESUME_POINT).exists()


@pytest.mark.parametrize("model", ["baseline", "lstm1", "lstm2", "bilstm1"])
@pytest.mark.parametrize("hook", ["on_train_batch_start", "on_validation_end"])
@pytest.mark.parametrize("epoch", [1, 3])
def test_a_killed_run_ends_as_an_undisturbed_one(
    model: str,
    hook: str,
    epoch: int,
    tone_config: Callable[..., Config],
    tmp_path: Path,
    kill_at: Callable[..., None],
) -> None:
    words = [f"model={model}", f"trainer.max_epochs={EPOCHS}"]
    undisturbed = train(tone_config(*words, f"outputs_dir={tmp_path}/undisturbed"))
    config = tone_config(*words)
    kill_at(epoch, hook)
    with pytest.raises(KilledError):
        train(config)
    stopped = find_stopped_run(
        runs.run_folder(config), runs.fingerprint(config, prepare_corpus(config).key)
    )
    assert stopped is not None
    torch.manual_seed(12345)  # another process has other random numbers
    assert_same_run(train(config), undisturbed)


def test_epochs_before_the_kill_are_not_trained_again(
    tone_config: Callable[..., Config],
    kill_at: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tone_config(f"trainer.max_epochs={EPOCHS}")
    kill_at(2)
    with pytest.raises(KilledError):
        train(config)
    trained: list[int] = []
    update = RatioEarlyStopping.on_validation_end

    def count(self: RatioEarlyStopping, trainer: Trainer, module: LightningModule) -> None:
        trained.append(trainer.current_epoch)
        update(self, trainer, module)

    monkeypatch.setattr(RatioEarlyStopping, "on_validation_end", count)
    train(config)
    assert trained == [2, 3]


def test_a_run_killed_after_it_stopped_early_trains_no_more(
    tone_config: Callable[..., Config], tmp_path: Path, kill_at: Callable[..., None]
) -> None:
    words = [
        "trainer.max_epochs=30",
        "trainer.learning_rate=0.3",
        "trainer.early_stopping.patience=1",
        "trainer.early_stopping.alpha=0",
    ]
    undisturbed = train(tone_config(*words, f"outputs_dir={tmp_path}/undisturbed"))
    epochs = json.loads((undisturbed / "run.json").read_text())["epochs"]
    assert epochs < 30
    config = tone_config(*words)
    kill_at(epochs, "on_fit_end")
    with pytest.raises(KilledError):
        train(config)
    assert_same_run(train(config), undisturbed)


def test_tensorboard_shows_each_epoch_once(
    tone_config: Callable[..., Config], kill_at: Callable[..., None]
) -> None:
    config = tone_config(f"trainer.max_epochs={EPOCHS}")
    kill_at(2, "on_validation_end")
    with pytest.raises(KilledError):
        train(config)
    events = EventAccumulator(str(train(config)))
    events.Reload()
    assert len(events.Scalars("validation/error")) == EPOCHS
    assert len(events.Scalars("train/loss")) == EPOCHS


def test_other_settings_start_from_the_beginning(
    tone_config: Callable[..., Config], tmp_path: Path, kill_at: Callable[..., None]
) -> None:
    kill_at(1)
    with pytest.raises(KilledError):
        train(tone_config("trainer.learning_rate=0.01"))
    undisturbed = train(tone_config(f"outputs_dir={tmp_path}/undisturbed"))
    assert_same_run(train(tone_config()), undisturbed)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "pickled code"])
def test_a_damaged_point_is_not_gone_on_from(
    damage: str,
    tone_config: Callable[..., Config],
    tmp_path: Path,
    kill_at: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = tone_config()
    kill_at(1)
    with pytest.raises(KilledError):
        train(config)
    point = runs.run_folder(config) / RESUME_POINT
    content = bytearray(point.read_bytes())
    if damage == "truncated":
        point.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[40:400] = bytes(255 - byte for byte in content[40:400])
        point.write_bytes(content)
    elif damage == "empty":
        point.write_bytes(b"")
    else:
        torch.save({"callbacks": Attack(tmp_path / "attacked")}, point)
    undisturbed = train(tone_config(f"outputs_dir={tmp_path}/undisturbed"))
    assert_same_run(train(config), undisturbed)
    assert "the run starts again" in caplog.text
    assert not (tmp_path / "attacked").exists()


class Attack:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_overwriting_starts_from_the_beginning(
    tone_config: Callable[..., Config], kill_at: Callable[..., None]
) -> None:
    kill_at(1)
    with pytest.raises(KilledError):
        train(tone_config("overwrite=true"))
    folder = train(tone_config("overwrite=true"))
    assert len(list(folder.glob("events.out.tfevents*"))) == 1
