"""Measures every recording of a corpus, over all cores."""

import hashlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from joblib import cpu_count
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dysarthria_lightning.auditing.changes import Change
from dysarthria_lightning.auditing.level import measure_level
from dysarthria_lightning.auditing.metadata import codec, measure_file
from dysarthria_lightning.auditing.nonspeech import find_voice, frame_levels_db, nonspeech_frames
from dysarthria_lightning.data.audio import read_audio
from dysarthria_lightning.data.features.base import AudioFeatures
from dysarthria_lightning.data.workers import map_in_workers

if TYPE_CHECKING:
    from dysarthria_lightning.data.features.base import FrameExtractor

# Recordings of one task of a worker, and how many of them are worth another worker's start.
_CHUNK, _WORTH_A_WORKER = 32, 200


@dataclass
class Measured:
    """What was measured of one recording.

    Attributes:
        cues: By column, numbers and ``codec``.
        nonspeech: (n_frames, n_columns) features of the frames in which nobody speaks.
    """

    cues: dict[str, float | str] = field(default_factory=dict)
    nonspeech: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))


@dataclass(frozen=True)
class Measurer:
    """Measures one recording; it can be sent to another process.

    Attributes:
        features: What the models hear, of which the non-speech is measured.
        extract: Its extractor.
        change: What is done to the samples first; None leaves them as they are.
        seed: Of the change's noise, together with the file's content.
    """

    features: AudioFeatures
    extract: "FrameExtractor"
    change: Change | None = None
    seed: int = 0

    def __call__(self, path: str) -> Measured:
        """Measure a recording.

        Args:
            path: Its file, one that features were extracted from.
        """
        audio = read_audio(Path(path))
        samples, rate = audio.samples, audio.sample_rate_hz
        if self.change is not None:
            digest = hashlib.blake2b(samples.data, digest_size=8).digest()
            rng = np.random.default_rng([self.seed, *digest])
            samples = self.change(samples, rate, rng)
        features = self.features
        clip = features.make_clip(samples, rate)
        levels = frame_levels_db(clip, features.window_samples, features.hop_samples)
        voice = find_voice(levels)
        frames = self.extract(clip)
        quiet = np.arange(0) if voice is None else nonspeech_frames(voice, len(frames))
        measured: dict[str, float | str] = {
            "duration_s": len(samples) / rate,
            "lead_s": np.nan if voice is None else voice.first * features.hop_s,
            "trail_s": np.nan if voice is None else (len(levels) - 1 - voice.last) * features.hop_s,
            "n_nonspeech_frames": len(quiet),
            **measure_level(
                samples,
                rate,
                frame_levels_db(samples, *self._native_frames(rate)),
                self._quiet_samples(samples, rate, quiet),
            ),
        }
        if self.change is None:
            measured |= _measure_file(Path(path))
        return Measured(measured, features.normalise([frames])[0][quiet])

    def _native_frames(self, rate: int) -> tuple[int, int]:
        """Return window and hop in samples of a recording's own rate."""
        return max(1, int(self.features.window_s * rate)), max(1, int(self.features.hop_s * rate))

    def _quiet_samples(
        self, samples: NDArray[np.float32], rate: int, frames: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Cut the samples of frames out of a recording."""
        chosen = np.zeros(len(samples), dtype=bool)
        for frame in frames:
            start = round(frame * self.features.hop_s * rate)
            chosen[start : start + round(self.features.window_s * rate)] = True
        return samples[chosen]


def _measure_file(path: Path) -> dict[str, float | str]:
    with soundfile.SoundFile(path) as file:
        channels = file.read(dtype="float32", always_2d=True)
        measured = measure_file(file, channels, path.stat().st_size)
        return {**measured, "codec": codec(file), "name_length": len(path.stem)}


def measure_all(measurer: Measurer, paths: list[str]) -> Generator[Measured, None, None]:
    """Measure recordings.

    Args:
        measurer: Measures one.
        paths: Their files.

    Yields:
        What was measured of each, in order, the same however many processes there are.
    """
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    n_workers = min(cpu_count(), len(paths) // _WORTH_A_WORKER)
    with threadpool_limits(1, user_api="blas"):
        if n_workers < 2:
            yield from map(measurer, paths)
            return
        for measured in map_in_workers(partial(_measure_chunk, measurer), chunks, n_workers):
            yield from measured


def _measure_chunk(measurer: Measurer, paths: Iterable[str]) -> list[Measured]:
    return [measurer(path) for path in paths]
