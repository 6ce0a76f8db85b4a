"""Fits a model without gradient steps, and leaves what a trained network leaves."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.splits import SIDES
from dysarthria_lightning.evaluation.metrics import Scores, auroc
from dysarthria_lightning.evaluation.predictions import make_predictions
from dysarthria_lightning.files.locks import Check, never_lost
from dysarthria_lightning.models.base import EstimatorSection, LabelledFrames
from dysarthria_lightning.runs import layout
from dysarthria_lightning.training.history import COLUMNS, write_history
from dysarthria_lightning.training.networks import Trained
from dysarthria_lightning.training.resuming import AtomicCheckpointIO


def fit_estimator(
    config: Config,
    model: EstimatorSection,
    data: RecordingsDataModule,
    folder: Path,
    check: Check = never_lost,
) -> Trained:
    """Fit a model to the training side and let it judge the others.

    Its fit counts as one epoch: the history has one row. Sides with nobody on them are not judged.

    Args:
        config: The whole configuration.
        model: Its ``model`` section.
        data: The run's sides; their standardisation is not used.
        folder: Where checkpoint and history go.
        check: Of the run's claim.

    Raises:
        RunError: Another process has taken the run over.
    """
    filled = [side for side in SIDES if len(data.split.side(side))]
    sides = {side: labelled_frames(data, side) for side in filled}
    fitted = model.fit(sides["train"])
    logits = {side: model.score(fitted, recordings) for side, recordings in sides.items()}
    judged = {
        side: _judge(logits[side], sides[side]) for side in ("train", "validation") if side in sides
    }
    row = {column.replace("/", "_"): math.nan for column in COLUMNS}
    row |= {f"{side}_{name}": value for side, by in judged.items() for name, value in by.items()}
    if "validation" in sides:
        row["validation_auroc"] = _auroc(logits["validation"], sides["validation"])
    check()
    content = {"fitted": fitted, "n_columns": data.n_columns}
    AtomicCheckpointIO().save_checkpoint(content, folder / layout.CHECKPOINT)
    write_history([{"epoch": 1, **row}], folder / layout.HISTORY)
    return Trained(
        {
            side: _predictions(data, side, logits[side])
            for side in ("validation", "test")
            if side in sides
        },
        epochs=1,
        epoch_tested=1 if "test" in sides else None,
        steps=None,
        steps_trained=None,
        min_steps=None,
        train_error=judged["train"]["error"],
        validation_error=judged["validation"]["error"] if "validation" in judged else None,
        monitor=None,
        monitor_value=None,
        precision="64-true",
        device=torch.device("cpu"),
    )


def labelled_frames(data: RecordingsDataModule, side: str) -> LabelledFrames:
    """Gather a side's recordings as estimators see them."""
    store, rows = data.store, data.split.side(side)
    recordings = store.recordings.iloc[rows]
    frames = [
        store.frames[start : start + n, : data.n_columns].astype(np.float64)
        for start, n in zip(recordings["offset"], recordings["n_frames"], strict=True)
    ]
    return LabelledFrames.gather(frames, recordings)


def _judge(logits: NDArray[np.float64], recordings: LabelledFrames) -> dict[str, float]:
    labels = recordings.labels
    assert labels is not None
    loss = np.logaddexp(0, np.where(labels == 1, -logits, logits)).mean()
    return {"loss": float(loss), "error": float(np.mean((logits > 0) != (labels == 1)))}


def _auroc(logits: NDArray[np.float64], recordings: LabelledFrames) -> float:
    """Return the AUROC of recordings, NaN where one class is absent."""
    assert recordings.labels is not None
    n = len(logits)
    each_by_itself = Scores(logits, recordings.labels, np.arange(n), threshold=0, n_speakers=n)
    return float(auroc(each_by_itself, np.ones((1, n)))[0])


def _predictions(
    data: RecordingsDataModule, side: str, logits: NDArray[np.float64]
) -> pd.DataFrame:
    return make_predictions(
        data.store.recordings.iloc[data.split.side(side)], logits.astype(np.float32)
    )
