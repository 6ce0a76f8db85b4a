"""Reading recordings from disk, and every way in which one can be unusable."""

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from dysarthria_lightning.errors import UserError

#: Samples of a recording that are held at once: 600 MB, 2.6 h at 16 kHz or 52 min at 48 kHz.
MAX_SAMPLES = 150_000_000

# Values decoded at a time: a header's promise decides nothing about how much memory is taken.
_BLOCK_VALUES = 32_000_000

# 2 h of 40 coefficients every 10 ms; 120 MB once they are float32, whatever they were.
_MAX_MATRIX_VALUES = 30_000_000

# A size of all ones, or none, is how programs that stream say "until the end".
_OPEN_ENDED = {0, 0xFFFFFFFF, 0xFFFFFFFF - 8, 0x7FFFFFFF, 0x7FFFFFFF + 36}


class UnusableRecordingError(UserError):
    """One recording cannot be used; the message says why, without its path."""


class RecordingTooLargeError(UnusableRecordingError):
    """A recording is longer than memory allows.

    Attributes:
        duration_s: How long it is at least.
    """

    def __init__(self, duration_s: float, sample_rate_hz: int) -> None:
        self.duration_s = duration_s
        super().__init__(
            f"is {duration_s / 60:.0f} min long or more; at {sample_rate_hz} Hz at most "
            f"{MAX_SAMPLES / sample_rate_hz / 60:.0f} min are read at once: cut it into shorter "
            "files, lower its sample rate, or leave long recordings out with data.max_duration_s"
        )


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


def read_audio(path: Path, before_decoding: Callable[[int, int], object] | None = None) -> Audio:
    """Read a WAV, FLAC, OGG, MP3 or AIFF file of any sample format.

    Args:
        path: The file.
        before_decoding: Called with the number of samples that the header promises and their rate.

    Returns:
        Its samples, several channels averaged into one.

    Raises:
        UnusableRecordingError: The file is absent, empty, truncated, no audio, silent throughout,
            larger than memory allows, or holds values that are not finite.
    """
    size = _file_size(path)
    if size == 0:
        raise UnusableRecordingError("the file is empty")
    _check_complete(path, size)
    try:
        with soundfile.SoundFile(path) as file:
            promised, sample_rate_hz = file.frames, file.samplerate
            if sample_rate_hz < 1:
                raise UnusableRecordingError(f"its sample rate is {sample_rate_hz} Hz")
            if before_decoding is not None:
                before_decoding(promised, sample_rate_hz)
            blocks = list(_mono_blocks(file))
    except (soundfile.LibsndfileError, RuntimeError, TypeError, ValueError) as error:
        reason = getattr(error, "error_string", str(error)).strip().rstrip(".")
        raise UnusableRecordingError(f"cannot be decoded as audio ({reason})") from None
    n_samples = sum(map(len, blocks))
    if n_samples < promised:
        raise UnusableRecordingError(f"truncated: {promised} samples promised, {n_samples} there")
    if n_samples == 0:
        raise UnusableRecordingError("holds no samples")
    # What is not finite shows in one of the two; looking at each sample takes longer.
    extremes = [float(value) for block in blocks for value in (block.min(), block.max())]
    if not all(map(math.isfinite, extremes)):
        n_bad = sum(int((~np.isfinite(block)).sum()) for block in blocks)
        raise UnusableRecordingError(f"holds {n_bad} samples that are NaN or infinite")
    if not any(extremes):
        raise UnusableRecordingError("is silent: every sample is zero")
    return Audio(_joined(blocks), sample_rate_hz)


def _mono_blocks(file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """Decode a file piece by piece, (n,) float32 each, with its channels averaged.

    Raises:
        RecordingTooLargeError: There is more of it than may be held.
    """
    most = max(1, _BLOCK_VALUES // file.channels)
    n_samples = 0
    while True:
        left = file.frames - n_samples
        channels = np.empty((min(left, most) if left > 0 else most, file.channels), np.float32)
        # SoundFile.read looks for the end first, and takes longer.
        n_read = file.buffer_read_into(channels, dtype="float32")
        if n_read == 0:
            return
        channels = channels[:n_read]
        n_samples += n_read
        if n_samples > MAX_SAMPLES:
            raise RecordingTooLargeError(n_samples / file.samplerate, file.samplerate)
        if channels.shape[1] == 1:
            yield channels[:, 0]
        else:
            # In float32 the mean of loud samples can overflow; whoever reads the result sees it.
            with np.errstate(over="ignore", invalid="ignore"):
                yield channels.mean(axis=1)
        if n_samples >= file.frames and file.seekable():
            return  # to find the end takes another read


def _joined(blocks: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Concatenate blocks, giving each back as soon as it is copied."""
    if len(blocks) == 1:
        return np.ascontiguousarray(blocks[0])
    samples = np.empty(sum(map(len, blocks)), dtype=np.float32)
    filled = 0
    while blocks:
        block = blocks.pop(0)
        samples[filled : filled + len(block)] = block
        filled += len(block)
    return samples


def read_feature_matrix(
    path: Path, before_reading: Callable[[int], object] | None = None
) -> NDArray[np.float32]:
    """Read precomputed features.

    Args:
        path: A ``.npy`` file, (n_frames, n_coefficients) of any real number type.
        before_reading: Called with the number of values.

    Returns:
        The matrix as float32, row after row.

    Raises:
        UnusableRecordingError: The file is no such matrix, holds Python objects (which could run
            code when loaded), more than memory allows, or values that are not finite.
    """
    if _file_size(path) == 0:
        raise UnusableRecordingError("the file is empty")
    shape, dtype = _understood(path, _matrix_header)
    if len(shape) != 2 or 0 in shape:
        raise UnusableRecordingError(f"expected (frames, coefficients), got {shape}")
    if dtype.kind not in "fiu":
        raise UnusableRecordingError(f"expected real numbers, got {dtype}")
    if math.prod(shape) > _MAX_MATRIX_VALUES:
        raise UnusableRecordingError(
            f"{shape[0]} frames of {shape[1]} coefficients are more than is read at once "
            f"({_MAX_MATRIX_VALUES:,} values); cut the matrix into several"
        )
    if before_reading is not None:
        before_reading(math.prod(shape))
    matrix = _understood(path, _matrix_content)
    with np.errstate(over="ignore"):
        features = matrix.astype(np.float32, order="C")
    if not np.isfinite(features).all():
        n_bad = int((~np.isfinite(features)).sum())
        raise UnusableRecordingError(f"holds {n_bad} values that are NaN or infinite")
    return features


def _understood(path: Path, read: Callable[[Path], Any]) -> Any:
    """Read something of a ``.npy`` file or say why it is none."""
    try:
        return read(path)
    # NumPy parses the header as Python text: what can be wrong with that has many names.
    except Exception as error:
        # An OSError's text would hold the path.
        reason = getattr(error, "strerror", None) or str(error)
        reason = "it holds Python objects" if "bject" in reason else reason
        raise UnusableRecordingError(f"is no .npy matrix of numbers ({reason})") from None


def _matrix_header(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return a matrix's shape and type without reading its numbers."""
    with path.open("rb") as file:
        if file.read(6) != np.lib.format.MAGIC_PREFIX:
            raise ValueError("it starts otherwise")
    # Refuses shapes that the file is too short for.
    matrix = np.lib.format.open_memmap(path, mode="r")
    return matrix.shape, matrix.dtype


def _matrix_content(path: Path) -> NDArray[Any]:
    """Read a matrix's numbers; mapped ones would crash the process if the file were cut now."""
    with path.open("rb") as file:
        matrix: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return matrix


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
        with path.open("rb", buffering=0) as file:
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
