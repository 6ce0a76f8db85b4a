"""Scores recordings with finished runs: nothing but the runs' folders is needed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.errors import CorpusError, RunError
from dysarthria_lightning.evaluation.predictions import make_predictions, sigmoid
from dysarthria_lightning.scoring.models import TrainedModel, restore_model
from dysarthria_lightning.scoring.recordings import (
    FramesInMemory,
    extract_frames,
    make_extractor,
)
from dysarthria_lightning.scoring.saved import SavedModels

_NEEDED = ("path", "speaker_id")


@dataclass(frozen=True)
class Scorer:
    """Scores recordings of speakers, whether their labels are known or not.

    Features, standardisation and weights come from the runs alone. On the same kind of machine a
    run's scorer gives the run's own test predictions back to the bit, if it is given all test
    recordings at once: which recordings share a batch decides the last bits.

    Attributes:
        config: Of the first run; the others differ in what they were trained on only.
        models: One for each run; a recording's probability is the mean of theirs.
        n_stored_columns: Columns that matrices of features must have; None where older runs do not
            say, of which the models read the first.
        reads_audio: Whether features of audio are computed as when the runs were trained.

    Example:
        Score recordings of somebody new with a run::

            scorer = Scorer.from_run("outputs/runs/mine/…/fold0")
            recordings = pd.DataFrame({"path": ["anna_1.wav", "anna_2.wav"], "speaker_id": "anna"})
            speakers = speaker_scores(scorer.score(recordings))
    """

    config: Config
    models: tuple[TrainedModel, ...]
    n_stored_columns: int | None
    reads_audio: bool = True

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Scorer":
        """Make a scorer of what a path names.

        Args:
            path: The folder of a run, or of a cross-validation (above ``fold0``, ``fold1``, ...):
                of all its finished folds; or a bundle.

        Raises:
            RunError: There is no finished run, files are damaged, or there are runs of several
                models.
        """
        from dysarthria_lightning.scoring.bundle import read_bundle
        from dysarthria_lightning.scoring.finding import find_runs, is_bundle

        if is_bundle(Path(path)):
            return cls.of(read_bundle(path).models)
        return cls.from_runs(find_runs(Path(path)).folders)

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
            folders: The runs'; all of the same features, segments and model.

        Raises:
            RunError: A folder holds no finished run, files are damaged, or the runs do not belong
                together.
        """
        return cls.of(SavedModels.of_runs(folders))

    @classmethod
    def of(cls, saved: SavedModels) -> "Scorer":
        """Make a scorer of models that were read from wherever they were saved.

        Args:
            saved: The models.

        Raises:
            RunError: There are none, or weights do not fit the model that the settings describe.
        """
        try:
            models = [restore_model(saved.config.model, state) for state in saved.states]
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise RunError(f"the model's weights do not fit its settings: {error}") from None
        if not models:
            raise RunError("a scorer needs at least one model")
        return cls(saved.config, tuple(models), saved.n_stored_columns, saved.reads_audio)

    def score(self, recordings: pd.DataFrame) -> pd.DataFrame:
        """Score recordings.

        Args:
            recordings: Rows with ``path`` (audio, or a ``.npy`` matrix of features) and
                ``speaker_id``; optionally ``recording_id`` (else the path) and ``label``; for a
                run of ``model=demographics`` also ``age`` (years) and ``gender`` (``female`` or
                ``male``), as far as it was trained on them.

        Returns:
            One row per recording, or per segment where the model was trained on segments, sorted
            by ``recording_id``: ``recording_id``, ``speaker_id``, ``label`` if it was given,
            ``logit`` and ``probability`` of dysarthria.

        Raises:
            CorpusError: A column or a value is missing, a recording is there twice, or one cannot
                be used.
            RunError: A run was trained by a version that computed features of audio otherwise.
        """
        named = _name(recordings)
        if not named["path"].str.endswith(".npy").all():
            self.check_reads_audio()
        frames = extract_frames(named, self.config, self.n_stored_columns, self.models[0].n_columns)
        scored = [
            make_predictions(frames.recordings, model.logits(frames)) for model in self.models
        ]
        predictions = scored[0] if len(scored) == 1 else _average(scored)
        return predictions if "label" in recordings else predictions.drop(columns="label")

    def score_samples(self, samples: ArrayLike, sample_rate_hz: int) -> float:
        """Score one recording that is in memory.

        Args:
            samples: (n_samples,) full scale at 1; or integers, whose own full scale counts.
            sample_rate_hz: Of the samples; any.

        Returns:
            The mean probability of dysarthria, over the recording's segments where the models were
            trained on segments, and over the models. A score from 0 to 1, and no diagnosis.

        Raises:
            CorpusError: The samples cannot be used; says why.
            RunError: A run was trained by a version that computed features of audio otherwise.
        """
        wave = np.asarray(samples)
        if wave.ndim != 1:
            raise CorpusError(
                f"samples to score: expected (n_samples,), got {wave.shape}; give one channel"
            )
        if np.issubdtype(wave.dtype, np.integer):
            limits = np.iinfo(wave.dtype)
            full_scale = (float(limits.max) + 1 - limits.min) / 2
            # Zero lies in the middle of integers without a sign, as of WAV files of 8 bits.
            wave = wave / full_scale - (1 if limits.min == 0 else 0)
        elif not np.issubdtype(wave.dtype, np.floating):
            raise CorpusError(f"samples to score: expected numbers, got {wave.dtype}")
        self.check_reads_audio()
        n_read = self.models[0].n_columns
        extractor = make_extractor(self.config, self.n_stored_columns, n_read)
        clip = np.ascontiguousarray(wave, dtype=np.float32)
        result = extractor.extract_samples(clip, int(sample_rate_hz))
        problem = "longer than data.max_duration_s" if result.too_long else result.problem
        if problem:
            raise CorpusError(f"the samples cannot be scored: {problem}")
        named = pd.DataFrame({"speaker_id": ["samples"], "label": HEALTHY, "age": np.nan})
        frames = [instance.frames[:, :n_read] for instance in result.instances]
        lengths = [len(each) for each in frames]
        instances = pd.DataFrame(
            {
                "recording_id": [str(number) for number in range(len(frames))],
                "offset": np.cumsum([0, *lengths[:-1]]),
                "n_frames": lengths,
            }
        ).merge(named.assign(gender=None), how="cross")
        scored = FramesInMemory(np.concatenate(frames), instances)
        means = [sigmoid(model.logits(scored).astype(np.float64)).mean() for model in self.models]
        return float(np.mean(means))

    def check_reads_audio(self) -> None:
        """Check that features of audio are computed as when the runs were trained.

        Raises:
            RunError: They are not, or it is not known.
        """
        if not self.reads_audio:
            raise RunError(
                "a run does not say that its version computed features of audio as this one does; "
                "train it again, or score matrices of features"
            )


def _name(recordings: pd.DataFrame) -> pd.DataFrame:
    """Complete a table of recordings to be scored, or say what is wrong with it."""
    missing = [column for column in _NEEDED if column not in recordings]
    if missing or recordings.empty:
        raise CorpusError(
            f"recordings to score need {' and '.join(_NEEDED)}; "
            f"{f'{missing[0]} is missing' if missing else 'there are none'}"
        )
    for column in _NEEDED:
        if recordings[column].isna().any():
            row = int(recordings[column].isna().to_numpy().argmax())
            raise CorpusError(f"recordings to score: {column} is missing in row {row} (from 0)")
    labelled = "label" in recordings
    if labelled and not recordings["label"].isin([HEALTHY, DYSARTHRIC]).all():
        raise CorpusError(
            "label: expected 0 (healthy) or 1 (dysarthric); leave it out if it is not known"
        )
    path = recordings["path"].astype(str)
    ids = recordings.get("recording_id", path)
    named = recordings.assign(
        recording_id=ids.where(ids.notna(), path).astype(str),
        path=path,
        speaker_id=recordings["speaker_id"].astype(str),
        label=recordings["label"].astype(int) if labelled else HEALTHY,
        age=pd.to_numeric(recordings["age"], errors="coerce") if "age" in recordings else np.nan,
        gender=recordings.get("gender"),
    )
    part = [column for column in ("path", "start", "end") if column in named]
    for column, same in (("recording_id", ["recording_id"]), ("path", part)):
        twice = named[column][named.duplicated(same)]
        if len(twice):
            raise CorpusError(f"recordings to score: {column} {twice.iloc[0]} is there twice")
    return named.sort_values("recording_id", ignore_index=True)


def _average(scored: list[pd.DataFrame]) -> pd.DataFrame:
    """Average the probabilities of several models, with the logit of the mean."""
    logits = np.array([each["logit"] for each in scored], dtype=np.float64)
    # log σ(x) = -log(1 + e^-x) stays finite where the probability rounds to 0 or 1.
    log_dysarthric = np.logaddexp.reduce(-np.logaddexp(0, -logits), axis=0)
    log_healthy = np.logaddexp.reduce(-np.logaddexp(0, logits), axis=0)
    logit = log_dysarthric - log_healthy
    return scored[0].assign(logit=logit, probability=sigmoid(logit))
