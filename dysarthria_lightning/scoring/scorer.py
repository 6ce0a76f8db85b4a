"""Scores recordings with finished runs: nothing but the runs' folders is needed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from dysarthria_lightning.config import Config, read_config
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.errors import CorpusError, RunError
from dysarthria_lightning.evaluation.predictions import make_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import read_run
from dysarthria_lightning.scoring.checkpoint import read_checkpoint
from dysarthria_lightning.scoring.models import TrainedModel, restore_model
from dysarthria_lightning.scoring.recordings import extract_frames

_NEEDED = ("path", "speaker_id")


@dataclass(frozen=True)
class Scorer:
    """Scores recordings of speakers, whether their labels are known or not.

    Features, standardisation, weights and thresholds come from the runs alone. On the same kind of
    machine a run's scorer gives the run's own test predictions back to the bit, if it is given all
    test recordings at once: which recordings share a batch decides the last bits.

    Attributes:
        config: Of the first run; the others differ in what they were trained on only.
        models: One for each run; a recording's probability is the mean of theirs.
        n_stored_columns: Columns that matrices of features must have.

    Example:
        Score the recordings of a table with a run::

            scorer = Scorer.from_run("outputs/runs/mine/…/fold0")
            predictions = scorer.score(read_manifest("new_people.csv"))
            speakers = speaker_scores(predictions)
    """

    config: Config
    models: tuple[TrainedModel, ...]
    n_stored_columns: int

    @classmethod
    def from_run(cls, folder: str | os.PathLike[str]) -> "Scorer":
        """Make a scorer of one finished run.

        Args:
            folder: The run's.

        Raises:
            RunError: It holds no finished run, or its files are damaged.
        """
        return cls.from_runs([folder])

    @classmethod
    def from_runs(cls, folders: Sequence[str | os.PathLike[str]]) -> "Scorer":
        """Make a scorer of several finished runs, such as all folds of a cross-validation.

        Args:
            folders: The runs'; all of the same corpus, features and model.

        Raises:
            RunError: A folder holds no finished run, files are damaged, or the runs do not belong
                together.
        """
        if not folders:
            raise RunError("a scorer needs at least one run")
        configs, models, columns = [], [], []
        paths = list(map(Path, folders))
        for folder in paths:
            record = read_run(folder)
            if record is None:
                raise RunError(f"{folder} holds no finished run")
            config = read_config(folder / layout.CONFIG)
            checkpoint = read_checkpoint(folder / layout.CHECKPOINT)
            configs.append(config)
            models.append(restore_model(config, checkpoint, record["precision"]))
            stored = config.features.n_columns(config.n_mfcc) or models[-1].n_columns
            columns.append(int(record.get("n_stored_columns", stored)))
        for folder, config, stored in zip(paths, configs, columns, strict=True):
            if _read_by(config) != _read_by(configs[0]) or stored != columns[0]:
                raise RunError(
                    f"{folder} reads recordings otherwise than {paths[0]}: runs that score "
                    "together need the same features, segments and model"
                )
        return cls(configs[0], tuple(models), columns[0])

    def score(self, recordings: pd.DataFrame) -> pd.DataFrame:
        """Score recordings.

        Args:
            recordings: Rows with ``path`` (audio, or a ``.npy`` matrix of features) and
                ``speaker_id``; optionally ``recording_id`` (else the path) and ``label``.

        Returns:
            One row per recording, or per segment where the model was trained on segments, sorted
            by ``recording_id``: ``recording_id``, ``speaker_id``, ``label`` if it was given,
            ``logit`` and ``probability`` of dysarthria.

        Raises:
            CorpusError: A column is missing, or a recording cannot be used.
        """
        missing = [column for column in _NEEDED if column not in recordings]
        if missing or recordings.empty:
            raise CorpusError(
                f"recordings to score need {' and '.join(_NEEDED)}; "
                f"{f'{missing[0]} is missing' if missing else 'there are none'}"
            )
        labelled = "label" in recordings
        if labelled and not recordings["label"].isin([HEALTHY, DYSARTHRIC]).all():
            raise CorpusError(
                "label: expected 0 (healthy) or 1 (dysarthric); leave it out if unknown"
            )
        named = recordings.assign(
            recording_id=recordings.get("recording_id", recordings["path"]),
            path=recordings["path"].astype(str),
            label=recordings["label"].astype(int) if labelled else HEALTHY,
        ).sort_values("recording_id", ignore_index=True)
        frames = extract_frames(named, self.config, self.n_stored_columns)
        scored = [
            make_predictions(frames.recordings, model.logits(frames)) for model in self.models
        ]
        predictions = scored[0]
        if len(scored) > 1:
            probability = np.mean([each["probability"] for each in scored], axis=0)
            logit = np.log(probability) - np.log1p(-probability)
            predictions = predictions.assign(logit=logit, probability=probability)
        return predictions if labelled else predictions.drop(columns="label")


def _read_by(config: Config) -> tuple[object, ...]:
    data = config.data
    return config.features, config.n_mfcc, data.segment_s, data.max_duration_s, config.model
