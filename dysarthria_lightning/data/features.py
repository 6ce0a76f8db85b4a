"""Mel-frequency cepstral coefficients (paper, section II)."""

import math
from functools import lru_cache

import numpy as np
import torch
import torchaudio
from numpy.typing import NDArray
from torch import Tensor

from dysarthria_lightning.config import Features
from dysarthria_lightning.data.audio import UnusableRecordingError

# Values in the resampler's filter bank; 44.1 to 16 kHz needs 70,000.
_MAX_FILTER_BANK = 10_000_000


class MFCC:
    """Extracts coefficients from many clips at once.

    The logarithm is taken of (mel energy + 1e-6) rather than in decibels below the clip's peak:
    a frame's coefficients then depend on that frame alone, so a clip has the same ones alone, in
    a batch, or cut out of a longer recording.

    Args:
        features: The ``features`` section of the configuration.
        n_coefficients: How many to keep, from the lowest quefrency up.
    """

    def __init__(self, features: Features, n_coefficients: int) -> None:
        self.features = features
        self.transform = torchaudio.transforms.MFCC(
            sample_rate=features.sample_rate_hz,
            n_mfcc=n_coefficients,
            log_mels=True,
            melkwargs={
                "n_fft": features.window_samples,
                "win_length": features.window_samples,
                "hop_length": features.hop_samples,
                "n_mels": features.n_mels,
                "f_min": features.f_min_hz,
                "f_max": features.f_max_hz,
                "center": False,
            },
        )

    def __call__(self, clips: list[Tensor]) -> list[NDArray[np.float32]]:
        """Extract the coefficients of each clip.

        Args:
            clips: Each (n_samples,) float32 at the features' sample rate, at least one window
                long.

        Returns:
            For each clip (n_frames, n_coefficients) float32.
        """
        padded = torch.nn.utils.rnn.pad_sequence(clips, batch_first=True)
        coefficients = self.transform(padded).transpose(1, 2).numpy()
        return [
            coefficients[row, : self.features.n_frames(len(clip))] for row, clip in enumerate(clips)
        ]


def resample(samples: NDArray[np.float32], from_hz: int, to_hz: int) -> Tensor:
    """Resample a clip by windowed-sinc interpolation.

    Args:
        samples: (n_samples,) at ``from_hz``.
        from_hz: Sample rate of the recording.
        to_hz: Sample rate wanted.

    Returns:
        (ceil(n_samples · to_hz / from_hz),) tensor.

    Raises:
        UnusableRecordingError: The two rates share no useful divisor, so that the filter bank
            would fill the memory.
    """
    clip = torch.from_numpy(samples)
    if from_hz == to_hz:
        return clip
    divisor = math.gcd(from_hz, to_hz)
    if (from_hz // divisor) * (to_hz // divisor) > _MAX_FILTER_BANK:
        raise UnusableRecordingError(
            f"its sample rate of {from_hz} Hz cannot be converted to {to_hz} Hz; "
            "convert it to a usual rate first"
        )
    return _resampler(from_hz, to_hz)(clip)


@lru_cache(maxsize=16)
def _resampler(from_hz: int, to_hz: int) -> torchaudio.transforms.Resample:
    return torchaudio.transforms.Resample(from_hz, to_hz)
