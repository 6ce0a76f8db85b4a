"""Who is who: ids that one person may have been given twice, and ids that a program destroyed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

#: An id and the rows where it stands, in order.
RowsOfIds = Mapping[str, Sequence[str]]

_MAX_ROWS = 5

# Nobody sees them, and Unicode has them outside its category of format characters: fillers,
# the grapheme joiner and variation selectors.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\ufe00-\ufe0f\uffa0]")
_MINUS = "\u2212\u02d7\u2043"
# Keyboards and word processors write one apostrophe in many ways.
_APOSTROPHES = dict.fromkeys(map(ord, "`\u00b4\u2018\u2019\u201b\u2032\u02b9\u02bc\u02c8"), "'")
# Letters of Cyrillic and Greek that look like Latin ones.
_LOOKALIKES = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "ABEKMHOPCTYXIJSaeopcyxijsABEZHIKMNOPTYXo",
)

_NO_ID = {
    *("nan", "NaN", "-nan", "NaT", "<NA>", "None", "null", "NULL", "(null)", "undefined"),
    *("N/A", "n/a", "inf", "-inf"),
}
# Spreadsheets write #REF! in the language of who uses them, and #### for a narrow column.
_CELL_ERROR = re.compile(r"#[\w/]+[!?]|#N/[A-Z]|#NV|#+|Err:\d+")
_POWER_OF_TEN = re.compile(r"[+-]?\d[.,]\d+[eE][+-]?\d+|[+-]?\d+[eE][+-]\d+")
_MIDNIGHT = re.compile(r"\d{4}-\d\d-\d\d[ T]00:00(:00(\.0+)?)?")
_MONTH_NAMES = "jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez"
_DAY = re.compile(rf"\d{{1,4}}[-. ]({_MONTH_NAMES})|({_MONTH_NAMES})[-. ]\d{{1,4}}", re.I)
_NUMBERS_APART = re.compile(r"\d+[-/]\d+")
_WHOLE_FLOAT = re.compile(r"(\d+)\.0")
# Nobody numbers so many people, or writes a decimal behind it.
_LONG_NUMBER = 8
# Floats of 64 bits hold every whole number of as many digits.
_FLOAT_DIGITS = 15


def one_person_twice(ids: RowsOfIds) -> Iterator[str]:
    """Describe ids that differ in how they are spelt, and not in what a person reads.

    Args:
        ids: All ids of a corpus with their rows.

    Yields:
        A line for each group of such ids, with their rows.
    """
    described: set[str] = set()
    readings: tuple[Callable[[str], str], ...] = (read_id, _read_lookalikes)
    for reading in readings:
        alike: dict[str, list[str]] = {}
        for speaker in ids:
            alike.setdefault(reading(speaker), []).append(speaker)
        for spellings in alike.values():
            if len(spellings) > 1 and not described.issuperset(spellings):
                described.update(spellings)
                shown = " and ".join(f"{show_id(one)} ({_list(ids[one])})" for one in spellings)
                yield (
                    f"speakers {shown} differ only in {_difference(spellings)}: "
                    "if one person, write one id; if not, give them ids that differ more"
                )


def destroyed_ids(ids: RowsOfIds) -> Iterator[str]:
    """Describe ids that say that a program lost who it was.

    Args:
        ids: All ids of a corpus with their rows.

    Yields:
        A line for each such id, with its rows and what to do.
    """
    others = [speaker for speaker in ids if not _WHOLE_FLOAT.fullmatch(speaker)]
    has_numbers_apart = any(_NUMBERS_APART.fullmatch(speaker) for speaker in ids)
    for speaker, rows in ids.items():
        if speaker in _NO_ID:
            what = "is how programs write that a value is missing"
        elif _CELL_ERROR.fullmatch(speaker):
            what = "is what a spreadsheet shows where it has no value"
        elif _POWER_OF_TEN.fullmatch(speaker):
            what = "is a number that a program has rounded, so that several people may share it"
        elif whole := _WHOLE_FLOAT.fullmatch(speaker):
            what = _float_problem(whole[1], others)
        elif _MIDNIGHT.fullmatch(speaker) or (has_numbers_apart and _DAY.fullmatch(speaker)):
            what = "is a date that a program has made of an id"
        else:
            continue
        if what:
            yield (
                f"{_list(rows)}: speaker_id = {speaker!r} {what}: write the id as it was given, "
                "and keep the column as text in whatever saves the table"
            )


def _float_problem(digits: str, others: Sequence[str]) -> str:
    """Say what is wrong with a whole number that has a decimal, beside ids that have none.

    Where all ids have one, nobody is taken for somebody else by it.
    """
    if len(digits) > _FLOAT_DIGITS:
        return "is a number of more digits than a program's decimal numbers keep"
    if any(speaker.isdecimal() for speaker in others) or (others and len(digits) >= _LONG_NUMBER):
        return (
            "is a whole number that a program has turned into a decimal one, "
            "while others are as they were"
        )
    return ""


def read_id(speaker: str) -> str:
    """Return what a person reads: the same for every spelling of one id.

    Args:
        speaker: As it is written.
    """
    text = speaker.translate(_APOSTROPHES)
    if not text.isascii():
        text = "".join(map(_plain, unicodedata.normalize("NFKC", text)))
        # Accents are composed once more when what stood between is gone.
        text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    text = " ".join(unicodedata.normalize("NFKC", text.casefold()).split())
    if whole := re.fullmatch(r"\+?([0-9]+)(?:[.,]0+)?", text):
        text = whole[1]
    # S07 is S7; 2.01 is not 2.1, which may be 2.10.
    return re.sub(r"(?<![.,\d])0+(?=\d)", "", text)


def show_id(speaker: str) -> str:
    r"""Show an id so that it can be told from one that looks the same, such as 'Jose\u0301'."""
    return "'" + "".join(map(_shown, speaker)) + "'"


def _read_lookalikes(speaker: str) -> str:
    return read_id(speaker.translate(_LOOKALIKES))


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category == "Pd" or character in _MINUS:
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return character


def _shown(character: str) -> str:
    """Write a character that looks like another one, or like none, by its number."""
    if character.isascii() or not (
        unicodedata.category(character) in ("Cf", "Mn", "Nd", "Pd", "Zl", "Zp", "Zs")
        or character in _MINUS
        or ord(character) in _LOOKALIKES
        or ord(character) in _APOSTROPHES
        or _UNSEEN.match(character)
        or unicodedata.normalize("NFKC", character) != character
    ):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _difference(spellings: Sequence[str]) -> str:
    """Name what tells spellings apart, where it is one thing alone."""
    if len({speaker.casefold() for speaker in spellings}) == 1:
        return "case"
    if len({unicodedata.normalize("NFC", speaker) for speaker in spellings}) == 1:
        return "how accents are composed"
    if all(re.fullmatch(r"[\d.,+]+", speaker) for speaker in spellings):
        return "how a number is written"
    return "what a reader does not see (case, blanks, dashes, leading zeros, hidden characters)"


def _list(rows: Sequence[str]) -> str:
    named = ", ".join(rows[:_MAX_ROWS])
    return named if len(rows) <= _MAX_ROWS else f"{named} and {len(rows) - _MAX_ROWS} more"
