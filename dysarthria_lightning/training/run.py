"""One run: train a model, judge it, and leave everything on disk."""

import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.protocols import ALL_SPEAKERS
from dysarthria_lightning.data.same_people import check_people_apart
from dysarthria_lightning.data.splits import SIDES, make_split
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.evaluation.levels import score_levels
from dysarthria_lightning.evaluation.metrics import Scores, compute_metrics
from dysarthria_lightning.files.atomic import write_json
from dysarthria_lightning.files.locks import Check, never_lost
from dysarthria_lightning.models.base import EstimatorSection
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.integrity import digest_files
from dysarthria_lightning.runs.record import write_config, write_run
from dysarthria_lightning.runs.replacing import replacing
from dysarthria_lightning.scoring.estimate import (
    find_behind,
    headline,
    judge_runs,
    with_tested_epochs,
)
from dysarthria_lightning.scoring.opened_run import open_runs
from dysarthria_lightning.training.estimators import fit_estimator
from dysarthria_lightning.training.networks import Trained, prepare_torch, train_network
from dysarthria_lightning.training.pooled import pool_in_tensorboard
from dysarthria_lightning.training.provenance import describe_environment
from dysarthria_lightning.training.resuming import find_stopped_run, resume_fingerprint
from dysarthria_lightning.training.run_log import RunLog, logging_run

PREDICTION_FILES = {"validation": layout.VALIDATION_PREDICTIONS, "test": layout.PREDICTIONS}


def train_run(
    config: Config,
    store: FeatureStore,
    show_progress: bool,
    check: Check = never_lost,
) -> Path:
    """Train and judge the run that a configuration describes.

    The weights tested are those of the epoch that ``trainer.monitor`` chooses on the validation
    side (paper, section III); the test side has no part in anything before. With
    ``fold=all_speakers`` everybody is trained on for as many epochs as ``config.tested_epochs``
    says, and nobody validates or is tested.

    Args:
        config: The whole configuration.
        store: The corpus's feature store.
        show_progress: Whether to show a progress bar.
        check: Of the run's claim; called before anything is written.

    Returns:
        The run's folder; ``run.json`` in it was written last.

    Raises:
        ConfigError: The corpus cannot be split so or lacks what the model needs, or the
            accelerator is not there or does not have the precision asked for.
        RunError: Training diverged, or another process has taken the run over.
    """
    started = time.perf_counter()
    if config.tested_epochs is None:
        config = with_tested_epochs(config, store.key)
    prepare_torch(config)
    config.model.check_corpus(store.recordings)
    check_people_apart(config.protocol, store.corpora_with_shared_people)
    split = make_split(
        store.recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
    )
    n_columns = config.n_mfcc or store.n_columns
    data = RecordingsDataModule(store, split, n_columns, config.trainer.batch_size, config.seed)
    folder = layout.run_folder(config)
    stopped = None
    if not config.overwrite:
        stopped = find_stopped_run(folder, resume_fingerprint(config, store.key))
    epochs_before = stopped.epochs if stopped else 0
    with (
        replacing(folder, stopped is not None, check),
        logging_run(config, folder, epochs_before) as run_log,
    ):
        write_config(config, folder)
        write_json(split.describe(store.recordings), folder / layout.SPLIT)
        if isinstance(config.model, EstimatorSection):
            trained = fit_estimator(config, config.model, data, folder, check)
        else:
            trained = train_network(config, data, folder, show_progress, stopped, check, run_log)
        check()
        _judge(trained, folder, run_log)
        seconds_before = stopped.seconds if stopped else 0.0
        record = {
            "fingerprint": fingerprint(config, store.key),
            **({"note": config.data.disclaimer} if config.data.disclaimer else {}),
            **({"estimate": _estimate(config)} if config.fold == ALL_SPEAKERS else {}),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "epochs": trained.epochs,
            "epoch_tested": trained.epoch_tested,
            "steps": trained.steps,
            "steps_trained": trained.steps_trained,
            "min_steps": trained.min_steps,
            "train_error": trained.train_error,
            "validation_error": trained.validation_error,
            "monitor": trained.monitor,
            "monitor_value": trained.monitor_value,
            "n_instances": {side: len(split.side(side)) for side in SIDES},
            "classes": split.classes(store.recordings),
            "n_stored_columns": store.n_columns,
            "extraction": config.features.extraction,
            "n_left_out": {
                "cannot be used": len(store.about["problems"]),
                "too long": len(store.about["too_long"]),
            },
            "precision": trained.precision,
            **describe_environment(trained.device),
            "wall_time_s": round(seconds_before + time.perf_counter() - started, 2),
            "files": digest_files(folder),
        }
        check()
        write_run(record, folder)
        (folder / layout.RESUME_POINT).unlink(missing_ok=True)
    if config.logger.name == "tensorboard" and config.fold != ALL_SPEAKERS:
        pool_in_tensorboard(config)
    return folder


def _estimate(config: Config) -> dict[str, Any] | None:
    """Say how well other models did that were trained the same way on parts of the speakers."""
    behind = find_behind(config, Path(config.outputs_dir))
    return headline(judge_runs(open_runs(behind.folders)))


def _judge(trained: Trained, folder: Path, run_log: RunLog) -> None:
    """Write predictions and what they come to, and log that."""
    for side, predictions in trained.predictions.items():
        predictions.to_parquet(folder / PREDICTION_FILES[side])
    levels = {side: score_levels(its) for side, its in trained.predictions.items()}
    metrics = {side: _compute_metrics(levels[side]) for side in levels}
    if metrics:
        write_json(metrics, folder / layout.METRICS)
    run_log.end(trained.epoch_tested or trained.epochs, levels, metrics)


def _compute_metrics(levels: dict[str, Scores]) -> dict[str, dict[str, float | None]]:
    """Compute the metrics of each level; what is not defined is None, as JSON has no NaN."""
    judged: dict[str, dict[str, float | None]] = {}
    for level, items in levels.items():
        values = {name: float(value[0]) for name, value in compute_metrics(items).items()}
        judged[level] = {
            name: value if math.isfinite(value) else None for name, value in values.items()
        }
    return judged
