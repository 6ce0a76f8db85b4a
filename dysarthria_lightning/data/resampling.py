"""Windowed-sinc resampling in bounded memory."""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
import torchaudio
from numpy.typing import NDArray
from torch import Tensor

from dysarthria_lightning.data.audio import (
    MAX_SAMPLES,
    RecordingTooLargeError,
    UnusableRecordingError,
)

# Values in the resampler's filter bank; 44.1 to 16 kHz needs 70,000.
_MAX_FILTER_BANK = 10_000_000

# Longer clips are resampled piece by piece, so that memory stays bounded.
_PIECE_SAMPLES = 16_000_000


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
            would fill the memory, or the clip would do so at the rate wanted.
    """
    clip = torch.from_numpy(samples)
    if from_hz == to_hz:
        return clip
    divisor = math.gcd(from_hz, to_hz)
    before, after = from_hz // divisor, to_hz // divisor
    if before * after > _MAX_FILTER_BANK:
        raise UnusableRecordingError(
            f"its sample rate of {from_hz} Hz cannot be converted to {to_hz} Hz; "
            "convert it to a usual rate first"
        )
    n_resampled = math.ceil(len(samples) * after / before)
    if n_resampled > MAX_SAMPLES:
        raise RecordingTooLargeError(len(samples) / from_hz, to_hz)
    resampler = _resampler(from_hz, to_hz)
    if max(len(samples), n_resampled) <= _PIECE_SAMPLES:
        return resampler(clip)
    resampled = torch.empty(n_resampled)
    for start, piece in _resampled_pieces(clip, resampler, before, after):
        resampled[start : start + len(piece)] = piece
    return resampled


def _resampled_pieces(
    clip: Tensor, resampler: torchaudio.transforms.Resample, before: int, after: int
) -> Iterator[tuple[int, Tensor]]:
    """Resample a long clip piece by piece, each with as much on either side as the filter hears.

    Args:
        clip: (n_samples,).
        resampler: Of whole clips.
        before: Samples that become ``after`` samples.
        after: See ``before``.

    Yields:
        Where a piece begins in the resampled clip, and the piece.
    """
    margin = math.ceil(resampler.width / before)
    step = max(1, _PIECE_SAMPLES // max(before, after))
    for start in range(0, math.ceil(len(clip) / before), step):
        heard = max(0, start - margin)
        piece = resampler(clip[heard * before : (start + step + margin) * before])
        yield start * after, piece[(start - heard) * after :][: step * after]


@lru_cache(maxsize=16)
def _resampler(from_hz: int, to_hz: int) -> torchaudio.transforms.Resample:
    return torchaudio.transforms.Resample(from_hz, to_hz)
