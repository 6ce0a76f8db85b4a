"""Fundamental-frequency contours of the four lexical tones, read in isolation.

Shapes follow the mean contours of Xu (1997, Journal of Phonetics 25, 61-83) and the five-level
notation of Chao (1930): 55, 35, 214, 51. Average ranges when reading ma in the four tones are
100-220 Hz for men and 140-300 Hz for women (Wu 1992).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

#: Turning points of each tone: share of the voiced duration, height in the speaker's range
#: (0 lowest, 1 highest, on a logarithmic frequency scale).
TONE_TARGETS: dict[int, tuple[tuple[float, ...], tuple[float, ...]]] = {
    1: ((0.0, 0.15, 0.6, 1.0), (0.80, 0.84, 0.84, 0.82)),
    2: ((0.0, 0.25, 0.6, 1.0), (0.42, 0.34, 0.58, 0.90)),
    3: ((0.0, 0.25, 0.55, 0.7, 1.0), (0.38, 0.16, 0.03, 0.08, 0.46)),
    4: ((0.0, 0.12, 0.5, 1.0), (0.92, 0.98, 0.55, 0.05)),
}

#: Length of a syllable relative to the mean of the tones: T3 > T2 > T1 > T4 (the order of vowels
#: in Ge, Wan, Wang and Huang 2024, Folia Phoniatrica et Logopaedica).
TONE_DURATION = {1: 1.00, 2: 1.03, 3: 1.10, 4: 0.87}


def fundamental_frequency(
    times: NDArray[np.float64], heights: NDArray[np.float64], low_hz: float, high_hz: float, n: int
) -> NDArray[np.float64]:
    """Draw a smooth F0 contour through the turning points of a tone.

    Args:
        times: Shares of the voiced duration, ascending, shape (points,).
        heights: Heights in the speaker's range, shape (points,).
        low_hz: F0 at height 0.
        high_hz: F0 at height 1.
        n: Number of values wanted, evenly spaced over the voiced duration.

    Returns:
        F0 in Hz, shape (n,), never below 50 Hz.
    """
    # The curve is slow; 100 points, then interpolation, cost less than smoothing at audio rate.
    grid = np.linspace(0.0, 1.0, 100)
    smooth = gaussian_filter1d(np.interp(grid, times, heights), sigma=5.0, mode="nearest")
    height = np.interp(np.linspace(0.0, 1.0, n), grid, smooth)
    return np.asarray(np.maximum(low_hz * (high_hz / low_hz) ** height, 50.0))
