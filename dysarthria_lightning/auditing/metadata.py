"""A1: what files say of themselves before anybody listens."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.auditing.cues import Cue
from dysarthria_lightning.data.audio import open_audio

_BITS = {
    **dict.fromkeys(("PCM_U8", "PCM_S8", "ULAW", "ALAW"), 8),
    **dict.fromkeys(("PCM_16", "ALAC_16"), 16),
    **dict.fromkeys(("PCM_24", "ALAC_24"), 24),
    **dict.fromkeys(("PCM_32", "FLOAT", "ALAC_32"), 32),
    "DOUBLE": 64,
}
# A channel at least so far below the loudest is dead.
_LEAST_DB = -90.0
# Samples at the extreme in a row that are clipped.
_RUN = 3
# Decoded at a time.
_BLOCK_VALUES = 8_000_000

CUES = [
    Cue("sample_rate_khz", "sample rate", "kHz"),
    Cue("bit_depth", "bit depth", "bit"),
    Cue("channels", "number of channels"),
    Cue("quietest_channel_db", "level of the quietest channel beside the loudest", "dB"),
    Cue("bytes_per_sample", "bytes a sample in the file"),
    Cue("offset", "constant offset (DC), full scale at 1"),
    Cue("clipped", "share of clipped samples"),
    Cue("zeros", "share of samples that are exactly 0"),
    Cue("name_length", "length of file name", "characters"),
    Cue("n_recordings", "number of recordings"),
]


def measure_file(path: Path) -> dict[str, float | str]:
    """Measure what a file's header and raw samples say, a piece of it at a time.

    Args:
        path: A file that can be decoded.

    Returns:
        By column; the codec is told by how many bits it keeps (0: of a lossy one), by its bytes a
        sample, and as text under ``codec``. The length of the file's name is not among them:
        files with the same samples may be called otherwise.
    """
    n_bytes = path.stat().st_size
    with open_audio(path) as file:
        totals = _Totals(file.channels)
        for block in file.blocks(_BLOCK_VALUES // file.channels, dtype="float32", always_2d=True):
            totals.add(block)
        n_values = totals.n_samples * file.channels
        power = totals.squares / totals.n_samples
        quietest = 10 * np.log10(max(power.min() / max(power.max(), 1e-30), 1e-30))
        return {
            "sample_rate_khz": file.samplerate / 1000,
            "bit_depth": _BITS.get(file.subtype, 0),
            "channels": file.channels,
            "quietest_channel_db": max(quietest, _LEAST_DB),
            "bytes_per_sample": n_bytes / n_values,
            "offset": float(totals.sums.sum() / n_values),
            "clipped": totals.n_clipped() / n_values,
            "zeros": totals.n_zeros / n_values,
            "codec": f"{file.format} {file.subtype}",
        }


class _Totals:
    """What is summed over the blocks of a file."""

    def __init__(self, n_channels: int) -> None:
        self.n_samples = self.n_zeros = 0
        self.sums, self.squares = np.zeros(n_channels), np.zeros(n_channels)
        self._at_extremes: list[tuple[int, float, int]] = []

    def add(self, block: NDArray[np.float32]) -> None:
        """Add (n_samples, n_channels)."""
        self.n_samples += len(block)
        self.n_zeros += int((block == 0).sum())
        self.sums += block.sum(axis=0, dtype=np.float64)
        self.squares += np.square(block, dtype=np.float64).sum(axis=0)
        for number, channel in enumerate(block.T):
            for extreme in (float(channel.max()), float(channel.min())):
                self._at_extremes.append((number, extreme, _in_runs(channel == extreme)))

    def n_clipped(self) -> int:
        """Count samples that stand at their channel's highest or lowest value for some in a row."""
        n_clipped = 0
        for number in range(len(self.sums)):
            own = [it for it in self._at_extremes if it[0] == number]
            extremes = {max(it[1] for it in own), min(it[1] for it in own)} - {0.0}
            n_clipped += sum(count for _, value, count in own if value in extremes)
        return n_clipped


def _in_runs(chosen: NDArray[np.bool_]) -> int:
    """Count those of the chosen that stand in runs, not those alone."""
    at = np.flatnonzero(chosen)
    if len(at) < _RUN:
        return 0
    runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
    return sum(len(run) for run in runs if len(run) >= _RUN)
