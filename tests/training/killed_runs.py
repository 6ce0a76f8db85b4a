"""Runs that are killed while they train, in this process."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.runs.layout import RESUME_POINT
from dysarthria_lightning.training import networks, run

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


def train_until_killed(config: Config, epoch: int, hook: str = "on_train_batch_start") -> None:
    """Train a run that dies in an epoch."""
    make_trainer = networks.make_trainer

    def make_dying_trainer(*args: Any) -> Trainer:
        trainer = make_trainer(*args)
        trainer.callbacks.append(KillAt(epoch, hook))  # type: ignore[attr-defined]
        return trainer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "make_trainer", make_dying_trainer)
        with pytest.raises(KilledError):
            train(config)


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
    for key in (
        *("epochs", "epoch_tested", "steps", "steps_trained", "fingerprint"),
        *("train_error", "validation_error", "monitor", "monitor_value"),
    ):
        assert record[key] == other[key]
    names, others = (
        {path.name for path in side.iterdir() if "tfevents" not in path.name}
        for side in (folder, undisturbed)
    )
    assert names == others
    assert RESUME_POINT not in names
