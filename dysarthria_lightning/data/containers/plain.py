"""Files with one header and samples to their end: NIST SPHERE and AU."""

import struct

from dysarthria_lightning.data.containers.chunks import UNCOUNTED, check_uncounted
from dysarthria_lightning.data.containers.source import Source
from dysarthria_lightning.data.unusable import UnusableRecordingError

_NIST = b"NIST_1A"
#: What such files begin with.
STARTS = (_NIST, b".snd", b"dns.")


def check_length(source: Source) -> tuple[dict[int, bytes], str | None]:
    """Look at whether a file's header counts the samples that are there.

    Returns:
        The bytes to read in place of its own so that all are found, and what is odd about it or
        None.

    Raises:
        UnusableRecordingError: Some of them are not there, or the header does not count all.
    """
    is_nist = source.head.startswith(_NIST)
    counted = _counted_in_nist(source.head) if is_nist else _counted_in_au(source.head)
    if counted is None:
        return {}, None
    start, n_bytes = counted
    available = max(0, source.size - start)
    if not is_nist and (n_bytes == 0xFFFFFFFF or (n_bytes == 0 and available)):
        return {8: b"\xff" * 4}, UNCOUNTED
    if n_bytes > available:
        raise UnusableRecordingError(
            f"truncated: its header promises {n_bytes} bytes of samples, {available} are there"
        )
    check_uncounted(n_bytes, available - n_bytes)
    return {}, None


def _counted_in_nist(head: bytes) -> tuple[int, int] | None:
    """Return a SPHERE file's header size and the bytes of samples it counts, or None.

    Raises:
        UnusableRecordingError: It is compressed.
    """
    fields = _text_header(head)
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


def _text_header(head: bytes) -> dict[str, str]:
    """Read lines ``name -type value``."""
    fields = {}
    for line in head.decode("latin-1").split("\n"):
        if line.strip() == "end_head":
            break
        parts = line.split(maxsplit=2)
        if len(parts) == 3:
            fields[parts[0]] = parts[2].strip()
    return fields


def _counted_in_au(head: bytes) -> tuple[int, int] | None:
    """Return an AU file's header size and the bytes of samples it counts, or None."""
    if len(head) < 12:
        return None
    start, n_bytes = struct.unpack(">II" if head[:4] == b".snd" else "<II", head[4:12])
    return start, n_bytes
