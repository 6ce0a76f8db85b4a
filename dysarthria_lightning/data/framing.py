"""Mel spectra of a clip and what is made of them, in bounded memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Added to mel energies before the logarithm. It is not taken in decibels below the clip's peak: a
#: frame's values depend on that frame alone.
LOG_OFFSET = np.float32(1e-6)

# Samples in the windows that are computed at once, which cache like.
_PIECE_SAMPLES = 100_000


@dataclass(frozen=True)
class MelFraming:
    """Turns a clip into frames. It holds nothing but arrays, so that it is cheap to send elsewhere.

    Attributes:
        window: (window_samples,) float32, what a frame's samples are multiplied by.
        hop_samples: Stride from one frame to the next.
        bank: (window_samples // 2 + 1, n_mels) float32, the mel filters.
        projection: (n_mels, n_columns) float32, what a frame's logarithms are multiplied by; None
            leaves them as they are.
    """

    window: NDArray[np.float32]
    hop_samples: int
    bank: NDArray[np.float32]
    projection: NDArray[np.float32] | None

    def __call__(self, clip: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute the frames of a clip.

        Args:
            clip: (n_samples,) float32 of at least one window.

        Returns:
            (n_frames, n_columns) float32; not finite where samples are beyond all measure.
        """
        n_frames = 1 + (len(clip) - len(self.window)) // self.hop_samples
        last = self.bank if self.projection is None else self.projection
        frames = np.empty((n_frames, last.shape[1]), dtype=np.float32)
        step = max(1, _PIECE_SAMPLES // len(self.window))
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, n_frames, step):
                part = frames[start : start + step]
                part[:] = self._compute(clip[start * self.hop_samples :], len(part))
        return frames

    def _compute(self, clip: NDArray[np.float32], n_frames: int) -> NDArray[np.float32]:
        """Compute the first frames of a clip."""
        windows: NDArray[np.float32] = np.ndarray(
            (n_frames, len(self.window)),
            np.float32,
            clip,
            strides=(self.hop_samples * clip.itemsize, clip.itemsize),
        )
        spectrum = np.fft.rfft(windows * self.window)
        power = spectrum.real**2
        power += spectrum.imag**2
        energies = power @ self.bank
        energies += LOG_OFFSET
        logarithms: NDArray[np.float32] = np.log(energies)
        return logarithms if self.projection is None else logarithms @ self.projection
