"""Ogg: whether all of its pages are there, and of one recording."""

from dysarthria_lightning.data.containers.source import Source
from dysarthria_lightning.data.unusable import UnusableRecordingError

_FIRST, _LAST = 2, 4  # flags of pages
_HEADER_BYTES = 27
_REST_BYTES = 1_000_000
_SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")


def check_pages(source: Source, start: int) -> None:
    """Look at an Ogg file's pages.

    Args:
        source: The file.
        start: Where its first page is.

    Raises:
        UnusableRecordingError: Some are not there, or they are of several recordings.
    """
    place, last, began, ended = start, start, False, False
    numbers: dict[bytes, int] = {}
    n_sounds = 0
    while place + _HEADER_BYTES <= source.size:
        header = source.at(place, _HEADER_BYTES + 255)
        if header[:4] != b"OggS":
            break
        flags, stream, n_segments = header[5], header[14:18], header[26]
        content = place + _HEADER_BYTES + n_segments
        end = content + sum(header[_HEADER_BYTES : _HEADER_BYTES + n_segments])
        if end > source.size:
            raise UnusableRecordingError(
                f"truncated: its last page lacks {end - source.size} bytes"
            )
        if flags & _FIRST:
            if began or ended:  # all streams of one recording begin before any goes on
                raise _several("one after the other")
            n_sounds += source.at(content, 8).startswith(_SOUND)
        else:
            began = True
        number = int.from_bytes(header[18:22], "little")
        if number != numbers.setdefault(stream, number):
            raise UnusableRecordingError(
                f"damaged: its page {number} follows page {numbers[stream] - 1}"
            )
        numbers[stream] = number + 1
        ended = ended or bool(flags & _LAST)
        place, last = end, place
    if n_sounds > 1:
        raise _several("side by side")
    if place < source.size and not ended:
        raise UnusableRecordingError(f"truncated or damaged: its pages end after {place} bytes")
    if not ended:
        raise UnusableRecordingError(
            f"truncated: its last page, at byte {last}, is not marked as the last"
        )
    if b"OggS" in source.at(place, _REST_BYTES):
        raise _several("one after the other")


def _several(how: str) -> UnusableRecordingError:
    return UnusableRecordingError(
        f"holds several recordings, {how}, of which only the first would be read; convert it with: "
        "ffmpeg -i OLD.ogg NEW.wav"
    )
