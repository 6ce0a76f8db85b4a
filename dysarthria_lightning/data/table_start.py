"""What stands above a table's header: the separator's name, comments, empty rows."""

import io
import re
from dataclasses import dataclass
from typing import Any

_NAMED_SEPARATOR = re.compile(r'\s*"?sep=([^"\w])"?[,;\t ]*', re.IGNORECASE)
_NOTHING = ' ,;\t"\r\n'


@dataclass(frozen=True)
class Above:
    """What stands above a header.

    Attributes:
        n_lines: Lines to pass over.
        n_rows: As many of them as spreadsheets count; they take ``sep=;`` for no row.
        separator: What stands between columns, where the first line says so.
    """

    n_lines: int
    n_rows: int
    separator: str | None


def lines_above_header(start: str) -> Above:
    """Find where a table's header is.

    Args:
        start: The first characters of a CSV file.
    """
    lines = io.StringIO(start, newline="").readlines()
    n_above, separator = 0, None
    if lines and (named := _NAMED_SEPARATOR.fullmatch(lines[0].rstrip("\r\n"))):
        n_above, separator = 1, named[1]
    n_named = n_above
    while n_above < len(lines) and _is_above(lines[n_above], "".join(lines[n_above + 1 :][:1])):
        n_above += 1
    return Above(n_above, n_above - n_named, separator)


def is_above_header(cells: list[Any]) -> bool:
    """Say whether a spreadsheet's row holds nothing, or a comment alone.

    Args:
        cells: Its values.
    """
    filled = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    return not filled or (len(filled) == 1 and filled[0].startswith("#"))


def _is_above(line: str, following: str) -> bool:
    """Say whether a line is no header; ``#`` may also begin the first column's name."""
    if not line.strip(_NOTHING):
        return True
    if not line.lstrip(' "').startswith("#"):
        return False
    separator = max(",;\t", key=line.count)
    cells = [cell.strip(_NOTHING) for cell in line.split(separator)]
    return len(cells) < 3 or not all(cells) or len(cells) != following.count(separator) + 1
