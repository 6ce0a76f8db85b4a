"""A finished run as one object."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dysarthria_lightning.config import Config, read_config
from dysarthria_lightning.config.fingerprint import compare
from dysarthria_lightning.errors import ConfigError, RunError
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.integrity import damaged_files
from dysarthria_lightning.runs.record import read_run


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        folder: Where it lies.
        config: Its settings.
        record: What ``run.json`` holds: versions, machine, epochs, time.
        split: Each side's speakers.
        predictions: Of the test recordings: ``recording_id``, ``speaker_id``, ``label``, ``logit``,
            ``probability``; none of a model of all speakers, likewise below.
        validation_predictions: Likewise, of the validation recordings.
        history: One row per epoch: ``epoch`` (from 1), losses and errors of both sides.
    """

    folder: Path
    config: Config
    record: dict[str, Any]
    split: dict[str, dict[str, list[str]]]
    predictions: pd.DataFrame
    validation_predictions: pd.DataFrame
    history: pd.DataFrame


def open_run(folder: Path) -> tuple[Config, dict[str, Any]]:
    """Read a finished run's settings and record, if its files are what they were.

    Args:
        folder: The run's.

    Returns:
        Its configuration, and what ``run.json`` holds.

    Raises:
        RunError: It holds no finished run, or files of it are damaged.
    """
    record = read_run(folder)
    if record is None:
        raise RunError(f"{folder} holds no finished run")
    damaged = damaged_files(folder, record)
    if damaged:
        raise RunError(f"{folder}: {' and '.join(damaged)} damaged; train the run again")
    try:
        config = read_config(folder / layout.CONFIG)
    except ConfigError as error:
        raise RunError(f"{folder} cannot be used: {error}") from None
    # Records of older versions have no digest of the configuration.
    asked = {key: record["fingerprint"].get(key) for key in config.settings()}
    differences = compare(asked, config.settings())
    if differences:
        raise RunError(
            f"{folder / layout.CONFIG} is not what the run was trained with:\n  "
            + "\n  ".join(differences)
        )
    return config, record


def load_run(folder: str | os.PathLike[str]) -> Run:
    """Load a finished run.

    Args:
        folder: The run's, such as ``outputs/runs/…/seed0/fold0``.

    Raises:
        RunError: It holds no finished run, or files of it are damaged.
    """
    folder = Path(folder)
    config, record = open_run(folder)
    try:
        split = json.loads((folder / layout.SPLIT).read_text(encoding="utf-8"))
        history = pd.read_csv(folder / layout.HISTORY)
    except (OSError, ValueError) as error:
        raise RunError(f"{folder} cannot be read ({error}); train the run again") from None
    return Run(
        folder,
        config,
        record,
        split,
        _predictions(folder / layout.PREDICTIONS, record),
        _predictions(folder / layout.VALIDATION_PREDICTIONS, record),
        history,
    )


def _predictions(path: Path, record: dict[str, Any]) -> pd.DataFrame:
    if path.name in record["files"]:
        return read_predictions(path)
    return pd.DataFrame(columns=["recording_id", "speaker_id", "label", "logit", "probability"])
