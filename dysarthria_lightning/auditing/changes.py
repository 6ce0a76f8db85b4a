"""Changes to a recording whose size is known, by which an audit finds out what it would notice."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.auditing.nonspeech import LEAST_DB, frame_levels_db

Samples = NDArray[np.float32]

# Frames from which a recording's own noise is known, and the percentage of them that is taken.
_WINDOW_S = 0.025
_QUIETEST = 5


class Change(Protocol):
    """Something that a microphone or a room may do."""

    @property
    def key(self) -> str:
        """Names it in files."""

    @property
    def text(self) -> str:
        """Names it for people."""

    def __call__(self, samples: Samples, sample_rate_hz: int, rng: np.random.Generator) -> Samples:
        """Return the changed samples, (n_samples,)."""


@dataclass(frozen=True)
class MoreNoise:
    """Noise that raises a recording's noise floor, and has the spectrum of its quietest frames.

    Attributes:
        by_db: By how much.
    """

    by_db: float

    @property
    def key(self) -> str:
        """Names it in files."""
        return f"noise{self.by_db:g}db"

    @property
    def text(self) -> str:
        """Names it for people."""
        return f"{self.by_db:g} dB more noise floor"

    def __call__(self, samples: Samples, sample_rate_hz: int, rng: np.random.Generator) -> Samples:
        """Add noise of the colour that the recording's own has."""
        window = max(2, round(_WINDOW_S * sample_rate_hz))
        if len(samples) < window:
            return samples
        starts = np.arange(0, len(samples) - window + 1, max(1, window // 2))
        levels = frame_levels_db(samples, window, max(1, window // 2))
        quietest = starts[levels <= np.percentile(levels, _QUIETEST)]
        frames = samples[quietest[:, None] + np.arange(window)].astype(np.float64)
        own = np.square(np.abs(np.fft.rfft(frames * np.hanning(window)))).mean(axis=0)
        if own.sum() == 0:  # digital silence has no colour
            own = np.ones_like(own)
        shape = np.interp(
            np.fft.rfftfreq(len(samples)), np.fft.rfftfreq(window), np.sqrt(own / own.mean())
        )
        white = np.fft.rfft(rng.normal(size=len(samples)))
        noise = np.fft.irfft(white * shape, len(samples))
        floor = 10 ** (max(float(np.percentile(levels, _QUIETEST)), LEAST_DB) / 10)
        power = floor * (10 ** (self.by_db / 10) - 1)
        noise *= np.sqrt(power / np.mean(np.square(noise)))
        return np.asarray(samples + noise, dtype=np.float32)


@dataclass(frozen=True)
class Tilt:
    """A straight slope of the frequency response about 1 kHz, as of a brighter microphone.

    Attributes:
        db_per_octave: The slope.
    """

    db_per_octave: float

    @property
    def key(self) -> str:
        """Names it in files."""
        return f"tilt{self.db_per_octave:g}db"

    @property
    def text(self) -> str:
        """Names it for people."""
        return f"a tilt of {self.db_per_octave:g} dB an octave"

    def __call__(self, samples: Samples, sample_rate_hz: int, rng: np.random.Generator) -> Samples:
        """Filter samples without delay; below 50 Hz the response is level."""
        spectrum = np.fft.rfft(samples.astype(np.float64))
        frequencies = np.fft.rfftfreq(len(samples), 1 / sample_rate_hz)
        octaves = np.log2(np.maximum(frequencies, 50.0) / 1000)
        spectrum *= 10 ** (self.db_per_octave * octaves / 20)
        return np.asarray(np.fft.irfft(spectrum, len(samples)), dtype=np.float32)


#: What the audit of power tries.
CHANGES: tuple[MoreNoise | Tilt, ...] = (
    *(MoreNoise(by) for by in (1.0, 2.0, 3.0, 6.0)),
    *(Tilt(slope) for slope in (1.0, 2.0)),
)
