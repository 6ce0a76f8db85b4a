"""MP3: how long it is can only be counted, frame by frame.

The length in an MP3's first frame is optional, and true of the first recording only where two were
joined; without it libsndfile guesses and stops there. So frames are counted, and where the file
does not say their number, it gets a first frame that does.
"""

import struct
from dataclasses import dataclass, field

from dysarthria_lightning.data.unusable import (
    MAX_SAMPLES,
    RecordingTooLargeError,
    UnusableRecordingError,
)

#: Bytes of an MP3 that are held at once.
MAX_BYTES = 400_000_000
_MAX_JUNK = 200_000

_KBITS = {  # by (MPEG 1, layer)
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = (44_100, 48_000, 32_000)
# Written behind the sound, and before more of it where files were joined.
_LONG_TAGS = (b"APETAGEX", b"LYRICS")


@dataclass(frozen=True)
class _Frame:
    """What a frame's four first bytes say.

    Attributes:
        kind: Equal in all frames of a recording: version, layer, rate, mono or not.
        n_bytes: Of the whole frame.
        n_samples: Of each channel.
        sample_rate_hz: Of the recording.
        layer: 1 to 3.
        info_at: Where a frame that describes the file says so.
    """

    kind: tuple[int, int, bool]
    n_bytes: int
    n_samples: int
    sample_rate_hz: int
    layer: int
    info_at: int


@dataclass
class _Counted:
    """The frames of a file.

    Attributes:
        first: Where the first frame of sound begins.
        n_frames: Frames of sound.
        runs: First and last byte of each stretch of frames of sound.
        promised: Frames that the file's own descriptions count, None where it has none.
        described_bytes: Bytes by the last description, or 0.
        described_from: Where these begin.
        n_descriptions: How many of them there are.
        n_junk: Bytes that are neither frames nor tags.
        missing: Bytes that the last frame lacks.
    """

    first: int | None = None
    n_frames: int = 0
    runs: list[tuple[int, int]] = field(default_factory=list)
    promised: int | None = None
    described_bytes: int = 0
    described_from: int = 0
    n_descriptions: int = 0
    n_junk: int = 0
    missing: int = 0


def is_mpeg(content: bytes) -> bool:
    """Say whether bytes begin with two MPEG audio frames, after tags or zeros."""
    start = _after_tags(content, 0)
    frame = _frame(content, start)
    return frame is not None and (
        start + frame.n_bytes + 4 > len(content)
        or _frame(content, start + frame.n_bytes) is not None
    )


def skip_id3(head: bytes) -> int:
    """Return how many bytes the ID3 tags at a file's start take."""
    offset = 0
    while head[offset : offset + 3] == b"ID3" and offset + 10 <= len(head):
        size = 0
        for byte in head[offset + 6 : offset + 10]:
            size = size << 7 | byte & 0x7F
        offset += 10 + size + (10 if head[offset + 5] & 0x10 else 0)
    return offset


def with_true_length(content: bytes) -> bytes | None:
    """Check that an MP3 is whole, and make libsndfile find all of it.

    Args:
        content: The whole file.

    Returns:
        The same recording with a description that counts all frames; None where the file has it.

    Raises:
        UnusableRecordingError: Some of it is not there, or it is larger than memory allows.
    """
    found = _count(content)
    if found.first is None:
        return None
    frame = _frame(content, found.first)
    assert frame is not None
    if found.n_junk > max(1024, len(content) // 50):
        raise UnusableRecordingError(
            f"{found.n_junk} bytes of it are no MP3 frames of the same kind: it is damaged, or "
            "joined from different ones"
        )
    if found.promised is not None and found.n_frames < found.promised:
        # Some encoders count the description itself.
        whole = found.promised - found.n_frames == 1 and not found.missing
        if not whole or not 0 < found.described_bytes <= len(content) - found.described_from:
            raise UnusableRecordingError(
                f"truncated: {found.promised} frames promised, {found.n_frames} there"
            )
    elif found.missing and found.promised is None:
        raise UnusableRecordingError(f"truncated: its last frame lacks {found.missing} bytes")
    right = found.promised == found.n_frames and found.n_descriptions == 1
    if frame.layer != 3 or (right and len(found.runs) == 1 and not found.n_junk):
        return None
    sound = b"".join(content[start:stop] for start, stop in found.runs)
    return _description(content[found.first : found.first + 4], found.n_frames) + sound


def _count(content: bytes) -> _Counted:
    found = _Counted()
    place, end = _after_tags(content, 0), len(content)
    kind, run = None, None
    while place + 4 <= end:
        frame = _frame(content, place)
        if frame is None or (kind is not None and frame.kind != kind):
            if run is not None:
                found.runs.append((run, place))
                run = None
            after = _after_tags(content, place)
            if content.startswith(b"TAG", place):
                after = place + 128
            elif content.startswith(_LONG_TAGS, place):
                after = _next_frame(content, place + 1, kind)
            elif after == place:
                after = _next_frame(content, place + 1, kind)
                found.n_junk += after - place
                if found.n_junk > _MAX_JUNK:
                    return found
            place = after
            continue
        kind = frame.kind
        if place + frame.n_bytes > end:
            found.missing = place + frame.n_bytes - end
            break
        if _describe(content, place, frame, found):
            if run is not None:
                found.runs.append((run, place))
            run = None
        else:
            if found.first is None:
                found.first = place
            if run is None:
                run = place
            found.n_frames += 1
            if found.n_frames * frame.n_samples > MAX_SAMPLES:
                raise RecordingTooLargeError(
                    MAX_SAMPLES / frame.sample_rate_hz, frame.sample_rate_hz
                )
        place += frame.n_bytes
    if run is not None:
        found.runs.append((run, min(place, end)))
    return found


def _describe(content: bytes, place: int, frame: _Frame, found: _Counted) -> bool:
    """Take what a frame says of the file; False where it is a frame of sound."""
    at = place + frame.info_at
    if content[at : at + 4] in (b"Xing", b"Info") and at + 16 <= len(content):
        flags, first, second = struct.unpack(">III", content[at + 4 : at + 16])
        n_frames = first if flags & 1 else None
        n_bytes = (second if flags & 1 else first) if flags & 2 else 0
    elif content[place + 36 : place + 40] == b"VBRI" and place + 54 <= len(content):
        n_bytes, n_frames = struct.unpack(">II", content[place + 46 : place + 54])
    else:
        return False
    if n_frames is not None:
        found.promised = (found.promised or 0) + n_frames
    found.described_bytes, found.described_from = n_bytes, place
    found.n_descriptions += 1
    return True


def _after_tags(content: bytes, place: int) -> int:
    """Skip ID3 tags and zeros."""
    while True:
        start = place
        if content.startswith(b"ID3", place):
            place += skip_id3(content[place : place + 10])
        while content.startswith(b"\0" * 64, place):
            place += 64
        while content.startswith(b"\0", place):
            place += 1
        if place == start:
            return place


def _next_frame(content: bytes, place: int, kind: tuple[int, int, bool] | None) -> int:
    """Find a frame that another follows, or the end."""
    limit = min(len(content), place + _MAX_JUNK + 1)
    while (place := content.find(b"\xff", place, limit)) >= 0:
        frame = _frame(content, place)
        if frame is not None and kind in (None, frame.kind):
            following = _frame(content, place + frame.n_bytes)
            if following is not None and following.kind == frame.kind:
                return place
        place += 1
    return limit


def _frame(content: bytes, place: int) -> _Frame | None:
    header = content[place : place + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bits, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer == 4 or bits in (0, 15) or rate == 3:
        return None
    first = version == 3
    rate_hz = _RATES_HZ[rate] >> (0 if first else 1 if version == 2 else 2)
    bits_per_s = 1000 * _KBITS[first, layer][bits - 1]
    padding = header[2] >> 1 & 1
    n_samples = 384 if layer == 1 else 1152 if first or layer == 2 else 576
    if layer == 1:
        n_bytes = (12 * bits_per_s // rate_hz + padding) * 4
    else:
        n_bytes = n_samples // 8 * bits_per_s // rate_hz + padding
    mono = header[3] >> 6 == 3
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return _Frame((header[1] & 0x1E, rate, mono), n_bytes, n_samples, rate_hz, layer, 4 + side)


def _description(header: bytes, n_frames: int) -> bytes:
    """Make a first frame that says how many follow, as Xing's encoder writes it."""
    first = header[1] >> 3 & 3 == 3
    # 128 or 64 kbit/s, no checksum, no padding: room for the description at every rate.
    bits = 9 if first else 8
    header = bytes((0xFF, header[1] | 1, bits << 4 | header[2] & 0x0C, header[3] & 0xC0))
    frame = _frame(header, 0)
    assert frame is not None
    content = bytearray(header + bytes(frame.n_bytes - 4))
    content[frame.info_at : frame.info_at + 12] = b"Xing" + struct.pack(">II", 1, n_frames)
    return bytes(content)
