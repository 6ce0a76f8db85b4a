"""Decides how a file is to be read."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dysarthria_lightning.data.containers import chunks, flac, foreign, mpeg, ogg, plain
from dysarthria_lightning.data.containers.kay import wav_of_kay
from dysarthria_lightning.data.containers.patched import PatchedFile
from dysarthria_lightning.data.containers.source import Source
from dysarthria_lightning.data.unusable import UnusableRecordingError

_MP3_IN_WAV = 0x55


@dataclass(frozen=True)
class Container:
    """How an open file is to be read.

    Attributes:
        path: The file.
        file: Its descriptor.
        content: Bytes to decode in its place, or None.
        patches: By their places, bytes to decode in place of the file's.
        n_frames: Samples of each channel that must come out, where that is known.
        remark: What is odd about it, or None.
    """

    path: Path
    file: int
    content: bytes | None = None
    patches: dict[int, bytes] | None = None
    n_frames: int | None = None
    remark: str | None = None

    def source(self) -> int | io.BytesIO | PatchedFile:
        """Return what libsndfile reads: a file's descriptor, or a file."""
        if self.content is not None:
            return io.BytesIO(self.content)
        os.lseek(self.file, 0, os.SEEK_SET)
        return PatchedFile(self.file, self.patches) if self.patches else self.file


@contextmanager
def open_container(path: Path) -> Iterator[Container]:
    """Look at a file before it is decoded.

    Args:
        path: The file.

    Yields:
        How it is to be read, while it is open.

    Raises:
        UnusableRecordingError: It is no audio that is read, or not all of it is there.
    """
    try:
        # A pipe is not waited for.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise UnusableRecordingError(f"cannot be read ({error.strerror})") from None
    try:
        yield _looked_at(path, file)
    finally:
        os.close(file)


def _looked_at(path: Path, file: int) -> Container:
    try:
        source = Source(file)
        # Of such a file no more is read: some of the system are not empty.
        if source.size > 0:
            return _look(path, source)
    except UnusableRecordingError:
        damage = text_damage(path)
        if damage is not None:
            raise UnusableRecordingError(damage) from None
        raise
    except OSError as error:
        raise UnusableRecordingError(f"cannot be read ({error.strerror})") from None
    raise UnusableRecordingError("the file is empty")


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


def _look(path: Path, source: Source) -> Container:
    file, head = source.file, source.head
    if head.startswith(b"FORMDS16"):
        if source.size > mpeg.MAX_BYTES:
            raise UnusableRecordingError(f"is larger than {mpeg.MAX_BYTES:,} bytes")
        return Container(path, file, wav_of_kay(source.at(0, source.size)))
    found = chunks.find_samples(source)
    if found is not None:
        if found.codec == _MP3_IN_WAV:
            content = source.at(found.start, min(found.n_bytes, mpeg.MAX_BYTES + 1))
            return _mp3(path, file, content, inside=True)
        damage = text_damage(path) if found.remark == chunks.TRAILING else None
        if damage is not None:
            raise UnusableRecordingError(damage)
        return Container(path, file, None, found.patches, found.n_frames, found.remark)
    start = mpeg.skip_id3(head)
    head = source.head_from(start)
    if head.startswith(b"OggS"):
        ogg.check_pages(source, start)
        return Container(path, file)
    if head.startswith(b"fLaC"):
        return Container(path, file, patches=flac.length_patch(source, start))
    if source.head.startswith(plain.STARTS):
        patches, remark = plain.check_length(source)
        return Container(path, file, patches=patches, remark=remark)
    described = foreign.describe_foreign(path, head)
    if described is not None:
        raise UnusableRecordingError(f"cannot be decoded as audio: it is {described}")
    if mpeg.is_mpeg(head) or path.suffix.lower() == ".mp3":
        return _mp3(path, file, source.at(0, mpeg.MAX_BYTES + 1), inside=False)
    return Container(path, file)


def _mp3(path: Path, file: int, content: bytes, inside: bool) -> Container:
    if len(content) > mpeg.MAX_BYTES:
        raise UnusableRecordingError(f"holds more than {mpeg.MAX_BYTES:,} bytes of MP3")
    counted = mpeg.with_true_length(content)
    return Container(path, file, content if inside and counted is None else counted)
