"""One run: train, restore the best weights, predict, judge, and leave everything on disk."""

import logging
import math
import os
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, ModelCheckpoint
from pytorch_lightning.plugins.environments import LightningEnvironment

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint, flatten
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.splits import SIDES, make_split
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.data.synthetic import DISCLAIMER
from dysarthria_lightning.errors import ConfigError, RunError
from dysarthria_lightning.evaluation.levels import score_levels
from dysarthria_lightning.evaluation.metrics import Scores, compute_metrics
from dysarthria_lightning.evaluation.predictions import make_predictions
from dysarthria_lightning.files.atomic import write_json
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.integrity import digest_files
from dysarthria_lightning.runs.record import write_config, write_run
from dysarthria_lightning.runs.replacing import replacing
from dysarthria_lightning.training.early_stopping import RatioEarlyStopping
from dysarthria_lightning.training.history import EpochHistory
from dysarthria_lightning.training.module import RecordingClassifier
from dysarthria_lightning.training.precision import choose_precision
from dysarthria_lightning.training.progress import EpochProgressBar
from dysarthria_lightning.training.provenance import describe_environment
from dysarthria_lightning.training.resuming import (
    AtomicCheckpointIO,
    ResumePoint,
    StoppedRun,
    find_stopped_run,
    resume_fingerprint,
)
from dysarthria_lightning.training.tensorboard import EventsLogger, log_curves, log_hyperparameters

PREDICTION_FILES = {"validation": layout.VALIDATION_PREDICTIONS, "test": layout.PREDICTIONS}


def train_run(config: Config, store: FeatureStore, show_progress: bool) -> Path:
    """Train and judge the run that a configuration describes.

    The weights tested are those of the epoch with the lowest validation error (paper, section
    III); the test side has no part in anything before.

    Args:
        config: The whole configuration.
        store: The corpus's feature store.
        show_progress: Whether to show a progress bar.

    Returns:
        The run's folder; ``run.json`` in it was written last.

    Raises:
        ConfigError: The corpus cannot be split so, or the accelerator is not there or
            does not have the precision asked for.
        RunError: Training diverged.
    """
    started = time.perf_counter()
    prepare_torch(config)
    split = make_split(
        store.recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
    )
    data = RecordingsDataModule(store, split, config.n_mfcc, config.trainer.batch_size, config.seed)
    folder = layout.run_folder(config)
    stopped = None
    if not config.overwrite:
        stopped = find_stopped_run(folder, resume_fingerprint(config, store.key))
    with replacing(folder, go_on=stopped is not None):
        write_config(config, folder)
        write_json(split.describe(store.recordings), folder / layout.SPLIT)
        record = _train(config, data, folder, show_progress, stopped)
        seconds_before = stopped.seconds if stopped else 0.0
        record["wall_time_s"] = round(seconds_before + time.perf_counter() - started, 2)
        write_run(record | {"files": digest_files(folder)}, folder)
        (folder / layout.RESUME_POINT).unlink()
    return folder


def _train(
    config: Config,
    data: RecordingsDataModule,
    folder: Path,
    show_progress: bool,
    stopped: StoppedRun | None,
) -> dict[str, Any]:
    """Train, test and predict; return the run's record."""
    store = data.store
    module = RecordingClassifier(
        config.model.model_dump(), config.n_mfcc, store.max_frames, config.trainer.learning_rate
    )
    trainer = make_trainer(config, data, folder, show_progress, stopped)
    try:
        trainer.fit(
            module,
            datamodule=data,
            ckpt_path=stopped.checkpoint if stopped else None,
            weights_only=True,
        )
    except SystemExit:
        # Lightning turns Ctrl-C into a plain exit.
        raise KeyboardInterrupt from None
    checkpoint = trainer.checkpoint_callback
    assert isinstance(checkpoint, ModelCheckpoint)
    assert checkpoint.best_model_score is not None
    best = checkpoint.best_model_path
    trainer.test(module, data.test_dataloader(), best, verbose=False, weights_only=True)
    levels = {}
    for side, file in PREDICTION_FILES.items():
        predictions = _predict(trainer, module, data, side)
        predictions.to_parquet(folder / file)
        levels[side] = score_levels(predictions)
    metrics = {side: _judge(levels[side]) for side in levels}
    write_json(metrics, folder / layout.METRICS)
    _log_to_tensorboard(trainer, config, levels, metrics)
    return {
        "fingerprint": fingerprint(config, store.key),
        **({"note": DISCLAIMER} if config.data.layout == "synthetic" else {}),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "epochs": trainer.current_epoch,
        "epoch_tested": 1 + int(torch.load(best, weights_only=True)["epoch"]),
        "validation_error": float(checkpoint.best_model_score),
        "n_instances": {side: len(data.split.side(side)) for side in SIDES},
        "n_left_out": {
            "cannot be used": len(store.about["problems"]),
            "too long": len(store.about["too_long"]),
        },
        "precision": trainer.precision,
        **describe_environment(module.device),
    }


def prepare_torch(config: Config) -> None:
    """Set torch's threads, seed all randomness, and quieten what users need not read."""
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
) -> pl.Trainer:
    """Make the trainer of a run, with all that watches over it.

    Args:
        config: The whole configuration.
        data: The run's batches.
        folder: Where checkpoint, history and TensorBoard events go.
        show_progress: Whether to show a progress bar.
        stopped: Where training goes on, if it has begun.

    Raises:
        ConfigError: The accelerator is not there, or does not have the precision asked for.
    """
    asked = config.trainer
    stopping = asked.early_stopping
    callbacks: list[Callback] = [
        ModelCheckpoint(
            dirpath=folder,
            filename="best",
            monitor="validation/error",
            save_weights_only=True,
            enable_version_counter=False,
        ),
        RatioEarlyStopping(stopping.alpha, stopping.patience),
        EpochHistory(folder / layout.HISTORY),
        ResumePoint(folder / layout.RESUME_POINT, resume_fingerprint(config, data.store.key)),
    ]
    if show_progress:
        callbacks.append(EpochProgressBar())
    try:
        return pl.Trainer(
            accelerator=asked.accelerator,
            devices=1,
            precision=choose_precision(asked.precision, asked.accelerator),
            max_epochs=asked.max_epochs,
            deterministic=True,
            callbacks=callbacks,
            # Not Slurm's, which would take the tasks of a job for the parts of one training.
            plugins=[LightningEnvironment(), AtomicCheckpointIO()],
            logger=EventsLogger(folder, stopped.steps if stopped else None),
            log_every_n_steps=min(50, len(data.train_dataloader())),
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
    except pl.utilities.exceptions.MisconfigurationException as error:
        raise ConfigError(f"trainer.accelerator = {asked.accelerator}: {error}") from None


def _predict(
    trainer: pl.Trainer, module: RecordingClassifier, data: RecordingsDataModule, side: str
) -> pd.DataFrame:
    outputs: Any = trainer.predict(module, data.evaluation_dataloader(side))
    rows = torch.cat([rows for rows, _ in outputs]).cpu().numpy()
    logits = torch.cat([logits for _, logits in outputs]).cpu().numpy()
    if not np.isfinite(logits).all():
        raise RunError(
            f"training diverged: {int((~np.isfinite(logits)).sum())} {side} logits are not "
            "finite; try a smaller trainer.learning_rate"
        )
    return make_predictions(data.store.recordings.iloc[rows], logits)


def _judge(levels: dict[str, Scores]) -> dict[str, dict[str, float | None]]:
    """Compute the metrics of each level; what is not defined is None, as JSON has no NaN."""
    judged: dict[str, dict[str, float | None]] = {}
    for level, items in levels.items():
        values = {name: float(value[0]) for name, value in compute_metrics(items).items()}
        judged[level] = {
            name: value if math.isfinite(value) else None for name, value in values.items()
        }
    return judged


def _log_to_tensorboard(
    trainer: pl.Trainer,
    config: Config,
    levels: dict[str, dict[str, Scores]],
    metrics: dict[str, dict[str, dict[str, float | None]]],
) -> None:
    logger = trainer.logger
    assert isinstance(logger, EventsLogger)
    if config.data.layout == "synthetic":
        logger.experiment.add_text("about this corpus", DISCLAIMER)
    for side, scored in levels.items():
        log_curves(logger.experiment, side, scored)
    final = {
        f"final/{side}_{level}_{name}": value
        for side, by_level in metrics.items()
        for level, values in by_level.items()
        for name, value in values.items()
        if value is not None and name in ("auroc", "accuracy", "f1")
    }
    log_hyperparameters(logger.experiment, flatten(config.settings()), final)
    logger.close()
