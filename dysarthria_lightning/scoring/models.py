"""A run's model, brought back to score recordings: one class for each kind of model."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from dysarthria_lightning.data.batches import PaddedDataset, Standardisation
from dysarthria_lightning.data.datamodule import evaluation_loader
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.models.base import (
    EstimatorSection,
    LabelledFrames,
    ModelSection,
    NetworkSection,
)
from dysarthria_lightning.models.parts.encoders import TooManyFramesError
from dysarthria_lightning.scoring.recordings import FramesInMemory
from dysarthria_lightning.scoring.state import ModelState

# Of a model without gradient steps that are held in double precision at once.
_MOST_FRAMES = 2_000_000


class TrainedModel(ABC):
    """A model that scores recordings.

    Attributes:
        n_columns: Columns of a frame that it reads, the first ones.
        longest: Frames of the longest recording that it takes; None: it takes any.
    """

    n_columns: int
    longest: int | None = None

    @abstractmethod
    def logits(self, recordings: FramesInMemory) -> NDArray[np.float32]:
        """Return (n_recordings,) logits of dysarthria."""


def restore_model(section: ModelSection, state: ModelState) -> TrainedModel:
    """Bring a model back.

    Args:
        section: Its ``model``.
        state: What it was trained to.

    Raises:
        KeyError: The state is not of such a model; likewise RuntimeError and TypeError.
    """
    if isinstance(section, EstimatorSection):
        return FittedEstimator(section, state)
    assert isinstance(section, NetworkSection)
    return TrainedNetwork(section, state)


class TrainedNetwork(TrainedModel):
    """A network with the weights that were tested.

    Args:
        section: The run's ``model``.
        state: What it was trained to.
    """

    def __init__(self, section: NetworkSection, state: ModelState) -> None:
        self.n_columns = int(state.values["n_columns"])
        self.network = section.build(self.n_columns, int(state.values["max_frames"])).eval()
        start = "network."
        self.network.load_state_dict(
            {
                name.removeprefix(start): torch.from_numpy(np.array(weight))
                for name, weight in state.arrays.items()
                if name.startswith(start)
            }
        )
        self.longest = getattr(getattr(self.network, "encoder", None), "max_frames", None)
        self.standardisation = Standardisation(state.arrays["mean"], state.arrays["std"])
        self.in_bf16 = str(state.values["precision"]).startswith("bf16")
        self.threads = int(state.values["threads"])

    def logits(self, recordings: FramesInMemory) -> NDArray[np.float32]:
        """Score recordings in batches as the run's own were."""
        rows = np.arange(len(recordings.recordings))
        dataset = PaddedDataset(recordings, rows, self.n_columns, self.standardisation)
        logits = np.empty(len(rows), dtype=np.float32)
        threads_before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, self.in_bf16):
                for batch in evaluation_loader(dataset):
                    scored = self.network(batch.features, batch.lengths).float()
                    logits[batch.rows.numpy()] = scored.numpy()
        except TooManyFramesError as error:
            raise CorpusError(f"the model cannot score these recordings: {error}") from None
        finally:
            torch.set_num_threads(threads_before)
        return logits


class FittedEstimator(TrainedModel):
    """A model that was fitted without gradient steps.

    Args:
        section: The run's ``model``.
        state: What it was fitted to.
    """

    def __init__(self, section: EstimatorSection, state: ModelState) -> None:
        self.section = section
        self.fitted: dict[str, Any] = state.values["fitted"]
        self.n_columns = int(state.values["n_columns"])

    def logits(self, recordings: FramesInMemory) -> NDArray[np.float32]:
        """Score recordings, each with the others of its speaker."""
        index = recordings.recordings
        logits = np.empty(len(index), dtype=np.float32)
        for rows in _whole_speakers(index):
            own = index.iloc[rows]
            frames = [
                recordings.frames[start : start + n, : self.n_columns].astype(np.float64)
                for start, n in zip(own["offset"], own["n_frames"], strict=True)
            ]
            unlabelled = replace(LabelledFrames.gather(frames, own), labels=None)
            logits[rows] = self.section.score(self.fitted, unlabelled)
        return logits


def _whole_speakers(index: pd.DataFrame) -> list[NDArray[np.intp]]:
    """Divide recordings into parts that hold all of a speaker's, and few frames each."""
    numbers, _ = pd.factorize(index["speaker_id"])
    frames = np.bincount(numbers, index["n_frames"])
    parts = (np.cumsum(frames) - frames) // _MOST_FRAMES
    return [np.flatnonzero(parts[numbers] == part) for part in np.unique(parts)]
