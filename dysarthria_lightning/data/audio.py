"""Reading recordings from disk, and every way in which one can be unusable."""

import struct
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError

import numpy as np
import soundfile
from numpy.typing import NDArray

from dysarthria_lightning.errors import UserError

# A size of all ones, or none, is how programs that stream say "until the end".
_OPEN_ENDED = {0, 0xFFFFFFFF, 0xFFFFFFFF - 8, 0x7FFFFFFF, 0x7FFFFFFF + 36}


class UnusableRecordingError(UserError):
    """One recording cannot be used; the message says why, without its path."""


@dataclass(frozen=True)
class Audio:
    """A decoded recording.

    Attributes:
        samples: (n_samples,) float32, channels averaged, full scale at 1.
        sample_rate_hz: Samples a second.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz


def read_audio(path: Path) -> Audio:
    """Read a WAV, FLAC, OGG, MP3 or AIFF file of any sample format.

    Args:
        path: The file.

    Returns:
        Its samples, several channels averaged into one.

    Raises:
        UnusableRecordingError: The file is absent, empty, truncated, no audio, silent throughout
            or holds values that are not finite.
    """
    size = _file_size(path)
    if size == 0:
        raise UnusableRecordingError("the file is empty")
    _check_complete(path, size)
    try:
        with soundfile.SoundFile(path) as file:
            promised = file.frames
            channels = file.read(dtype="float32", always_2d=True)
            sample_rate_hz = file.samplerate
    except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
        reason = getattr(error, "error_string", str(error)).strip().rstrip(".")
        raise UnusableRecordingError(f"cannot be decoded as audio ({reason})") from None
    if len(channels) < promised:
        raise UnusableRecordingError(
            f"truncated: {promised} samples promised, {len(channels)} there"
        )
    samples = channels[:, 0] if channels.shape[1] == 1 else channels.mean(axis=1)
    if samples.size == 0:
        raise UnusableRecordingError("holds no samples")
    if not np.isfinite(samples).all():
        n_bad = int((~np.isfinite(samples)).sum())
        raise UnusableRecordingError(f"holds {n_bad} samples that are NaN or infinite")
    if not samples.any():
        raise UnusableRecordingError("is silent: every sample is zero")
    return Audio(np.ascontiguousarray(samples), sample_rate_hz)


def read_feature_matrix(path: Path) -> NDArray[np.float32]:
    """Read precomputed features.

    Args:
        path: A ``.npy`` file, (n_frames, n_coefficients) of any real number type.

    Returns:
        The matrix as float32.

    Raises:
        UnusableRecordingError: The file is no such matrix, holds Python objects (which could run
            code when loaded), or values that are not finite.
    """
    if _file_size(path) == 0:
        raise UnusableRecordingError("the file is empty")
    try:
        with path.open("rb") as file:
            if file.read(6) != np.lib.format.MAGIC_PREFIX:
                raise UnusableRecordingError("is no .npy matrix of numbers (it starts otherwise)")
            file.seek(0)
            matrix = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError, SyntaxError, TokenError) as error:
        # An OSError's text would hold the path.
        reason = getattr(error, "strerror", None) or str(error)
        reason = "it holds Python objects" if "Object arrays" in reason else reason
        raise UnusableRecordingError(f"is no .npy matrix of numbers ({reason})") from None
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise UnusableRecordingError(f"expected (frames, coefficients), got {matrix.shape}")
    if matrix.dtype.kind not in "fiu":
        raise UnusableRecordingError(f"expected real numbers, got {matrix.dtype}")
    with np.errstate(over="ignore"):
        features = matrix.astype(np.float32)
    if not np.isfinite(features).all():
        n_bad = int((~np.isfinite(features)).sum())
        raise UnusableRecordingError(f"holds {n_bad} values that are NaN or infinite")
    return features


def _file_size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise UnusableRecordingError(f"cannot be read ({error.strerror})") from None


def _check_complete(path: Path, size: int) -> None:
    """Compare a RIFF or AIFF header's size with the file's.

    libsndfile reads a truncated WAV without a word, as far as it goes.
    """
    try:
        with path.open("rb") as file:
            header = file.read(8)
    except OSError as error:
        raise UnusableRecordingError(f"cannot be read ({error.strerror})") from None
    orders = {b"RIFF": "<I", b"FORM": ">I"}
    if len(header) < 8 or header[:4] not in orders:
        return
    (promised,) = struct.unpack(orders[header[:4]], header[4:])
    if promised not in _OPEN_ENDED and promised + 8 > size:
        raise UnusableRecordingError(
            f"truncated: the header promises {promised + 8} bytes, the file has {size}"
        )
