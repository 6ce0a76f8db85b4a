"""Reading recordings from disk, and every way in which one can be unusable."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from dysarthria_lightning.data.containers import (
    Container,
    open_container,
    text_damage,
)
from dysarthria_lightning.data.levels import Levels, choose_channel
from dysarthria_lightning.data.unusable import (
    MAX_SAMPLES,
    RecordingTooLargeError,
    Remark,
    UnusableRecordingError,
)

__all__ = [
    "MAX_SAMPLES",
    "Audio",
    "RecordingTooLargeError",
    "UnusableRecordingError",
    "open_audio",
    "read_audio",
    "read_feature_matrix",
]

# Values decoded at a time: a header's promise decides nothing about how much memory is taken.
_BLOCK_VALUES = 32_000_000

# 2 h of 40 coefficients every 10 ms; 120 MB once they are float32, whatever they were.
_MAX_MATRIX_VALUES = 30_000_000


@dataclass(frozen=True)
class Audio:
    """A decoded recording.

    Attributes:
        samples: (n_samples,) float32, full scale at 1; of several channels the mean, or the
            one that sounds.
        sample_rate_hz: Samples a second.
        remarks: What is odd about it.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    remarks: tuple[Remark, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz


def read_audio(
    path: Path,
    before_decoding: Callable[[int, int], object] | None = None,
    channel: int | None = None,
) -> Audio:
    """Read a WAV, FLAC, OGG, MP3 or AIFF file of any sample format.

    Args:
        path: The file.
        before_decoding: Called with the number of samples that the header promises and their rate.
        channel: Which channel of several is read, from 1; None averages those that sound, unless
            they are each other's negative.

    Returns:
        Its samples, and what is odd about it.

    Raises:
        UnusableRecordingError: The file is absent, empty, truncated, no audio, silent throughout,
            larger than memory allows, far beyond full scale, or holds values that are not finite.
    """
    size = _file_size(path)
    if size == 0:
        raise UnusableRecordingError("the file is empty")
    container = open_container(path, size)
    decoded = _decode(container, before_decoding, channel)
    levels = decoded.levels
    levels.check()
    remarks = [Remark(container.remark)] if container.remark else []
    if channel is None and levels.n_channels > 1:
        chosen, remark = choose_channel(levels)
        if remark is not None:
            remarks.append(remark)
        if chosen is not None:
            # Seldom: to keep all channels until this is known would take their memory of all.
            decoded = _decode(container, None, chosen + 1)
            decoded.levels.check()
    remarks += decoded.levels.remarks()
    return Audio(_joined(decoded.blocks), decoded.sample_rate_hz, tuple(remarks))


@contextmanager
def open_audio(path: Path) -> Iterator[soundfile.SoundFile]:
    """Open a file that :func:`read_audio` can read, with all of its channels.

    Args:
        path: The file.

    Yields:
        What libsndfile finds in it.
    """
    with _opened(open_container(path, _file_size(path))) as file:
        yield file


@contextmanager
def _opened(container: Container) -> Iterator[soundfile.SoundFile]:
    source = container.source()
    try:
        with soundfile.SoundFile(source) as file:
            yield file
    finally:
        if not isinstance(source, Path):
            source.close()


@dataclass
class _Decoded:
    """What a file holds: blocks of (n,) samples, and the levels of the channels taken."""

    blocks: list[NDArray[np.float32]]
    sample_rate_hz: int
    levels: Levels


def _decode(
    container: Container,
    before_decoding: Callable[[int, int], object] | None,
    channel: int | None,
) -> _Decoded:
    """Decode one channel of a file, or the mean of all."""
    try:
        with _opened(container) as file:
            promised, sample_rate_hz = file.frames, file.samplerate
            if sample_rate_hz < 1:
                raise UnusableRecordingError(f"its sample rate is {sample_rate_hz} Hz")
            if before_decoding is not None:
                before_decoding(promised, sample_rate_hz)
            taken = _Taken(_taken_channels(file.channels, channel), file.subtype)
            for block in _blocks(file):
                taken.add(block)
    except (soundfile.LibsndfileError, RuntimeError, TypeError, ValueError) as error:
        damage = text_damage(container.path)
        if damage is not None:
            raise UnusableRecordingError(damage) from None
        # The text before the reason names the file.
        reason = str(getattr(error, "error_string", error)).strip().rstrip(".")
        raise UnusableRecordingError(f"cannot be decoded as audio ({reason})") from None
    n_samples = taken.levels.n_samples
    promised = max(promised, container.n_frames or 0)
    if n_samples < promised:
        raise UnusableRecordingError(f"truncated: {promised} samples promised, {n_samples} there")
    if n_samples == 0:
        raise UnusableRecordingError("holds no samples")
    return _Decoded(taken.blocks, sample_rate_hz, taken.levels)


def _taken_channels(n_channels: int, channel: int | None) -> slice:
    """Return which of a file's channels are taken; one channel is, whichever is asked for."""
    if channel is None or n_channels == 1:
        return slice(None)
    if channel > n_channels:
        raise UnusableRecordingError(f"has {n_channels} channels, no channel {channel}")
    return slice(channel - 1, channel)


class _Taken:
    """Takes channels out of blocks and averages them."""

    def __init__(self, channels: slice, subtype: str) -> None:
        self.channels = channels
        self.blocks: list[NDArray[np.float32]] = []
        self.levels = Levels(subtype)

    def add(self, block: NDArray[np.float32]) -> None:
        """Take a block of (n, n_channels)."""
        block = block[:, self.channels]
        self.levels.add(block)
        if block.shape[1] == 1:
            self.blocks.append(np.ascontiguousarray(block[:, 0]))
        else:
            # In float32 the mean of loud samples can overflow; their levels are looked at.
            with np.errstate(over="ignore", invalid="ignore"):
                self.blocks.append(block.mean(axis=1))


def _blocks(file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """Decode a file piece by piece, (n, n_channels) float32 each.

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
        n_samples += n_read
        if n_samples > MAX_SAMPLES:
            raise RecordingTooLargeError(n_samples / file.samplerate, file.samplerate)
        yield channels[:n_read]
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
