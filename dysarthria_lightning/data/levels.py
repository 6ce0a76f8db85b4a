"""Whether a recording holds a sound at all, and which of its channels do."""

import math

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.data.unusable import Remark, UnusableRecordingError

# The smallest step of sample formats: what dither and a converter's noise come to.
_STEPS = {"PCM_U8": 2**-7, "PCM_S8": 2**-7, "ULAW": 2**-12, "ALAW": 2**-12}
_STEP = 2**-15

# Floats may pass full scale, by some decibels; integers that are stored as floats do by far.
_FAR_BEYOND = 16.0
_INTEGERS = ((2**7, "8"), (2**15, "16"), (2**23, "24"), (2**31, "32"))

_QUIET = 10 ** (-70 / 20)
_OFFSET = 0.05

# A channel that nobody speaks into is 30 dB below the loudest, and below this or its crosstalk.
_DEAD = 10 ** (-74 / 20)
_DEAD_BELOW = 10 ** (-30 / 20)

_NEGATIVE = -0.8
_LIKE = 0.7

_ONE_SOUNDS = (
    "Some channels hold no sound, and would lower the level: the loudest that does is taken alone"
)
_OPPOSITE = (
    "Channels are each other's negative (a wire is crossed) and would cancel: one alone is taken"
)
_UNLIKE = (
    "Channels differ, and are averaged all the same. If one is another talker, a second microphone "
    "or no microphone (such as an electroglottograph), choose the voice's with data.channel=1, 2, …"
)
_VERY_QUIET = "Very quiet, below -70 dB of full scale (RMS)"
_HAS_OFFSET = "Lies beside zero by more than it sounds; features.remove_dc=true takes that out"


#: What remarks say of a level, which a part of a recording may not have.
OF_LEVEL = (_VERY_QUIET, _HAS_OFFSET)


class Levels:
    """What is measured of a recording's channels, block by block.

    Args:
        subtype: Its sample format, as libsndfile calls it.

    Attributes:
        n_samples: Of each channel so far.
        subtype: Its sample format.
    """

    def __init__(self, subtype: str) -> None:
        self.n_samples = 0
        self.subtype = subtype
        self._step = _STEPS.get(subtype, _STEP)
        self._n_bad = 0
        self._least: list[float] = []
        self._most: list[float] = []
        self._sums: NDArray[np.float64] = np.zeros(0)
        self._products: NDArray[np.float64] = np.zeros((0, 0))

    @property
    def n_channels(self) -> int:
        """How many channels there are."""
        return len(self._sums)

    def add(self, block: NDArray[np.float32]) -> None:
        """Measure a block of (n, n_channels)."""
        channels, n = block.T, len(block)
        n_before, self.n_samples = self.n_samples, self.n_samples + n
        with np.errstate(over="ignore", invalid="ignore"):  # of what damaged files hold
            means = np.add.reduce(channels, axis=1, dtype=np.float64) / n
            # What is not finite shows in the sum; looking at each sample takes longer.
            if not all(map(math.isfinite, means.tolist())):
                self._n_bad += int((~np.isfinite(block).all(axis=1)).sum())
            if self._n_bad:
                return
            least, most = channels.min(axis=1).tolist(), channels.max(axis=1).tolist()
            # A small sound beside a large offset would drown in rounding.
            if max(map(abs, means.tolist())) > 1e-3:
                channels = channels - means.astype(np.float32)[:, None]
            products = (channels @ channels.T).astype(float)
        if n_before == 0:
            self._least, self._most = least, most
            self._sums, self._products = means * n, products
            return
        self._least = [*map(min, self._least, least)]
        self._most = [*map(max, self._most, most)]
        apart = means - self._sums / n_before
        share = n_before * n / self.n_samples
        self._products += products + np.outer(apart, apart) * share
        self._sums += means * n

    @property
    def rms(self) -> list[float]:
        """By channel, how much it varies about its mean, full scale at 1."""
        squares = self._products.diagonal().tolist()
        return [math.sqrt(max(square, 0) / self.n_samples) for square in squares]

    @property
    def silent(self) -> list[bool]:
        """By channel, whether nothing is above the noise of a sample format's last step."""
        step = 1.01 * self._step
        peaks = [(most - least) / 2 for least, most in zip(self._least, self._most, strict=True)]
        return [
            peak <= step or (rms <= step and peak <= 3 * step)
            for peak, rms in zip(peaks, self.rms, strict=True)
        ]

    def correlation(self, one: int, other: int) -> float:
        """Correlate two channels."""
        scale = math.sqrt(self._products[one, one] * self._products[other, other])
        return float(self._products[one, other] / scale) if scale else 0.0

    def check(self) -> None:
        """Refuse what is no sound.

        Raises:
            UnusableRecordingError: It is silent, far beyond full scale, or not finite.
        """
        if self._n_bad:
            raise UnusableRecordingError(f"holds {self._n_bad} samples that are NaN or infinite")
        peak = max(*self._most, -min(self._least))
        if peak > _FAR_BEYOND:
            bits = next((bits for most, bits in _INTEGERS if peak <= most), None)
            cause = (
                f"they are probably {bits}-bit integers stored as floats: divide them by "
                f"2^{int(bits) - 1}"
                if bits
                else "they are no samples of sound with full scale at 1"
            )
            raise UnusableRecordingError(
                f"holds samples up to {peak:.6g}, {20 * math.log10(peak):.0f} dB above full scale; "
                f"{cause}"
            )
        if not all(self.silent):
            return
        if peak == 0:
            raise UnusableRecordingError("is silent: every sample is zero")
        if self._least == self._most:
            raise UnusableRecordingError(
                f"is silent: every sample has the same value ({self._most[0]:.6g} of full scale)"
            )
        raise UnusableRecordingError(
            f"is silent: {_decibels(max(self.rms))} (RMS), which is no more than the noise "
            "of its sample format"
        )

    def remarks(self) -> list[Remark]:
        """Say what is odd about the level."""
        level = max(self.rms)
        if level < _QUIET:
            return [Remark(_VERY_QUIET, _decibels(level))]
        offset = max(map(abs, self._sums.tolist())) / self.n_samples
        if offset > max(_OFFSET, 2 * level):
            return [Remark(_HAS_OFFSET, f"{offset:.2f} of full scale")]
        return []


def choose_channel(levels: Levels) -> tuple[int | None, Remark | None]:
    """Choose among a recording's channels.

    Args:
        levels: Of all of them; one is not silent at least.

    Returns:
        The channel that is to be taken alone, from 0, or None to average all; and what is to be
        said of it, or None.
    """
    rms, silent = levels.rms, levels.silent
    loudest = max(rms)
    best = rms.index(loudest)
    live = [
        channel
        for channel in range(levels.n_channels)
        if not silent[channel]
        and (
            rms[channel] > _DEAD_BELOW * loudest
            # Not so little of the loudest's own sound that it is crosstalk.
            or (rms[channel] > _DEAD and abs(levels.correlation(best, channel)) < _LIKE)
        )
    ]
    together = [levels.correlation(live[0], channel) for channel in live[1:]]
    if any(value < _NEGATIVE for value in together):
        return live[0], Remark(_OPPOSITE, f"channel {live[0] + 1} of {levels.n_channels}")
    if together and min(together) < _LIKE:
        value = min(together)
        return None, Remark(_UNLIKE, f"correlation {value:.2f}")
    if len(live) < levels.n_channels:
        return best, Remark(_ONE_SOUNDS, f"channel {best + 1} of {levels.n_channels}")
    return None, None


def _decibels(level: float) -> str:
    return f"{20 * math.log10(max(level, 1e-12)):.0f} dB of full scale"
