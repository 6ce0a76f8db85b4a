"""In which encoding a table's text is, where that is certain."""

import codecs
import re
from pathlib import Path

_BLOCK_BYTES = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Names of the encodings for messages.
ENCODING_NAMES = {
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252 (Western European)",
}
_LETTERS = re.compile("[À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ]+")
# Euro, ellipsis and dashes; in other encodings these bytes are letters.
_MARKS = "\x80\x85\x96\x97"


def find_encoding(path: Path) -> str:
    """Find a text file's encoding.

    Args:
        path: The file.

    Returns:
        Its name for ``open``: UTF-8, UTF-16, or Windows-1252 where that is beyond doubt.

    Raises:
        ValueError: It is in none of them, or may be in another.
    """
    with path.open("rb") as file:
        start = file.read(256)
    for mark, name in _BOMS:
        if start.startswith(mark):
            return _checked(path, name)
    # The first line of a table in UTF-16 is in plain letters: every other byte is zero.
    if len(start) >= 8 and not any(start[1:16:2]) and all(start[0:16:2]):
        return _checked(path, "utf-16-le")
    if len(start) >= 8 and not any(start[0:16:2]) and all(start[1:16:2]):
        return _checked(path, "utf-16-be")
    if _decodes(path, "utf-8"):
        return "utf-8"
    if not is_western(path.read_bytes()):
        raise ValueError("not UTF-8 text; save the table as CSV in UTF-8")
    return "cp1252"


def is_western(content: bytes) -> bool:
    """Say whether bytes that are no UTF-8 are Windows-1252 beyond doubt.

    Any bytes can be read so. But then text in Cyrillic, Chinese or from an old Mac comes out as
    rows of accents, as accents alone, or with signs in the middle of words.
    """
    if b"\0" in content or re.search(rb"[\xc2-\xf4][\x80-\xbf]", content):
        return False
    text = content.decode("latin-1").replace("\xa0", " ")
    for match in re.finditer("[\x80-\xff]+", text):
        run, (start, stop) = match[0], match.span()
        in_word = any(
            letter.isascii() and letter.isalpha()
            for letter in text[max(0, start - 1) : start] + text[stop : stop + 1]
        )
        if _LETTERS.fullmatch(run):
            if len(run) > 2 or (len(run) == 2 and not in_word):
                return False
        elif len(run) > 1 or (run < "\xa0" and (in_word or run not in _MARKS)):
            return False
    return _can_decode(content, "cp1252")


def _checked(path: Path, encoding: str) -> str:
    if not _decodes(path, encoding):
        name = "UTF-8" if encoding == "utf-8-sig" else "UTF-16"
        raise ValueError(f"not {name} text, though it begins so; save the table as CSV in UTF-8")
    return encoding


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _can_decode(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeError:
        return False
    return True
