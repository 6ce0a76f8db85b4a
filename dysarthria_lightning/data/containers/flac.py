"""FLAC: whether its header counts the samples that are there."""

from collections.abc import Iterator
from functools import cache

from dysarthria_lightning.data.containers.source import Source
from dysarthria_lightning.data.unusable import UnusableRecordingError

_HEADER_BYTES = 42
_BLOCK_BYTES = 1 << 20
_FIRST_BLOCK = b"fLaC\0\0\0\x22"
# Two of the longest frames there are.
_TAIL_BYTES = 200_000
_SHORTEST_FRAME, _LONGEST_HEADER = 8, 24
_BLOCKS = {
    1: 192,
    **{n: 576 << n - 2 for n in range(2, 6)},
    **{n: 256 << n - 8 for n in range(8, 16)},
}


def length_patch(source: Source, start: int) -> dict[int, bytes]:
    """Count the samples of a FLAC, whose header may count none, too few or too many.

    Each frame has its number, so the last one says how many samples there are.

    Args:
        source: The file.
        start: Where its "fLaC" stands.

    Returns:
        The bytes to read in place of the header's; none where it counts them all.

    Raises:
        UnusableRecordingError: Not all samples are there, or several recordings are.
    """
    head = source.at(start, _HEADER_BYTES)
    if len(head) < _HEADER_BYTES or head[4] & 0x7F != 0:
        return {}
    packed = int.from_bytes(head[18:26], "big")
    counted = packed & (1 << 36) - 1
    fixed = int.from_bytes(head[8:10], "big")
    first = max(start + _HEADER_BYTES, source.size - _TAIL_BYTES)
    tail = source.at(first, _TAIL_BYTES)
    _check_alone(source, start, first, tail)
    there = _count(tail, fixed, counted)
    if there is None:
        if counted:  # a decoder must judge it
            return {}
        raise UnusableRecordingError("truncated: its last frame is not whole")
    if there < counted:
        raise UnusableRecordingError(f"truncated: {counted} samples promised, {there} there")
    return {} if there == counted else {start + 18: (packed - counted + there).to_bytes(8, "big")}


def _check_alone(source: Source, start: int, first: int, tail: bytes) -> None:
    """Refuse a file with another one behind it, of which nothing would be read.

    Args:
        source: The file.
        start: Where its "fLaC" stands.
        first: Where its last bytes begin.
        tail: These.

    Raises:
        UnusableRecordingError: It has one.
    """
    before, place = b"", start + _HEADER_BYTES
    while place < first:
        block = source.at(place, min(_BLOCK_BYTES, first - place))
        if not block or _FIRST_BLOCK in before + block:
            break
        place, before = place + len(block), block[-len(_FIRST_BLOCK) :]
    if place < first or _FIRST_BLOCK in before + tail:
        raise UnusableRecordingError(
            "holds several recordings, one after the other, of which only the first would be "
            "read: cut it into them"
        )


def _count(tail: bytes, fixed: int, counted: int) -> int | None:
    """Count the samples up to a recording's end.

    Args:
        tail: The last bytes of the file.
        fixed: Samples of a frame, where all have as many.
        counted: Samples by the header; where the last frame ends with them, no more is looked at.

    Returns:
        Samples of each channel; None where the last frame cannot be told.
    """
    if tail[-128:-125] == b"TAG":
        tail = tail[:-128]
    following, until = len(tail), None
    for place, n_samples in _frames_backwards(tail, fixed):
        if until is None and n_samples == counted:
            return counted
        # Samples may look like a frame. The sum over a whole frame and its checksum is zero.
        if until is not None and _checksum(tail[place:following], 16, 0x8005) == 0:
            return until
        if _checksum(tail[place:], 16, 0x8005) == 0:
            return n_samples
        following, until = place, n_samples
    return None


def _frames_backwards(tail: bytes, fixed: int) -> Iterator[tuple[int, int]]:
    """Give what may be frames, the last one first: where it is, and all samples up to its end."""
    end = len(tail)
    while True:
        place = tail.rfind(b"\xff\xf8", 0, end)
        place = max(place, tail.rfind(b"\xff\xf9", max(place, 0), end))
        if place < 0:
            return
        n_samples = _samples_until(tail[place : place + _LONGEST_HEADER], fixed)
        if n_samples is not None:
            yield place, n_samples
        end = place + 1


def _samples_until(frame: bytes, fixed: int) -> int | None:
    """Return a recording's samples up to a frame's end; None where there is no frame."""
    if len(frame) < _SHORTEST_FRAME:
        return None
    frame = frame.ljust(_LONGEST_HEADER, b"\0")  # a recording may end with a frame of one sample
    code, rate = frame[2] >> 4, frame[2] & 15
    leading = next((n for n in range(8) if not frame[4] & 0x80 >> n), 8)
    length = 1 if leading == 0 else leading
    if leading in (1, 8) or code == 0 or rate == 15:
        return None
    number = frame[4] & 0x7F >> leading
    for byte in frame[5 : 4 + length]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    place = 4 + length
    block = _BLOCKS.get(code)
    if block is None:
        n_bytes = 1 if code == 6 else 2
        block = int.from_bytes(frame[place : place + n_bytes], "big") + 1
        place += n_bytes
    place += {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if _checksum(frame[: place + 1], 8, 0x07) != 0:
        return None
    return (number if frame[1] & 1 else number * fixed) + block


@cache
def _table(bits: int, polynomial: int) -> tuple[int, ...]:
    top, mask = 1 << bits - 1, (1 << bits) - 1
    sums = []
    for value in range(256):
        value <<= bits - 8
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & top else 0)) & mask
        sums.append(value)
    return tuple(sums)


def _checksum(content: bytes, bits: int, polynomial: int) -> int:
    table, value, mask = _table(bits, polynomial), 0, (1 << bits) - 1
    for byte in content:
        value = (value << 8 & mask) ^ table[value >> bits - 8 ^ byte]
    return value
