"""A run that is killed goes on from its last full epoch, to the same bits."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from configurations import compose_tone_config
from killed_runs import EPOCHS, KilledError, assert_same_run, train, train_until_killed
from pytorch_lightning import LightningModule, Trainer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.runs import layout, record
from dysarthria_lightning.runs.layout import RESUME_POINT
from dysarthria_lightning.runs.record import is_finished
from dysarthria_lightning.runs.replacing import clear_leftovers
from dysarthria_lightning.training import precision
from dysarthria_lightning.training.early_stopping import RatioEarlyStopping
from dysarthria_lightning.training.resuming import find_stopped_run, resume_fingerprint

pytestmark = pytest.mark.usefixtures("without_curves")


@pytest.fixture(scope="module")
def undisturbed(tone_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Train a run that nobody kills, once for all tests that compare with it."""
    made: dict[tuple[str, ...], Path] = {}

    def train_once(*words: str) -> Path:
        if words not in made:
            outputs = tmp_path_factory.mktemp("undisturbed")
            made[words] = train(compose_tone_config(outputs, tone_corpus, *words))
        return made[words]

    return train_once


@pytest.mark.parametrize(
    ("model", "hook", "epoch"),
    [
        ("lstm2", "on_train_batch_start", 3),  # has dropout
        ("lstm2", "on_validation_end", 1),
        pytest.param("baseline", "on_train_batch_start", 1, marks=pytest.mark.slow),
        pytest.param("bilstm1", "on_validation_end", 3, marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_ends_as_an_undisturbed_one(
    model: str,
    hook: str,
    epoch: int,
    tone_config: Callable[..., Config],
    undisturbed: Callable[..., Path],
) -> None:
    words = [f"model={model}", f"trainer.max_epochs={EPOCHS}"]
    config = tone_config(*words)
    train_until_killed(config, epoch, hook)
    stopped = find_stopped_run(
        layout.run_folder(config), resume_fingerprint(config, prepare_corpus(config).key)
    )
    assert stopped is not None
    torch.manual_seed(12345)  # another process has other random numbers
    assert_same_run(train(config), undisturbed(*words))


@pytest.mark.parametrize(("monitor", "epoch"), [("loss", 1), ("auroc", 2), ("auroc", 3)])
def test_a_killed_run_goes_on_with_what_it_monitors(
    monitor: str, epoch: int, tone_config: Callable[..., Config], undisturbed: Callable[..., Path]
) -> None:
    """Three steps are an epoch: the kill is before, at and after the least steps."""
    words = [f"trainer.monitor={monitor}", "trainer.min_steps=6", f"trainer.max_epochs={EPOCHS}"]
    words += ["trainer.learning_rate=0.02"]
    config = tone_config(*words)
    train_until_killed(config, epoch)
    assert find_stopped_run(
        layout.run_folder(config), resume_fingerprint(config, prepare_corpus(config).key)
    )
    assert_same_run(train(config), undisturbed(*words))


def test_what_an_older_version_has_left_is_started_anew(
    tone_config: Callable[..., Config], undisturbed: Callable[..., Path]
) -> None:
    config = tone_config()
    train_until_killed(config, 1)
    path = layout.run_folder(config) / RESUME_POINT
    checkpoint = torch.load(path, weights_only=True)
    states = checkpoint["callbacks"]
    states["ResumePoint"]["fingerprint"]["layout"] = 2
    (best,) = (name for name in states if name.startswith("BestWeights"))
    states[best.replace("BestWeights", "ModelCheckpoint")] = states.pop(best)
    for row in states["EpochHistory"]["rows"]:
        del row["validation_auroc"]
    torch.save(checkpoint, path)
    key = prepare_corpus(config).key
    assert not find_stopped_run(layout.run_folder(config), resume_fingerprint(config, key))
    assert_same_run(train(config), undisturbed())


def test_epochs_before_the_kill_are_not_trained_again(
    tone_config: Callable[..., Config],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tone_config(f"trainer.max_epochs={EPOCHS}")
    train_until_killed(config, 2)
    trained: list[int] = []
    update = RatioEarlyStopping.on_validation_end

    def count(self: RatioEarlyStopping, trainer: Trainer, module: LightningModule) -> None:
        trained.append(trainer.current_epoch)
        update(self, trainer, module)

    monkeypatch.setattr(RatioEarlyStopping, "on_validation_end", count)
    train(config)
    assert trained == [2, 3]


def test_a_run_killed_after_it_stopped_early_trains_no_more(
    tone_config: Callable[..., Config], undisturbed: Callable[..., Path]
) -> None:
    words = [
        "trainer.max_epochs=30",
        "trainer.learning_rate=0.3",
        "trainer.early_stopping.patience=1",
        "trainer.early_stopping.alpha=0",
    ]
    expected = undisturbed(*words)
    epochs = json.loads((expected / "run.json").read_text())["epochs"]
    assert epochs < 30
    config = tone_config(*words)
    train_until_killed(config, epochs, "on_fit_end")
    assert_same_run(train(config), expected)


def test_tensorboard_shows_each_epoch_once(tone_config: Callable[..., Config]) -> None:
    config = tone_config(f"trainer.max_epochs={EPOCHS}")
    train_until_killed(config, 2, "on_validation_end")
    events = EventAccumulator(str(train(config)))
    events.Reload()
    assert len(events.Scalars("validation/error")) == EPOCHS
    assert len(events.Scalars("train/loss")) == EPOCHS


def test_other_settings_start_from_the_beginning(
    tone_config: Callable[..., Config], undisturbed: Callable[..., Path]
) -> None:
    train_until_killed(tone_config("trainer.learning_rate=0.01"), 1)
    assert_same_run(train(tone_config()), undisturbed())


def test_a_run_does_not_go_on_with_other_arithmetic_or_elsewhere(
    tone_config: Callable[..., Config],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["trainer.accelerator=auto", "trainer.precision=auto"]
    config = tone_config(*words)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(precision, "cpu_has_bf16", lambda: False)
    train_until_killed(config, 1)
    folder, key = layout.run_folder(config), prepare_corpus(config).key
    assert find_stopped_run(folder, resume_fingerprint(config, key))
    gpu = {"is_available": True, "get_device_name": "a GPU"}
    changes: list[list[tuple[Any, str, Any]]] = [
        [(torch.cuda, name, lambda value=value: value) for name, value in gpu.items()]
        + [(precision, "gpu_has_bf16", lambda: False)],
        [(precision, "cpu_has_bf16", lambda: True)],
        [(torch, "get_num_threads", lambda: 2)],
        [(torch, "__version__", "3.0.0")],
    ]
    for change in changes:
        with monkeypatch.context() as patch:
            for place in change:
                patch.setattr(*place)
            assert not find_stopped_run(folder, resume_fingerprint(config, key)), change
    elsewhere = tone_config(*words, f"outputs_dir={tmp_path}/moved")
    folder = folder.rename(tmp_path / "run")
    assert find_stopped_run(folder, resume_fingerprint(config, key))
    assert not find_stopped_run(folder, resume_fingerprint(elsewhere, key))


def test_a_run_killed_as_its_record_is_written_goes_on(
    tone_config: Callable[..., Config],
    undisturbed: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tone_config()

    def fail(value: Any, path: Path) -> None:
        assert path.name == layout.RUN
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(record, "write_json", fail)
        with pytest.raises(KilledError):
            train(config)
    key = prepare_corpus(config).key
    assert find_stopped_run(layout.run_folder(config), resume_fingerprint(config, key))
    assert_same_run(train(config), undisturbed())


def test_a_finished_run_loses_the_resume_point_that_a_kill_has_left(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config()
    left = train(config) / RESUME_POINT
    left.touch()
    # A question changes nothing.
    assert is_finished(config, prepare_corpus(config).key)
    assert left.exists()
    clear_leftovers(config)
    assert not left.exists()


def test_overwriting_starts_from_the_beginning(tone_config: Callable[..., Config]) -> None:
    train_until_killed(tone_config("overwrite=true"), 1)
    folder = train(tone_config("overwrite=true"))
    assert len(list(folder.glob("events.out.tfevents*"))) == 1
