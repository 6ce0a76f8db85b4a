"""A1: what files say of themselves before anybody listens."""

import numpy as np
import soundfile
from numpy.typing import NDArray

from dysarthria_lightning.auditing.cues import Cue

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


def measure_file(
    file: soundfile.SoundFile, channels: NDArray[np.float32], n_bytes: int
) -> dict[str, float]:
    """Measure what a file's header and raw samples say.

    Args:
        file: It, opened.
        channels: (n_samples, n_channels) full scale at 1.
        n_bytes: Its size.

    Returns:
        By column; the codec is told by how many bits it keeps (0: of a lossy one), by its
        bytes a sample, and as text under ``codec``.
    """
    squares = np.square(channels, dtype=np.float64).mean(axis=0)
    quietest = 10 * np.log10(max(squares.min() / max(squares.max(), 1e-30), 1e-30))
    mono = channels.mean(axis=1)
    return {
        "sample_rate_khz": file.samplerate / 1000,
        "bit_depth": _BITS.get(file.subtype, 0),
        "channels": file.channels,
        "quietest_channel_db": max(quietest, _LEAST_DB),
        "bytes_per_sample": n_bytes / channels.size,
        "offset": float(mono.mean(dtype=np.float64)),
        "clipped": _share_clipped(channels),
        "zeros": float(np.mean(channels == 0)),
    }


def codec(file: soundfile.SoundFile) -> str:
    """Name a file's container and coding, such as ``WAV PCM_16``."""
    return f"{file.format} {file.subtype}"


def _share_clipped(channels: NDArray[np.float32]) -> float:
    """Return the share of samples that stand at their channel's extreme for some in a row."""
    n_clipped = 0
    for channel in channels.T:
        for extreme in (channel.max(), channel.min()):
            at = np.flatnonzero(channel == extreme)
            if extreme == 0 or len(at) < _RUN:
                continue
            runs = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
            n_clipped += sum(len(run) for run in runs if len(run) >= _RUN)
    return n_clipped / channels.size
