"""Trains a network with Lightning and lets it judge the validation and the test side."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.plugins.environments import LightningEnvironment

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.trainer import TrainerSection
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.errors import ConfigError, RunError
from dysarthria_lightning.evaluation.predictions import make_predictions
from dysarthria_lightning.files.locks import Check, never_lost
from dysarthria_lightning.runs import layout
from dysarthria_lightning.training.claim import ClaimCheck
from dysarthria_lightning.training.early_stopping import RatioEarlyStopping
from dysarthria_lightning.training.history import EpochHistory
from dysarthria_lightning.training.memory import keep_memory
from dysarthria_lightning.training.module import Judged, RecordingClassifier, join
from dysarthria_lightning.training.monitoring import BestWeights, LastWeights, Monitor
from dysarthria_lightning.training.precision import choose_precision
from dysarthria_lightning.training.progress import EpochProgressBar
from dysarthria_lightning.training.resuming import (
    AtomicCheckpointIO,
    ResumePoint,
    StoppedRun,
    resume_fingerprint,
)
from dysarthria_lightning.training.run_log import EpochLog, RunLog


@dataclass(frozen=True)
class Trained:
    """What training a model has come to.

    Attributes:
        predictions: Of ``validation`` and ``test``, see :mod:`evaluation.predictions`; none where
            nobody was left to validate and to test.
        epochs: Epochs trained.
        epoch_tested: The epoch whose weights were tested, from 1; None where nobody was.
        steps: Optimisation steps up to the end of the epoch whose weights were kept; None where
            there are none.
        steps_trained: Optimisation steps of all epochs; None where there are none.
        min_steps: Those before which no epoch could be chosen; None where there are none.
        train_error: Of that epoch's training steps, while the weights still moved.
        validation_error: After that epoch; None where nobody validated.
        monitor: What chose that epoch; None where there was nothing to choose.
        monitor_value: Its value after that epoch.
        precision: Arithmetic, in Lightning's words.
        device: Where it was trained.
    """

    predictions: dict[str, pd.DataFrame]
    epochs: int
    epoch_tested: int | None
    steps: int | None
    steps_trained: int | None
    min_steps: int | None
    train_error: float
    validation_error: float | None
    monitor: str | None
    monitor_value: float | None
    precision: str
    device: torch.device


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C be one, which Lightning turns into a plain exit."""
    try:
        yield
    except SystemExit:
        raise KeyboardInterrupt from None


@_interruptible()
def train_network(
    config: Config,
    data: RecordingsDataModule,
    folder: Path,
    show_progress: bool,
    stopped: StoppedRun | None,
    check: Check = never_lost,
    run_log: RunLog | None = None,
) -> Trained:
    """Train a network, restore the weights of the epoch to be tested, and predict.

    Where everybody is trained on, the weights of the last epoch are kept and nobody is tested.

    Args:
        config: The whole configuration, of a :class:`NetworkSection`.
        data: The run's batches.
        folder: Where checkpoint and history go.
        show_progress: Whether to show a progress bar.
        stopped: Where training goes on, if it has begun.
        check: Of the run's claim.
        run_log: Where epochs are logged, if anywhere.

    Raises:
        ConfigError: The accelerator is not there, or does not have the precision asked for.
        RunError: Training diverged, or another process has taken the run over.
    """
    store = data.store
    module = RecordingClassifier(
        config.model.model_dump(), data.n_columns, store.max_frames, config.trainer.learning_rate
    )
    trainer = make_trainer(config, data, folder, show_progress, stopped, check, run_log)
    trainer.fit(
        module,
        datamodule=data,
        ckpt_path=stopped.checkpoint if stopped else None,
        weights_only=True,
    )
    steps_trained = trainer.global_step
    checkpoint = trainer.checkpoint_callback
    (history,) = (each for each in trainer.callbacks if isinstance(each, EpochHistory))  # type: ignore[attr-defined]
    if isinstance(checkpoint, LastWeights):
        return Trained(
            {},
            epochs=trainer.current_epoch,
            epoch_tested=None,
            steps=steps_trained,
            steps_trained=steps_trained,
            min_steps=None,
            train_error=history.rows[-1]["train_error"],
            validation_error=None,
            monitor=None,
            monitor_value=None,
            precision=str(trainer.precision),
            device=trainer.strategy.root_device,
        )
    assert isinstance(checkpoint, BestWeights)
    best = checkpoint.best_model_path
    tested = torch.load(best, weights_only=True)
    epoch_tested = 1 + int(tested["epoch"])
    values = history.rows[epoch_tested - 1]
    trainer.test(module, data.test_dataloader(), best, verbose=False, weights_only=True)
    judged = {"test": module.evaluated()}
    judged["validation"] = join(trainer.predict(module, data.val_dataloader()))  # type: ignore[arg-type]
    return Trained(
        {side: _predictions(data, side, judged[side]) for side in ("validation", "test")},
        epochs=trainer.current_epoch,
        epoch_tested=epoch_tested,
        steps=int(tested["global_step"]),
        steps_trained=steps_trained,
        min_steps=checkpoint.min_steps,
        train_error=values["train_error"],
        validation_error=values["validation_error"],
        monitor=config.trainer.monitor,
        monitor_value=values[f"validation_{config.trainer.monitor}"],
        precision=str(trainer.precision),
        device=trainer.strategy.root_device,  # the module has left it
    )


def prepare_torch(config: Config) -> None:
    """Set torch's threads, seed all randomness, and quieten what users need not read."""
    keep_memory()
    torch.set_num_threads(config.trainer.threads)
    # cuBLAS needs this to give the same bits each time.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    pl.seed_everything(config.seed, workers=True, verbose=False)
    # Lightning tells which accelerators it found and offers tips; the commands speak for us.
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    # The loaders map frames from disk, so workers would only slow them down.
    warnings.filterwarnings("ignore", ".*does not have many workers.*")
    # The run's own files are there before its checkpoint.
    warnings.filterwarnings("ignore", "Checkpoint directory .* exists and is not empty")
    # Where Slurm is installed, Lightning advises to start through it; a run needs one process only.
    warnings.filterwarnings("ignore", ".*`srun` command is available.*")
    # Lightning's use of torch's tree utilities, mended in their next release.
    warnings.filterwarnings("ignore", ".*LeafSpec.*")


def make_trainer(
    config: Config,
    data: RecordingsDataModule,
    folder: Path,
    show_progress: bool,
    stopped: StoppedRun | None = None,
    check: Check = never_lost,
    run_log: RunLog | None = None,
) -> pl.Trainer:
    """Make the trainer of a run, with all that watches over it.

    Args:
        config: The whole configuration.
        data: The run's batches.
        folder: Where checkpoint and history go.
        show_progress: Whether to show a progress bar.
        stopped: Where training goes on, if it has begun.
        check: Of the run's claim.
        run_log: Where epochs are logged, if anywhere.

    Raises:
        ConfigError: The accelerator is not there, or does not have the precision asked for.
    """
    asked = config.trainer
    steps_of_epoch = len(data.train_dataloader())
    given_epochs = config.tested_epochs.epochs if config.tested_epochs else None
    callbacks: list[Callback] = [
        ClaimCheck(check),  # first, before others write
        *([LastWeights(folder)] if given_epochs else _choosing(asked, folder, steps_of_epoch)),
        EpochHistory(folder / layout.HISTORY),
        ResumePoint(folder / layout.RESUME_POINT, resume_fingerprint(config, data.store.key)),
    ]
    if run_log is not None:
        callbacks.insert(-1, EpochLog(run_log))
    if show_progress:
        callbacks.append(EpochProgressBar())
    try:
        return pl.Trainer(
            accelerator=asked.accelerator,
            devices=1,
            precision=choose_precision(asked.precision, asked.accelerator),
            max_epochs=given_epochs or asked.max_epochs,
            limit_val_batches=0 if given_epochs else 1.0,
            deterministic=True,
            callbacks=callbacks,
            # Not Slurm's, which would take the tasks of a job for the parts of one training.
            plugins=[LightningEnvironment(), AtomicCheckpointIO()],
            logger=False,  # what is logged does not depend on Lightning's steps
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
    except pl.utilities.exceptions.MisconfigurationException as error:
        raise ConfigError(f"trainer.accelerator = {asked.accelerator}: {error}") from None


def _choosing(asked: TrainerSection, folder: Path, steps_of_epoch: int) -> list[Callback]:
    """Make what chooses an epoch by the validation side, and ends training by it."""
    stopping, monitor = asked.early_stopping, Monitor(asked.monitor)
    min_steps = asked.least_steps(steps_of_epoch)
    return [
        BestWeights(folder, monitor, min_steps),
        RatioEarlyStopping(stopping.alpha, stopping.patience, monitor, min_steps),
    ]


def _predictions(data: RecordingsDataModule, side: str, judged: Judged) -> pd.DataFrame:
    rows, logits = judged.rows.cpu().numpy(), judged.logits.cpu().numpy()
    if not np.isfinite(logits).all():
        raise RunError(
            f"training diverged: {int((~np.isfinite(logits)).sum())} {side} logits are not "
            "finite; try a smaller trainer.learning_rate"
        )
    return make_predictions(data.store.recordings.iloc[rows], logits)
