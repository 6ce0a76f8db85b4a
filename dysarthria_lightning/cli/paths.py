"""Paths are taken as they are typed, whatever Hydra would read in them."""

import os
import re
import unicodedata

from hydra.core.override_parser.types import Quote, QuotedString

#: Keys whose values are paths of what is there already: the ``paths`` of all corpora, which are not
#: imported to read a command line.
PLACES = (
    *("data.manifest", "data.root", "data.pseudonym_key_file"),
    *("data.sessions", "data.speakers_table", "from"),
)
_WRITTEN = ("outputs_dir", "report_dir")


def path_as_typed(word: str) -> str:
    """Quote a path that Hydra would read as something else, where it is the name of something.

    A comma separates values of a sweep, so that only a path that is there is known to be one. A
    ``~`` is the home folder, which shells leave alone behind ``=``. Accents may be written as one
    character or as two; the one that is there is taken.

    Example:
        >>> path_as_typed("data.manifest=no such, file.csv")
        'data.manifest=no such, file.csv'
    """
    match = re.fullmatch(r"(\+{0,2}([\w.]+)=)(.+)", word, re.DOTALL)
    if match is None or match[2] not in (*PLACES, *_WRITTEN):
        return word
    start, key, value = match.groups()
    if value == "null":
        return word
    typed = os.path.expanduser(value) if value.startswith("~") else value
    if key in _WRITTEN:
        return start + typed
    spellings = [typed, *(unicodedata.normalize(form, typed) for form in ("NFC", "NFD"))]
    for spelling in spellings:
        if os.path.exists(spelling):
            return start + (spelling if _is_plain(spelling) else quoted(spelling))
    return start + typed


def _is_plain(path: str) -> bool:
    """Whether Hydra takes a path as it is: letters and the like, and no word that is a value."""
    values = ("null", "true", "false", "nan", "inf")
    return bool(re.fullmatch(r"[A-Za-z0-9_./-]*[A-Za-z]{3}[A-Za-z0-9_./-]*", path)) and (
        path.lower() not in values
    )


def quoted(text: str) -> str:
    """Write a text so that Hydra takes it as it is."""
    return QuotedString(text.replace("${", r"\${"), Quote.double).with_quotes()
