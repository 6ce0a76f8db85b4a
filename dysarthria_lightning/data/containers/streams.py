"""FLAC of unknown length, and Ogg whose end is not there."""

import struct
from functools import cache
from typing import BinaryIO

from dysarthria_lightning.data.unusable import UnusableRecordingError

_LAST, _FIRST = 4, 2  # flags of Ogg's pages
_MAX_FLAC_FRAME = 200_000
_BLOCKS = {
    1: 192,
    **{n: 576 << n - 2 for n in range(2, 6)},
    **{n: 256 << n - 8 for n in range(8, 16)},
}


def check_ogg(file: BinaryIO, size: int) -> None:
    """Look at an Ogg file's pages.

    Raises:
        UnusableRecordingError: Its end is not there, or it holds several recordings.
    """
    place, ended, last = 0, False, 0
    while place + 27 <= size:
        file.seek(place)
        header = file.read(27 + 255)
        if header[:4] != b"OggS":
            break
        n_segments = header[26]
        end = place + 27 + n_segments + sum(header[27 : 27 + n_segments])
        if end > size:
            raise UnusableRecordingError(f"truncated: its last page lacks {end - size} bytes")
        if ended and header[5] & _FIRST:
            raise UnusableRecordingError(
                "holds several recordings, one after the other, of which only the first would be "
                "read; convert it with: ffmpeg -i OLD.ogg NEW.wav"
            )
        ended = ended or bool(header[5] & _LAST)
        place, last = end, place
    if place < size and not ended:
        raise UnusableRecordingError(f"truncated or damaged: its pages end after {place} bytes")
    if place and not ended:
        raise UnusableRecordingError(
            f"truncated: its last page, at byte {last}, is not marked as the last"
        )


def flac_length_patch(file: BinaryIO, size: int, start: int) -> dict[int, bytes]:
    """Count the samples of a FLAC whose header does not.

    Args:
        file: The file.
        size: How many bytes it has.
        start: Where its "fLaC" stands.

    Returns:
        The bytes to read in place of the header's; none where it counts them.

    Raises:
        UnusableRecordingError: Its last frame is not whole.
    """
    file.seek(start)
    head = file.read(42)
    if len(head) < 42 or head[4] & 0x7F != 0:
        return {}
    packed = int.from_bytes(head[18:26], "big")
    if packed & (1 << 36) - 1:
        return {}
    fixed = int.from_bytes(head[8:10], "big")
    first = max(start + 42, size - _MAX_FLAC_FRAME)
    file.seek(first)
    tail = file.read(size - first)
    if tail[-128:-125] == b"TAG":
        tail = tail[:-128]
    place = len(tail)
    while (place := max(tail.rfind(b"\xff\xf8", 0, place), tail.rfind(b"\xff\xf9", 0, place))) >= 0:
        n_samples = _samples_until(tail[place:], fixed)
        # The sum over a whole frame and its checksum is zero.
        if n_samples is not None and _checksum(tail[place:], 16, 0x8005) == 0:
            return {start + 18: (packed | n_samples).to_bytes(8, "big")}
        place += 1
    raise UnusableRecordingError("truncated: its last frame is not whole")


def _samples_until(frame: bytes, fixed: int) -> int | None:
    """Return a recording's samples up to a frame's end; None where there is no frame."""
    if len(frame) < 16:
        return None
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


def ogg_or_flac_start(head: bytes, offset: int) -> str | None:
    """Name what begins at a place: ``ogg``, ``flac`` or None."""
    return {b"OggS": "ogg", b"fLaC": "flac"}.get(head[offset : offset + 4])


def unpack_text_header(head: bytes) -> dict[str, str]:
    """Read the lines ``name -type value`` of a NIST SPHERE header."""
    fields = {}
    for line in head.decode("latin-1").split("\n"):
        if line.strip() == "end_head":
            break
        parts = line.split(maxsplit=2)
        if len(parts) == 3:
            fields[parts[0]] = parts[2].strip()
    return fields


def counted_in_nist(head: bytes) -> tuple[int, int] | None:
    """Return a SPHERE file's header size and the bytes of samples it counts, or None.

    Raises:
        UnusableRecordingError: It is compressed.
    """
    fields = unpack_text_header(head)
    coding = fields.get("sample_coding", "")
    if "shorten" in coding or "embedded" in coding:
        raise UnusableRecordingError(
            f"cannot be decoded as audio: it is NIST SPHERE compressed as {coding}; convert it "
            "with: sph2pipe -f wav OLD.sph NEW.wav"
        )
    try:
        n_bytes = (
            int(fields["sample_count"])
            * int(fields.get("sample_n_bytes", 2))
            * int(fields.get("channel_count", 1))
        )
        return int(head[8:16]), n_bytes
    except (KeyError, ValueError):
        return None


def counted_in_au(head: bytes) -> tuple[int, int] | None:
    """Return an AU file's header size and the bytes of samples it counts, or None."""
    if len(head) < 12:
        return None
    start, n_bytes = struct.unpack(">II" if head[:4] == b".snd" else "<II", head[4:12])
    return start, n_bytes
