"""Windowed-sinc resampling in bounded memory."""

import math
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from dysarthria_lightning.data.audio import (
    MAX_SAMPLES,
    RecordingTooLargeError,
    UnusableRecordingError,
)

# The filter of resampy's and torchaudio's "kaiser_best": 64 zero crossings on either side of a sinc
# that is cut off at 0.95 of the lower of the two Nyquist frequencies, under a Kaiser window. At
# 16 kHz it passes 7 kHz and stops 8.1 kHz.
_ZERO_CROSSINGS = 64
_ROLLOFF = 0.9475937167399596
_BETA = 14.769656459379492

# Values in the filter bank; 44.1 to 16 kHz needs 130,000.
_MAX_FILTER_BANK = 10_000_000

# Samples that one product of matrices gives for each of its rows, if the rates allow.
_BLOCK_SAMPLES = 128

# Values in the matrix of what the filters hear, which caches like; longer clips go piece by piece.
_PIECE_VALUES = 250_000


def resample(samples: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """Resample a clip by windowed-sinc interpolation.

    Args:
        samples: (n_samples,) at ``from_hz``.
        from_hz: Sample rate of the recording.
        to_hz: Sample rate wanted.

    Returns:
        (ceil(n_samples · to_hz / from_hz),) at ``to_hz``; not finite where samples are beyond all
        measure.

    Raises:
        UnusableRecordingError: The two rates share no useful divisor, so that the filter bank
            would fill the memory, or the clip would do so at the rate wanted.
    """
    if from_hz == to_hz:
        return samples
    divisor = math.gcd(from_hz, to_hz)
    before, after = from_hz // divisor, to_hz // divisor
    if after * (before + 2 * _reach(before, after)) > _MAX_FILTER_BANK:
        raise UnusableRecordingError(
            f"its sample rate of {from_hz} Hz cannot be converted to {to_hz} Hz; "
            "convert it to a usual rate first"
        )
    n_resampled = math.ceil(len(samples) * after / before)
    if n_resampled > MAX_SAMPLES:
        raise RecordingTooLargeError(len(samples) / from_hz, to_hz)
    filters = _filters(before, after)
    n_heard, block = filters.shape
    stride = block // after * before
    resampled = np.empty(n_resampled, dtype=np.float32)
    n_blocks = math.ceil(n_resampled / block)
    step = max(1, _PIECE_VALUES // n_heard)
    for start in range(0, n_blocks, step):
        stop = min(n_blocks, start + step)
        first = start * stride - _reach(before, after)
        piece = _zero_padded(samples, first, first + (stop - start - 1) * stride + n_heard)
        heard = np.ascontiguousarray(sliding_window_view(piece, n_heard)[::stride])
        part = resampled[start * block : stop * block]
        with np.errstate(over="ignore", invalid="ignore"):
            part[:] = (heard @ filters).ravel()[: len(part)]
    return resampled


def _zero_padded(samples: NDArray[np.float32], first: int, stop: int) -> NDArray[np.float32]:
    """Cut ``samples[first:stop]``, with zeros where there are none."""
    there = samples[max(0, first) : stop]
    piece = np.zeros(stop - first, dtype=np.float32)
    piece[max(0, -first) :][: len(there)] = there
    return piece


def _reach(before: int, after: int) -> int:
    """Count the samples that a filter hears on either side."""
    return math.ceil(_ZERO_CROSSINGS * before / (min(before, after) * _ROLLOFF))


@lru_cache(maxsize=8)
def _filters(before: int, after: int) -> NDArray[np.float32]:
    """Make the filters of one block of samples, a column each.

    Args:
        before: Samples that become ``after`` samples: a period.
        after: See ``before``.

    Returns:
        (samples heard, samples of a block). The first sample heard lies :func:`_reach` before the
        block. A block is one period, or several where a period has few samples.
    """
    period, _ = period_of_filters(before, after)
    # A product with so few columns is slow. The last bound is for rates far above those of audio.
    n_periods = max(1, min(_BLOCK_SAMPLES // after, 500_000 // period.size))
    filters = np.zeros(((n_periods - 1) * before + len(period), n_periods * after), np.float32)
    for number in range(n_periods):
        rows = slice(number * before, number * before + len(period))
        filters[rows, number * after : (number + 1) * after] = period
    return filters


def period_of_filters(before: int, after: int) -> tuple[NDArray[np.float64], int]:
    """Make the filters of one period, a column each.

    It is a formula of our own and not torchaudio's, which takes seconds to import, because any
    process may meet any rate.

    Args:
        before: Samples that become ``after`` samples: a period.
        after: See ``before``.

    Returns:
        (samples heard, after), and how many of the samples heard lie before the period.
    """
    reach = _reach(before, after)
    cutoff = min(before, after) * _ROLLOFF  # in half-cycles of a period
    time = np.arange(-reach, before + reach)[:, None] / before - np.arange(after) / after
    crossings = np.clip(time * cutoff, -_ZERO_CROSSINGS, _ZERO_CROSSINGS)
    window = np.i0(_BETA * np.sqrt(1 - (crossings / _ZERO_CROSSINGS) ** 2)) / np.i0(_BETA)
    return np.sinc(crossings) * window * cutoff / before, reach
