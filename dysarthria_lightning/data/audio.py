"""Reading recordings from disk, and every way in which one can be unusable."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
]

# Values decoded at a time: a header's promise decides nothing about how much memory is taken.
_BLOCK_VALUES = 32_000_000

_ONLY_ONE = "Have one channel, which is taken, though data.channel asks for another"


@dataclass(frozen=True)
class Audio:
    """A decoded recording.

    Attributes:
        samples: (n_samples,) float32, full scale at 1; of several channels the mean, or the
            one that sounds.
        sample_rate_hz: Samples a second.
        remarks: What is odd about it.
        subtype: Its sample format, as libsndfile calls it.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    remarks: tuple[Remark, ...] = ()
    subtype: str = "PCM_16"

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz


def read_audio(
    path: Path,
    before_decoding: Callable[[int, int], object] | None = None,
    channel: int | None = None,
    strict: bool = False,
) -> Audio:
    """Read a WAV, FLAC, OGG, MP3 or AIFF file of any sample format.

    Args:
        path: The file.
        before_decoding: Called with the number of samples that the header promises and their rate.
        channel: Which channel of several is read, from 1; None averages those that sound, unless
            they are each other's negative.
        strict: Whether a file must have the channel; else its only one is taken in place of any.

    Returns:
        Its samples, and what is odd about it.

    Raises:
        UnusableRecordingError: The file is absent, empty, truncated, no audio, silent throughout,
            larger than memory allows, far beyond full scale, or holds values that are not finite.
    """
    with open_container(path) as container:
        decoded = _decode(container, before_decoding, channel, strict)
        decoded.levels.check()
        remarks = [Remark(container.remark)] if container.remark else []
        if channel is None and decoded.n_channels > 1:
            chosen, remark = choose_channel(decoded.levels)
            if remark is not None:
                remarks.append(remark)
            if chosen is not None:
                # Seldom: to keep all channels until this is known would take their memory of all.
                decoded = _decode(container, None, chosen + 1)
                decoded.levels.check()
        elif channel is not None and channel > decoded.n_channels:
            remarks.append(Remark(_ONLY_ONE))
    remarks += decoded.levels.remarks()
    samples = _joined(decoded.blocks)
    return Audio(samples, decoded.sample_rate_hz, tuple(remarks), decoded.levels.subtype)


@contextmanager
def open_audio(path: Path) -> Iterator[soundfile.SoundFile]:
    """Open a file that :func:`read_audio` can read, with all of its channels.

    Args:
        path: The file.

    Yields:
        What libsndfile finds in it.
    """
    with open_container(path) as container, _opened(container) as file:
        yield file


def _opened(container: Container) -> soundfile.SoundFile:
    return soundfile.SoundFile(container.source(), closefd=False)


@dataclass
class _Decoded:
    """What a file holds: blocks of (n,) samples, and the levels of the channels taken."""

    blocks: list[NDArray[np.float32]]
    sample_rate_hz: int
    levels: Levels
    n_channels: int


def _decode(
    container: Container,
    before_decoding: Callable[[int, int], object] | None,
    channel: int | None,
    strict: bool = False,
) -> _Decoded:
    """Decode one channel of a file, or the mean of all."""
    try:
        with _opened(container) as file:
            promised, sample_rate_hz, n_channels = file.frames, file.samplerate, file.channels
            if sample_rate_hz < 1:
                raise UnusableRecordingError(f"its sample rate is {sample_rate_hz} Hz")
            if before_decoding is not None:
                before_decoding(promised, sample_rate_hz)
            taken = _Taken(_taken_channels(n_channels, channel, strict), file.subtype)
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
    return _Decoded(taken.blocks, sample_rate_hz, taken.levels, n_channels)


def _taken_channels(n_channels: int, channel: int | None, strict: bool) -> slice:
    if channel is None or (n_channels == 1 and not strict):
        return slice(None)
    if channel > n_channels:
        there = f"{n_channels} channels" if n_channels > 1 else "one channel"
        raise UnusableRecordingError(f"has {there}, no channel {channel}")
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
