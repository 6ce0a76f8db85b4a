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
    mean = samples.mean(dtype=np.float64)
    squares = np.concatenate([[0.0], np.cumsum((samples - mean) ** 2, dtype=np.float64)])
    n_samples = len(samples)
    window = min(n_samples, max(1, round(_WINDOW_S * sample_rate_hz)))
    starts = np.arange(0, n_samples - window + 1, max(1, round(_HOP_S * sample_rate_hz)))
    frames = (squares[starts + window] - squares[starts]) / window
    return {
        "level_db": float(_db(np.array(squares[-1] / n_samples))),
        "floor_db": float(np.percentile(_db(frames), 5)),
        "bandwidth_hz": _bandwidth_hz(samples - np.float32(mean), sample_rate_hz),
    }


def _bandwidth_hz(samples: NDArray[np.float32], sample_rate_hz: int) -> float:
    window = min(len(samples), max(16, round(sample_rate_hz / _BAND_HZ * 4)))
    shape = np.hanning(window).astype(np.float32)
    power = np.zeros(window // 2 + 1)
    whole = len(samples) // window * window
    for start in range(0, whole, _PIECE // window * window or window):
        piece = samples[start : min(whole, start + (_PIECE // window * window or window))]
        spectra = np.fft.rfft(piece.reshape(-1, window) * shape)
        power += (np.abs(spectra) ** 2).sum(axis=0)
    # Bands of about a hundred hertz: single lines of noise are no sound.
    smooth = np.convolve(power, np.ones(4) / 4, mode="same")
    if smooth.max() <= 0:
        return 0.0
    there = np.flatnonzero(10 * np.log10(np.maximum(smooth / smooth.max(), 1e-12)) > _BAND_DB)
    return float(there[-1] * sample_rate_hz / window)


def _db(power: NDArray[np.float64]) -> NDArray[np.float64]:
    decibels: NDArray[np.float64] = 10 * np.log10(np.maximum(power, 10 ** (_LEAST_DB / 10)))
    return decibels
