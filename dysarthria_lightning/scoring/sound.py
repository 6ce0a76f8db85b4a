"""How recordings sound, whoever speaks: level, noise floor and bandwidth, as they are decoded."""

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.data.audio import Audio
from dysarthria_lightning.data.extraction import Extracted, Extractor

#: What is measured of each recording.
SOUND = ("level_db", "floor_db", "bandwidth_hz")

_WINDOW_S, _HOP_S = 0.025, 0.01
_LEAST_DB = -120.0
# A band so far below the strongest holds nothing of what was recorded.
_BAND_DB = -65.0
_BAND_HZ = 100.0
# Samples whose spectra are averaged at a time: a long recording is not held twice.
_PIECE = 1 << 20


class MeasuringExtractor(Extractor):
    """Extracts features, and measures the sound while it is decoded."""

    def look_at(self, audio: Audio, result: Extracted) -> None:
        """Measure what is decoded."""
        result.measured = measure_sound(audio.samples, audio.sample_rate_hz)


class SoundMeter(Extractor):
    """Measures the sound of recordings, and extracts nothing."""

    def get_ready_for_audio(self) -> None:
        """Need nothing."""

    def _take_audio(self, audio: Audio, result: Extracted) -> None:
        result.digest = self.digest(audio)
        result.measured = measure_sound(audio.samples, audio.sample_rate_hz)


def measure_sound(samples: NDArray[np.float32], sample_rate_hz: int) -> dict[str, float]:
    """Measure a recording.

    Args:
        samples: (n_samples,) full scale at 1, at least one.
        sample_rate_hz: Of the samples.

    Returns:
        ``level_db``: RMS about the mean, below full scale. ``floor_db``: of the levels of frames
        the lowest twentieth. ``bandwidth_hz``: the highest frequency at which there is anything,
        within 65 dB of the strongest.
    """
    mean = np.float32(samples.mean(dtype=np.float64))
    pieces = [slice(start, start + _PIECE) for start in range(0, len(samples), _PIECE)]
    total = sum(float(np.square(samples[it] - mean).sum(dtype=np.float64)) for it in pieces)
    return {
        "level_db": float(_db(np.array(total / len(samples)))),
        "floor_db": float(np.percentile(_frame_levels_db(samples, mean, sample_rate_hz), 5)),
        "bandwidth_hz": _bandwidth_hz(samples, mean, sample_rate_hz),
    }


def _frame_levels_db(
    samples: NDArray[np.float32], mean: np.float32, sample_rate_hz: int
) -> NDArray[np.float64]:
    window = min(len(samples), max(1, round(_WINDOW_S * sample_rate_hz)))
    hop = max(1, round(_HOP_S * sample_rate_hz))
    n_frames = 1 + (len(samples) - window) // hop
    per_piece = max(1, _PIECE // hop)
    levels = []
    for first in range(0, n_frames, per_piece):
        starts = hop * np.arange(min(per_piece, n_frames - first))
        piece = samples[hop * first : hop * first + starts[-1] + window] - mean
        squares = np.concatenate([[0.0], np.cumsum(np.square(piece), dtype=np.float64)])
        levels.append(_db((squares[starts + window] - squares[starts]) / window))
    return np.concatenate(levels)


def _bandwidth_hz(samples: NDArray[np.float32], mean: np.float32, sample_rate_hz: int) -> float:
    window = min(len(samples), max(16, round(sample_rate_hz / _BAND_HZ * 4)))
    shape = np.hanning(window).astype(np.float32)
    power = np.zeros(window // 2 + 1)
    whole = len(samples) // window * window
    step = max(1, _PIECE // window) * window
    for start in range(0, whole, step):
        piece = samples[start : min(whole, start + step)] - mean
        power += (np.abs(np.fft.rfft(piece.reshape(-1, window) * shape)) ** 2).sum(axis=0)
    # Bands of about a hundred hertz: single lines of noise are no sound.
    smooth = np.convolve(power, np.ones(4) / 4, mode="same")
    if smooth.max() <= 0:
        return 0.0
    there = np.flatnonzero(10 * np.log10(np.maximum(smooth / smooth.max(), 1e-12)) > _BAND_DB)
    return float(there[-1] * sample_rate_hz / window)


def _db(power: NDArray[np.float64]) -> NDArray[np.float64]:
    decibels: NDArray[np.float64] = 10 * np.log10(np.maximum(power, 10 ** (_LEAST_DB / 10)))
    return decibels
