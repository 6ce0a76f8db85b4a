"""A run that is killed goes on from its last full epoch, to the same bits."""

import json
import os
import tempfile
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
from dysarthria_lightning.training import precision, run, runs
from dysarthria_lightning.training.early_stopping import RatioEarlyStopping
from dysarthria_lightning.training.resuming import find_stopped_run, resume_fingerprint
from dysarthria_lightning.training.runs import RESUME_POINT

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
    names, others = (
        {path.name for path in side.iterdir() if "tfevents" not in path.name}
        for side in (folder, undisturbed)
    )
    assert names == others
    assert RESUME_POINT not in names


@pytest.mark.parametrize("model", ["baseline", "lstm1", "lstm2", "bilstm1"])
@pytest.mark.parametrize("hook", ["on_train_batch_start", "on_validation_end"])
@pytest.mark.parametrize("epoch", [pytest.param(1, marks=pytest.mark.slow), 3])
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
        runs.run_folder(config), resume_fingerprint(config, prepare_corpus(config).key)
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


@pytest.mark.parametrize(
    "damage", ["truncated", "flipped", "one weight", "empty", "list", "pickled code"]
)
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
    elif damage == "one weight":
        flip_a_weight(point)
    elif damage == "list":
        torch.save([1, 2], point)
    elif damage == "empty":
        point.write_bytes(b"")
    else:
        torch.save({"callbacks": Attack(tmp_path / "attacked")}, point)
    undisturbed = train(tone_config(f"outputs_dir={tmp_path}/undisturbed"))
    assert_same_run(train(config), undisturbed)
    assert "the run starts again" in caplog.text
    assert not (tmp_path / "attacked").exists()


def flip_a_weight(path: Path) -> None:
    """Flip the lowest bit of a checkpoint's first weight, which loads as if nothing were wrong."""
    weights = torch.load(path, weights_only=True)["state_dict"]
    weight = next(iter(weights.values())).numpy().tobytes()
    content = bytearray(path.read_bytes())
    assert content.count(weight)
    content[content.index(weight)] ^= 1
    path.write_bytes(content)
    changed = torch.load(path, weights_only=True)["state_dict"]
    assert any(not torch.equal(changed[name], weights[name]) for name in weights)


@pytest.mark.parametrize("damage", ["one weight", "truncated", "removed"])
def test_a_damaged_best_checkpoint_is_not_gone_on_from(
    damage: str,
    tone_config: Callable[..., Config],
    tmp_path: Path,
    kill_at: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = tone_config()
    kill_at(config.trainer.max_epochs, "on_fit_end")
    with pytest.raises(KilledError):
        train(config)
    best = runs.run_folder(config) / runs.CHECKPOINT
    if damage == "one weight":
        flip_a_weight(best)
    elif damage == "truncated":
        best.write_bytes(best.read_bytes()[:-1000])
    else:
        best.unlink()
    undisturbed = train(tone_config(f"outputs_dir={tmp_path}/undisturbed"))
    assert_same_run(train(config), undisturbed)
    assert "best.ckpt is damaged" in caplog.text


@pytest.mark.parametrize("name", [RESUME_POINT, runs.CHECKPOINT])
def test_a_kill_while_a_checkpoint_is_written_leaves_the_one_before(
    name: str,
    tone_config: Callable[..., Config],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = [f"trainer.max_epochs={EPOCHS}"]
    undisturbed = train(tone_config(*words, f"outputs_dir={tmp_path}/undisturbed"))
    config = tone_config(*words)
    folder = runs.run_folder(config)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    before: list[list[bytes]] = []

    def content_there() -> list[bytes]:
        return [path.read_bytes() for path in folder.glob(name)]

    def save_half(content: Any, file: Any) -> None:
        # The best checkpoint of these tones is written once.
        if name in str(file) and (name == runs.CHECKPOINT or content_there()):
            before.append(content_there())
            Path(file).write_bytes(b"half")
            raise KilledError
        save(content, file)

    save = torch.save
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", save_half)
        with pytest.raises(KilledError):
            train(config)
    assert before == [content_there()]
    assert list(elsewhere.iterdir()) == []
    assert_same_run(train(config), undisturbed)


@pytest.mark.parametrize("change", ["device", "precision", "threads", "torch", "folder"])
def test_a_run_does_not_go_on_with_other_arithmetic_or_elsewhere(
    change: str,
    tone_config: Callable[..., Config],
    tmp_path: Path,
    kill_at: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["trainer.accelerator=auto", "trainer.precision=auto"]
    config = tone_config(*words)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(precision, "cpu_has_bf16", lambda: False)
    kill_at(1)
    with pytest.raises(KilledError):
        train(config)
    folder, key = runs.run_folder(config), prepare_corpus(config).key
    assert find_stopped_run(folder, resume_fingerprint(config, key))
    if change == "device":
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
        monkeypatch.setattr(precision, "gpu_has_bf16", lambda: False)
    elif change == "precision":
        monkeypatch.setattr(precision, "cpu_has_bf16", lambda: True)
    elif change == "threads":
        monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    elif change == "torch":
        monkeypatch.setattr(torch, "__version__", "3.0.0")
    else:
        config = tone_config(*words, f"outputs_dir={tmp_path}/moved")
        folder = folder.rename(tmp_path / "run")
    assert not find_stopped_run(folder, resume_fingerprint(config, key))


def test_a_run_killed_as_its_record_is_written_goes_on(
    tone_config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = train(tone_config(f"outputs_dir={tmp_path}/undisturbed"))
    config = tone_config()
    write = runs.write_json

    def fail(value: Any, path: Path) -> None:
        if path.name == runs.RUN:
            raise KilledError
        write(value, path)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "write_json", fail)
        with pytest.raises(KilledError):
            train(config)
    key = prepare_corpus(config).key
    assert find_stopped_run(runs.run_folder(config), resume_fingerprint(config, key))
    assert_same_run(train(config), undisturbed)


def test_a_finished_run_loses_the_resume_point_that_a_kill_has_left(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config()
    left = train(config) / RESUME_POINT
    left.touch()
    assert runs.is_finished(config, prepare_corpus(config).key)
    assert not left.exists()


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
