"""Files that are no audio this package reads, and what to do about each."""

from pathlib import Path

_FFMPEG = "convert it with: ffmpeg -i OLD.{0} NEW.wav"

# What a file begins with: what it is, and how ffmpeg's input would be called.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1aE\xdf\xa3", "WebM or Matroska", "webm"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (WMA)", "wma"),
    (b"#!AMR", "AMR", "amr"),
    (b"FLV\x01", "Flash video", "flv"),
    (b"wvpk", "WavPack", "wv"),
    (b"MAC ", "Monkey's Audio", "ape"),
    (b"TTA1", "True Audio", "tta"),
    (b"ajkg", "Shorten", "shn"),
    (b".ra\xfd", "RealAudio", "ra"),
    (b".RMF", "RealMedia", "rm"),
    (b"ADIF", "AAC", "aac"),
    (b"\x02dss", "a dictation machine's DSS", "dss"),
    (b"\x03dss", "a dictation machine's DSS", "dss"),
    (b"#!SILK", "SILK", "silk"),
    (b"\0\0\x01\xba", "MPEG video", "mpg"),
)

_NO_AUDIO: tuple[tuple[bytes, str], ...] = (
    (
        b"version https://git-lfs",
        "a Git LFS pointer, the recording itself is not here: git lfs pull",
    ),
    (b"/annex/objects/", "a git-annex pointer, the recording itself is not here: git annex get"),
    (b"../.git/annex/", "a git-annex pointer, the recording itself is not here: git annex get"),
    (b"PK\x03\x04", "a ZIP archive: unpack it"),
    (b"\x1f\x8b", "a gzip archive: unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"BZh", "a bzip2 archive: unpack it"),
    (b"\xfd7zXZ", "an xz archive: unpack it"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\xd0\xcf\x11\xe0", "a Microsoft Office file or the like"),
    (b"\0\x05\x16\x07", "a file in which macOS keeps notes about another: delete it"),
    (b"\x93NUMPY", "a NumPy matrix: call it .npy"),
    (b"\x89HDF", "an HDF5 file"),
    (b"MATLAB 5.0", "a MATLAB file: write its samples with audiowrite"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite", "an SQLite database"),
    (b"MThd", "MIDI, notes without sound"),
    (b"0       ", "EDF (biosignals): export its audio channel as WAV"),
)


def describe_foreign(path: Path, head: bytes) -> str | None:
    """Say what a file is that is not read, and what to do about it.

    Args:
        path: The file.
        head: Its first bytes.

    Returns:
        A phrase behind "it is"; None where it may be audio.
    """
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand.startswith((b"3gp", b"3g2")):
            return f"3GP, a phone's recording; {_FFMPEG.format('3gp')}"
        what = "QuickTime" if brand == b"qt  " else "MP4 or M4A (AAC)"
        return f"{what}; {_FFMPEG.format('mov' if brand == b'qt  ' else 'm4a')}"
    if head[:4] in (b"RIFF", b"RIFX") and head[8:12] not in (b"WAVE", b"") and len(head) >= 12:
        kind = head[8:12].decode("latin-1").strip()
        return f"RIFF, but {kind!a} and no WAV; {_FFMPEG.format('avi')}"
    for start, what, extension in _SIGNATURES:
        if head.startswith(start):
            return f"{what}; {_FFMPEG.format(extension)}"
    for start, what in _NO_AUDIO:
        if head.startswith(start):
            return what
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return f"AAC; {_FFMPEG.format('aac')}"
    return _describe_text(head) or _describe_wfdb(path)


def _describe_text(head: bytes) -> str | None:
    if not head or head.startswith((b"NIST_1A", b"RIFF", b"FORM", b"RIFX", b"fLaC", b"OggS")):
        return None
    for encoding in (
        ("utf-8-sig", "utf-16") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",)
    ):
        try:
            text = head.decode(encoding)
            break
        except UnicodeDecodeError as error:
            if len(head) - error.start < 4 and encoding == "utf-8-sig":  # a letter cut in two
                text = head[: error.start].decode(encoding)
                break
    else:
        return None
    if any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in text):
        return None
    start = text.lstrip().lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<script")):
        return (
            "an HTML page: a download that went wrong, such as a page that asks for a password; "
            "download the recording again"
        )
    if start.startswith("<"):
        return "XML or HTML text, such as a server's error in place of a download"
    if start.startswith("{"):
        return "JSON text, such as a server's error in place of a download"
    if start.startswith(('file type = "ootextfile"', "ootextfile")):
        return "a Praat object as text, such as a TextGrid: name the sound file"
    return "text"


def _describe_wfdb(path: Path) -> str | None:
    if path.suffix.lower() != ".dat" or not path.with_suffix(".hea").is_file():
        return None
    return (
        "WFDB (PhysioNet), samples whose format is in the .hea file beside it; convert it with "
        "the WFDB software's: mit2wav -r RECORD -o NEW.wav"
    )
