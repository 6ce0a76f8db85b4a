"""Files made of chunks: WAV (RIFF, RIFX, RF64), AIFF, Wave64 and CAF."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from dysarthria_lightning.data.containers.source import Source
from dysarthria_lightning.data.unusable import UnusableRecordingError

_MAX_CHUNKS = 10_000
# What programs write behind the samples. Samples can look like the name of a chunk, too.
_TEXTS = {
    *(b"LIST", b"id3 ", b"ID3 ", b"bext", b"iXML", b"_PMX", b"cue ", b"smpl", b"fact", b"PEAK"),
    *(b"JUNK", b"PAD ", b"FLLR", b"inst", b"DISP", b"axml", b"cart", b"acid", b"afsp", b"levl"),
    *(b"NAME", b"AUTH", b"ANNO", b"(c) ", b"APPL", b"INST", b"MARK", b"COMT", b"info", b"free"),
}
#: Bytes after the samples that are no chunk and may be padding.
_LITTLE = 64


@dataclass(frozen=True)
class _Form:
    """How a kind of file writes its chunks.

    Attributes:
        size: Format of a chunk's size.
        id_bytes: Of a chunk's name.
        counts_header: A chunk's size counts its own header.
        align: Chunks begin at multiples of it.
        header_bytes: Of a chunk's name and size.
    """

    size: str
    id_bytes: int = 4
    counts_header: bool = False
    align: int = 2
    header_bytes: int = 8


_RIFF, _BIG_ENDIAN = _Form("<I"), _Form(">I")
_WAVE64 = _Form("<Q", 16, True, 8, 24)
_CAF = _Form(">Q", align=1, header_bytes=12)


@dataclass(frozen=True)
class Samples:
    """Where a file's samples lie.

    Attributes:
        start: Their first byte.
        n_bytes: How many there are.
        patches: By their places, the bytes that a decoder must see to find all of them.
        remark: What is odd about the file, or None.
        codec: The number of a WAV's codec, or None.
        n_frames: Samples of each channel, or None where they are compressed or of another kind of
            file.
    """

    start: int
    n_bytes: int
    patches: dict[int, bytes]
    remark: str | None = None
    codec: int | None = None
    n_frames: int | None = None


_UNCOMPRESSED = (1, 3)  # integers, floats

UNCOUNTED = "Header without a length (recorded as a stream, or never completed): read to the end"
TRAILING = "Bytes behind the samples are no chunk, and are not read"


def find_samples(source: Source) -> Samples | None:
    """Find the samples of a file made of chunks.

    Args:
        source: The file.

    Returns:
        Where they lie; None where this is no such file, or a decoder must judge it.

    Raises:
        UnusableRecordingError: Some of them are not there, or the header does not count all.
    """
    head = source.head
    if head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE":
        return _find_in_wav(source)
    if head[:4] in (b"RIFF", b"RIFX", b"FORM") and len(head) < 12:
        return None
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _find(source, _BIG_ENDIAN, 12, b"SSND", _outer(head, ">I"))
    if head[:16] == b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00":
        return _find(source, _WAVE64, 40, b"data", None)
    if head[:4] == b"caff":
        return _find(source, _CAF, 8, b"data", None)
    return None


def _outer(head: bytes, form: str) -> int | None:
    """Return the whole file's size by its header; None where that leaves it open."""
    (size,) = struct.unpack(form, head[4:8])
    return None if is_open(size) or is_open(size - 36) or size == 0 else size + 8


def is_open(size: int) -> bool:
    """Say whether a 32-bit size is one by which programs that stream say "until the end"."""
    return 0x7FFFF000 <= size <= 0x80000000 or size >= 0xFFFFF000


def _find_in_wav(source: Source) -> Samples | None:
    head, size = source.head, source.size
    order, form = (">", _BIG_ENDIAN) if head[:4] == b"RIFX" else ("<", _RIFF)
    outer = None if head[:4] == b"RF64" else _outer(head, form.size)
    codec, block, long_size = None, 0, 0
    found: tuple[int, int] | None = None
    remark: str | None
    for name, start, n_bytes in _walk(source, 12, form):
        if name == b"fmt ":
            content = source.at(start, 26)
            if len(content) >= 14:
                codec, block = struct.unpack(f"{order}H10xH", content[:14])
                if codec == 0xFFFE and len(content) == 26:
                    (codec,) = struct.unpack(f"{order}H", content[24:26])
        elif name == b"ds64":
            content = source.at(start, 16)
            long_size = struct.unpack("<8xQ", content)[0] if len(content) == 16 else 0
        elif name == b"data":
            found = start, n_bytes
            break
    if found is None:
        _check_outer(outer, size)
        return None
    start, n_bytes = found
    available = size - start
    counted = head[:4] == b"RF64" and n_bytes == 0xFFFFFFFF and 0 < long_size < 2**63
    n_bytes = long_size if counted else n_bytes
    if n_bytes > available and (counted or not is_open(n_bytes)):
        _check_outer(outer, size)
        raise _truncated(n_bytes, available)
    if n_bytes > available or (n_bytes == 0 and available >= max(block, 1)):
        if n_bytes == 0 and _rest_of(source, start, form) is None:
            return Samples(start, 0, {}, codec=codec)  # there really are none
        n_bytes, remark = available, UNCOUNTED
        patches = {} if head[:4] == b"RF64" else _counting_all(size, start, form)
    else:
        patches, remark = {}, _check_rest(source, start + n_bytes, n_bytes, form)
    is_plain = codec in _UNCOMPRESSED and block > 0
    return Samples(start, n_bytes, patches, remark, codec, n_bytes // block if is_plain else None)


def _counting_all(size: int, start: int, form: _Form) -> dict[int, bytes]:
    """Count a WAV's samples as reaching the end of the file, where its header can hold that."""
    available = size - start
    if available > 0xFFFFF000:
        return {}
    return {
        4: struct.pack(form.size, min(size - 8, 0xFFFFFFFF)),
        start - 4: struct.pack(form.size, available),
    }


def _find(
    source: Source, form: _Form, first: int, wanted: bytes, outer: int | None
) -> Samples | None:
    size = source.size
    found = next((chunk for chunk in _walk(source, first, form) if chunk[0][:4] == wanted), None)
    if found is None:
        _check_outer(outer, size)
        return None
    _, start, n_bytes = found
    available = size - start
    if n_bytes >= 2**63 or n_bytes < 0:  # CAF's and Wave64's "until the end"
        return Samples(start, available, {}, UNCOUNTED)
    if n_bytes > available:
        _check_outer(outer, size)
        raise _truncated(n_bytes, available)
    return Samples(start, n_bytes, {}, _check_rest(source, start + n_bytes, n_bytes, form))


def _check_outer(outer: int | None, size: int) -> None:
    if outer is not None and outer > size:
        raise UnusableRecordingError(
            f"truncated: the header promises {outer} bytes, the file has {size}"
        )


def _truncated(promised: int, available: int) -> UnusableRecordingError:
    return UnusableRecordingError(
        f"truncated: its header promises {promised} bytes of samples, {available} are there"
    )


def _check_rest(source: Source, end: int, n_bytes: int, form: _Form) -> str | None:
    """Look at what follows the samples.

    Returns:
        What is to be said of it, or None.

    Raises:
        UnusableRecordingError: It looks like more of the recording.
    """
    problem = _rest_of(source, end, form)
    if problem is None:
        return None
    if problem == "":
        check_uncounted(n_bytes, source.size - end)
        return TRAILING
    raise UnusableRecordingError(problem)


def check_uncounted(n_counted: int, n_more: int) -> None:
    """Refuse a file with much more in it than its header counts.

    Raises:
        UnusableRecordingError: There is.
    """
    if n_more > max(_LITTLE, n_counted // 100):
        raise UnusableRecordingError(
            f"its header counts {n_counted} bytes of samples, and {n_more} more follow that it "
            "does not name: it is from before the recording ended. Write a new header "
            "(for WAV: ffmpeg -ignore_length 1 -i OLD.wav NEW.wav)"
        )


def _rest_of(source: Source, end: int, form: _Form) -> str | None:
    """Judge what follows a place: None for chunks or padding, "" for neither, or why not."""
    size = source.size
    offset = end + (-end) % form.align
    if offset >= size:
        return None
    for name, start, n_bytes in _walk(source, end, form):
        if name[:4] in (b"RIFF", b"RF64", b"RIFX", b"FORM", b"OggS", b"fLaC"):
            return "holds several files, one after the other: cut it into them"
        if name[:4] in (b"data", b"SSND"):
            return "has its samples in several chunks: convert it with: ffmpeg -i OLD.wav NEW.wav"
        if start + n_bytes > size + 1 and name[:4] not in _TEXTS:
            break
        # What a program wrote after the samples may itself have been cut; they are whole.
        offset = start + n_bytes
    if offset >= size or size - offset < form.header_bytes or source.at(offset, 3) == b"TAG":
        return None
    while block := source.at(offset, 1 << 20):
        if block.strip(b"\0"):
            return ""
        offset += len(block)
    return None


def _walk(source: Source, offset: int, form: _Form) -> Iterator[tuple[bytes, int, int]]:
    """Give each chunk's name, first byte and size, as far as there are chunks."""
    odd = offset % form.align == 1
    offset += (-offset) % form.align
    for _ in range(_MAX_CHUNKS):
        header = source.at(offset, form.header_bytes)
        if odd and form.align == 2 and not _is_name(header[:4]):
            offset -= 1  # the pad byte is missing
            header = source.at(offset, form.header_bytes)
        if len(header) < form.header_bytes or not _is_name(header[:4]):
            return
        (n_bytes,) = struct.unpack(form.size, header[form.id_bytes :])
        if form.counts_header:
            n_bytes -= form.header_bytes
        start = offset + form.header_bytes
        yield header[: form.id_bytes], start, n_bytes
        if n_bytes < 0 or start + n_bytes >= source.size:
            return
        odd = (start + n_bytes) % 2 == 1
        offset = start + n_bytes
        offset += (-offset) % form.align


def _is_name(name: bytes) -> bool:
    return len(name) == 4 and min(name) >= 32 and max(name) < 127
