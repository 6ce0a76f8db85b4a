"""What is done to the samples of a recording as a whole: its offset and its level."""

import math

import numpy as np
from numpy.typing import NDArray

# Squared at a time: in double precision all of a long recording would take twice its memory.
_BLOCK_SAMPLES = 1_000_000


def without_mean(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Subtract the mean from samples.

    Args:
        samples: (n_samples,) at least one.

    Returns:
        (n_samples,), not finite where samples are beyond all measure.
    """
    with np.errstate(over="ignore"):
        return samples - np.float32(samples.mean(dtype=np.float64))


def root_mean_square(samples: NDArray[np.float32]) -> float:
    """Measure the level of samples, in double precision.

    Args:
        samples: (n_samples,) at least one.
    """
    starts = range(0, len(samples), _BLOCK_SAMPLES)
    blocks = (samples[start : start + _BLOCK_SAMPLES] for start in starts)
    total = sum(float(np.square(block, dtype=np.float64).sum()) for block in blocks)
    return math.sqrt(total / len(samples))


def bring_to(
    rms: float, samples: NDArray[np.float32], in_place: bool = False
) -> NDArray[np.float32]:
    """Scale samples to a level; silence stays what it is.

    Args:
        rms: The root mean square that they are to have, full scale at 1.
        samples: (n_samples,) at least one.
        in_place: Whether they may be overwritten.

    Returns:
        (n_samples,).
    """
    now = root_mean_square(samples)
    if now == 0:
        return samples
    scaled = samples if in_place else np.empty_like(samples)
    # In double precision, by pieces that NumPy chooses: the factor may be beyond float32.
    with np.errstate(over="ignore", invalid="ignore"):
        np.multiply(samples, rms / now, out=scaled, dtype=np.float64, casting="same_kind")
    return scaled
