"""How a network's score of a recording comes about: after each of its frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.data.audio import Audio
from dysarthria_lightning.data.excerpts import sources
from dysarthria_lightning.data.extraction import Extracted, Extractor, Instance
from dysarthria_lightning.data.features.base import AudioFeatures
from dysarthria_lightning.evaluation.predictions import sigmoid
from dysarthria_lightning.scoring.models import TrainedModel, TrainedNetwork
from dysarthria_lightning.scoring.ready import ReadyModel
from dysarthria_lightning.scoring.recordings import FramesInMemory, make_extractor

#: So much of a recording is drawn.
LONGEST_S = 10.0
#: Places at which a recording is read, spread evenly where it has more frames.
_MOST_PLACES = 400


@dataclass(frozen=True)
class TimeCourse:
    """A recording's sound and the score after each of its frames.

    Attributes:
        samples: (n_samples,) of the first :data:`LONGEST_S` seconds; none of a matrix of features.
        sample_rate_hz: Of the samples.
        parts: Of the recording, or of each of its segments, times in seconds and the probabilities
            of dysarthria after so much of it; none where the model has no time course.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    parts: list[tuple[NDArray[np.float64], NDArray[np.float64]]]


def has_time_course(model: ReadyModel) -> bool:
    """Say whether the score grows frame by frame: of networks that read them one by one."""
    trained = model.scorer.models[0]
    return isinstance(trained, TrainedNetwork) and trained.longest is None


def follow(model: ReadyModel, recording: pd.DataFrame, runs: Sequence[int]) -> TimeCourse:
    """Follow a recording's score.

    Args:
        model: Scores it.
        recording: One row with ``path``, ``start`` and ``end``, which can be used.
        runs: Those that score it; the mean of them is followed.
    """
    scorer, n_read = model.scorer, model.scorer.models[0].n_columns
    extractor = make_extractor(scorer.config, scorer.n_stored_columns, n_read, _Keeping)
    assert isinstance(extractor, _Keeping)
    extracted = extractor(sources(recording)[0])
    audio = extractor.audio
    parts = []
    if has_time_course(model):
        models = [scorer.models[run] for run in runs]
        starts_in_time = [it for it in extracted.instances if it.start_s < LONGEST_S]
        parts = [_follow(models, it, n_read, extractor) for it in starts_in_time]
    if audio is None:
        return TimeCourse(np.zeros(0, np.float32), 0, parts)
    shown = audio.samples[: round(LONGEST_S * audio.sample_rate_hz)]
    return TimeCourse(shown, audio.sample_rate_hz, parts)


class _Keeping(Extractor):
    """Keeps the sound of the last recording that it extracted."""

    audio: Audio | None = None

    def look_at(self, audio: Audio, result: Extracted) -> None:
        self.audio = audio


def _follow(
    models: Sequence[TrainedModel], instance: Instance, n_read: int, extractor: Extractor
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score all beginnings of an instance, as if it ended there."""
    features = extractor.features
    n_frames = min(len(instance.frames), max(1, round(LONGEST_S / features.hop_s)))
    lengths = np.unique(np.linspace(1, n_frames, min(n_frames, _MOST_PLACES)).astype(int))
    beginnings = pd.DataFrame(
        {
            "recording_id": [str(length) for length in lengths],
            "speaker_id": "one",
            "label": 0,
            "offset": 0,
            "n_frames": lengths,
        }
    )
    frames = FramesInMemory(np.ascontiguousarray(instance.frames[:, :n_read]), beginnings)
    scores = [sigmoid(model.logits(frames).astype(np.float64)) for model in models]
    window_s = features.window_s if isinstance(features, AudioFeatures) else features.hop_s
    times = instance.start_s + (lengths - 1) * features.hop_s + window_s
    return times, np.mean(scores, axis=0)
