"""Decides how a file is to be read."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dysarthria_lightning.data.containers import chunks, foreign, mpeg, streams
from dysarthria_lightning.data.containers.kay import wav_of_kay
from dysarthria_lightning.data.containers.patched import PatchedFile
from dysarthria_lightning.data.unusable import UnusableRecordingError

_HEAD_BYTES = 4096
_MP3_IN_WAV = 0x55


@dataclass(frozen=True)
class Container:
    """How a file is to be read.

    Attributes:
        path: The file.
        content: Bytes to decode in its place, or None.
        patches: By their places, bytes to decode in place of the file's.
        n_frames: Samples of each channel that must come out, where that is known.
        remark: What is odd about it, or None.
    """

    path: Path
    content: bytes | None = None
    patches: dict[int, bytes] | None = None
    n_frames: int | None = None
    remark: str | None = None

    def source(self) -> Path | io.BytesIO | PatchedFile:
        """Return what libsndfile reads."""
        if self.content is not None:
            return io.BytesIO(self.content)
        return PatchedFile(self.path, self.patches) if self.patches else self.path


def open_container(path: Path, size: int) -> Container:
    """Look at a file before it is decoded.

    Args:
        path: The file.
        size: How many bytes it has.

    Raises:
        UnusableRecordingError: It is no audio that is read, or not all of it is there.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            try:
                return _look(path, file, size, head)
            except UnusableRecordingError:
                damage = text_damage(path)
                if damage is not None:
                    raise UnusableRecordingError(damage) from None
                raise
    except OSError as error:
        raise UnusableRecordingError(f"cannot be read ({error.strerror})") from None


def text_damage(path: Path) -> str | None:
    """Say whether a file was changed as if it were text, and how.

    Args:
        path: An audio file that something is wrong with.
    """
    try:
        with path.open("rb") as file:
            content = file.read(1_000_000)
    except OSError:
        return None
    known = (b"RIFF", b"RIFX", b"RF64", b"FORM", b"fLaC", b"OggS", b"caff", b".snd", b"ID3")
    if not content.startswith((*known, b"NIST_1A", b"\xff", b"\xef\xbf\xbd")):
        return None
    body = content[12:]
    again = "; get it again, as binary (FTP: type binary; Git: *.wav binary in .gitattributes)"
    n_lines, n_changed = body.count(b"\n"), body.count(b"\r\n")
    if n_lines >= 4 and n_lines == n_changed:
        return f"was broken by a transfer as text: every LF byte in it became CR LF{again}"
    if body.count(b"\xef\xbf\xbd") >= 8:
        return f"was broken by being read as UTF-8 text: bytes above 127 were replaced{again}"
    return None


def _look(path: Path, file: BinaryIO, size: int, head: bytes) -> Container:
    if head.startswith(b"FORMDS16"):
        if size > mpeg.MAX_BYTES:
            raise UnusableRecordingError(f"is larger than {mpeg.MAX_BYTES:,} bytes")
        return Container(path, content=wav_of_kay(path.read_bytes()))
    found = chunks.find_samples(file, size, head)
    if found is not None:
        if found.codec == _MP3_IN_WAV:
            file.seek(found.start)
            return _mp3(path, file.read(min(found.n_bytes, mpeg.MAX_BYTES + 1)), inside=True)
        damage = text_damage(path) if found.remark == chunks.TRAILING else None
        if damage is not None:
            raise UnusableRecordingError(damage)
        return Container(path, patches=found.patches, n_frames=found.n_frames, remark=found.remark)
    start = mpeg.skip_id3(head)
    if start:
        file.seek(start)
        head = file.read(_HEAD_BYTES)
    kind = streams.ogg_or_flac_start(head, 0)
    if kind == "ogg":
        streams.check_ogg(file, size)
        return Container(path)
    if kind == "flac":
        return Container(path, patches=streams.flac_length_patch(file, size, start))
    if head.startswith((b"NIST_1A", b".snd", b"dns.")):
        return _plain(path, size, head)
    described = foreign.describe_foreign(path, head)
    if described is not None:
        raise UnusableRecordingError(f"cannot be decoded as audio: it is {described}")
    if mpeg.is_mpeg(head) or path.suffix.lower() == ".mp3":
        file.seek(0)
        return _mp3(path, file.read(mpeg.MAX_BYTES + 1), inside=False)
    return Container(path)


def _mp3(path: Path, content: bytes, inside: bool) -> Container:
    if len(content) > mpeg.MAX_BYTES:
        raise UnusableRecordingError(f"holds more than {mpeg.MAX_BYTES:,} bytes of MP3")
    counted = mpeg.with_true_length(content)
    return Container(path, content=content if inside and counted is None else counted)


def _plain(path: Path, size: int, head: bytes) -> Container:
    """Look at a file with one header and samples to its end."""
    is_nist = head.startswith(b"NIST_1A")
    counted = streams.counted_in_nist(head) if is_nist else streams.counted_in_au(head)
    if counted is None:
        return Container(path)
    start, n_bytes = counted
    available = max(0, size - start)
    if not is_nist and (n_bytes == 0xFFFFFFFF or (n_bytes == 0 and available)):
        return Container(path, patches={8: b"\xff" * 4}, remark=chunks.UNCOUNTED)
    if n_bytes > available:
        raise UnusableRecordingError(
            f"truncated: its header promises {n_bytes} bytes of samples, {available} are there"
        )
    chunks.check_uncounted(n_bytes, available - n_bytes)
    return Container(path)
