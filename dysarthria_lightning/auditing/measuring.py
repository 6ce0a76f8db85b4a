"""Measures every recording of a corpus, over all cores."""

import hashlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dysarthria_lightning.auditing.changes import Change
from dysarthria_lightning.auditing.level import measure_level
from dysarthria_lightning.auditing.metadata import measure_file
from dysarthria_lightning.auditing.nonspeech import find_voice, frame_levels_db, nonspeech_frames
from dysarthria_lightning.data.audio import open_audio
from dysarthria_lightning.data.excerpts import let_go, read_part
from dysarthria_lightning.data.extraction import LARGE
from dysarthria_lightning.data.features.base import AudioFeatures
from dysarthria_lightning.data.gathering import chunk_paths, count_workers
from dysarthria_lightning.data.workers import map_in_workers

if TYPE_CHECKING:
    from dysarthria_lightning.data.features.base import FrameExtractor

_PIECE_S = 60


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
        channel: Which channel of several is read, from 1; None averages those that sound.
    """

    features: AudioFeatures
    extract: "FrameExtractor"
    change: Change | None = None
    channel: int | None = None

    def __call__(self, path: str) -> Measured:
        """Measure a recording.

        Args:
            path: Its file, one that features were extracted from.
        """
        audio = read_part(path, self.channel)
        samples, rate = audio.samples, audio.sample_rate_hz
        if self.change is not None:
            digest = hashlib.blake2b(samples.data, digest_size=8).digest()
            samples = _by_pieces(self.change, samples, rate, np.random.default_rng([*digest]))
        features = self.features
        clip = features.make_clip(samples, rate)
        levels = frame_levels_db(clip, features.window_samples, features.hop_samples)
        voice = find_voice(levels)
        frames = self.extract(clip)
        quiet = np.arange(0) if voice is None else nonspeech_frames(voice, len(frames))
        measured: dict[str, float | str] = {
            "duration_s": len(samples) / rate,
            # A clip that is cut closely has none.
            "lead_s": 0.0 if voice is None else voice.first * features.hop_s,
            "trail_s": 0.0 if voice is None else (len(levels) - 1 - voice.last) * features.hop_s,
            "n_nonspeech_frames": len(quiet),
            **measure_level(
                samples,
                rate,
                frame_levels_db(samples, *self._native_frames(rate, len(samples))),
                self._quiet_samples(samples, rate, quiet),
            ),
        }
        if self.change is None:
            measured |= measure_file(Path(path))
        return Measured(measured, features.normalise([frames])[0][quiet])

    def _native_frames(self, rate: int, n_samples: int) -> tuple[int, int]:
        """Return window and hop in samples of a recording's own rate."""
        window = min(n_samples, max(1, round(self.features.window_s * rate)))
        return window, max(1, round(self.features.hop_s * rate))

    def _quiet_samples(
        self, samples: NDArray[np.float32], rate: int, frames: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Cut the samples of frames out of a recording."""
        chosen = np.zeros(len(samples), dtype=bool)
        for frame in frames:
            start = round(frame * self.features.hop_s * rate)
            chosen[start : start + round(self.features.window_s * rate)] = True
        return samples[chosen]


def _by_pieces(
    change: Change, samples: NDArray[np.float32], rate: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Change a recording a minute at a time: all of a long one would take many times its memory."""
    length = _PIECE_S * rate
    starts = range(0, len(samples), length)
    pieces = [change(samples[start : start + length], rate, rng) for start in starts]
    return np.concatenate(pieces)


def measure_all(measurer: Measurer, paths: list[str]) -> Generator[Measured, None, None]:
    """Measure recordings.

    Args:
        measurer: Measures one.
        paths: Their files.

    Yields:
        What was measured of each, in order, the same however many processes there are.
    """
    with threadpool_limits(1, user_api="blas"):
        n_workers = count_workers(paths)
        if n_workers < 2:
            for path in paths:
                yield _measure(measurer, path)
            let_go()
            return
        chunks = chunk_paths(paths)
        in_chunks = map_in_workers(partial(_measure_chunk, measurer), chunks, n_workers)
        for chunk, results in zip(chunks, in_chunks, strict=True):
            for path, measured in zip(chunk, results, strict=True):
                # What no two processes may hold at once is measured here.
                yield _measure(measurer, path) if measured is None else measured


def _measure_chunk(measurer: Measurer, paths: Iterable[str]) -> list[Measured | None]:
    return [None if _n_values(path) > LARGE else _measure(measurer, path) for path in paths]


def _measure(measurer: Measurer, path: str) -> Measured:
    try:
        return measurer(path)
    except Exception as error:
        error.add_note(f"while measuring {path}")
        raise


def _n_values(path: str) -> int:
    with open_audio(Path(path)) as file:
        return int(file.frames * file.channels)
