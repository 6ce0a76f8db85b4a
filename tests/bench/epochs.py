"""One epoch of training, timed: this package's, a bare loop's, and the usual way's.

Each way is called in a process of its own, so that none gains or loses by what another has set.
"""

import io
import logging
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.nn import functional as F

from bench.idiomatic import PackedClassifier, make_loader, make_packed_trainer
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.splits import make_split
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.models.bilstm import BiLSTM
from dysarthria_lightning.models.lstm import LSTM
from dysarthria_lightning.training.module import RecordingClassifier
from dysarthria_lightning.training.networks import make_trainer, prepare_torch


def time_ours(config: Config, store: Path, folder: Path) -> float:
    """Train an epoch as a run does: validation, metrics, progress bar, history and checkpoints.

    Args:
        config: One of the LSTMs, on the CPU, for one epoch.
        store: The feature store.
        folder: For what the trainer writes; not there yet.

    Returns:
        Seconds from the first batch to after the checkpoint.
    """
    prepare_torch(config)
    data = make_data(config, store)
    folder.mkdir(parents=True)
    trainer = make_trainer(config, data, folder, show_progress=True)
    return _time_epoch(trainer, make_ours(config, data), datamodule=data)


def time_bare(config: Config, store: Path) -> float:
    """Train an epoch over the same batches in a loop of torch alone, and judge validation.

    Args:
        config: One of the LSTMs, on the CPU.
        store: The feature store.

    Returns:
        Seconds.
    """
    prepare_torch(config)
    data = make_data(config, store)
    module = make_ours(config, data)
    optimiser = module.configure_optimizers()
    with torch.autocast("cpu", torch.bfloat16, enabled=config.trainer.precision == "bf16-mixed"):
        started = time.perf_counter()
        for batch in data.train_dataloader():
            optimiser.zero_grad()
            F.binary_cross_entropy_with_logits(module(batch), batch.labels).backward()
            optimiser.step()
        module.eval()
        with torch.no_grad():
            for batch in data.val_dataloader():
                module(batch)
        return time.perf_counter() - started


def time_packed(config: Config, store: Path, folder: Path) -> float:
    """Train an epoch the usual way, with nothing set but the number of threads.

    Args:
        config: One of the LSTMs, for one epoch.
        store: The feature store.
        folder: For what the trainer writes.

    Returns:
        Seconds from the first batch to after the checkpoint.
    """
    torch.set_num_threads(config.trainer.threads)
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # its tips cross the bar
    data = make_data(config, store)
    size = config.trainer.batch_size
    loaders = {
        "train_dataloaders": make_loader(data.dataset("train"), size, shuffle=True),
        "val_dataloaders": make_loader(data.dataset("validation"), size, shuffle=False),
    }
    trainer = make_packed_trainer(config, folder, len(loaders["train_dataloaders"]))
    return _time_epoch(trainer, make_packed(config, data), **loaders)


def make_data(config: Config, store: Path) -> RecordingsDataModule:
    """Split a store as a run does."""
    opened = FeatureStore.open(store)
    split = make_split(
        opened.recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
    )
    n_columns = config.n_mfcc or opened.n_columns
    return RecordingsDataModule(opened, split, n_columns, config.trainer.batch_size, config.seed)


def make_ours(config: Config, data: RecordingsDataModule) -> RecordingClassifier:
    """Make this package's module."""
    return RecordingClassifier(
        config.model.model_dump(),
        data.n_columns,
        data.store.max_frames,
        config.trainer.learning_rate,
    )


def make_packed(config: Config, data: RecordingsDataModule) -> PackedClassifier:
    """Make the usual module."""
    assert isinstance(config.model, LSTM | BiLSTM)
    return PackedClassifier(config.model, data.n_columns, config.trainer.learning_rate)


def _time_epoch(trainer: Trainer, module: LightningModule, **data: object) -> float:
    timer = EpochTimer()
    trainer.callbacks.append(timer)  # type: ignore[attr-defined]
    # The progress bars are drawn, because that takes time, but not shown.
    with redirect_stdout(_HiddenTerminal()), redirect_stderr(_HiddenTerminal()):
        trainer.fit(module, **data)  # type: ignore[arg-type]
    return timer.seconds


class _HiddenTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class EpochTimer(Callback):
    """Times the last whole epoch, from the first batch to after the checkpoint."""

    seconds = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self.started = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self.started
