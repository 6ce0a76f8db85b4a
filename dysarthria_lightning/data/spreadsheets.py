"""Spreadsheets (``.xlsx``): the first sheet that is not empty, as rows of cells."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from dysarthria_lightning.errors import CorpusError

# Zeros before a whole number, and text before them: 000, "S"00.
_PADDED = re.compile(r"""((?:"[^"]*"|\\.)*)(00+)""")

_OLD_EXCEL = bytes.fromhex("D0CF11E0A1B11AE1")


def is_spreadsheet(path: Path) -> bool:
    """Tell by its first bytes whether a file is a spreadsheet, whatever its name.

    Raises:
        ValueError: It is one of another kind than ``.xlsx``.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start == _OLD_EXCEL:
        raise ValueError("an old spreadsheet (.xls); save it as .xlsx or as CSV in UTF-8")
    if not start.startswith(b"PK\x03\x04"):
        return False
    with _archive(path) as archive:
        if not any(name.startswith("xl/") for name in archive.namelist()):
            raise ValueError(
                "neither text nor an .xlsx spreadsheet; save the table as .xlsx or as CSV in UTF-8"
            )
    return True


def read_cells(
    path: Path, max_rows: int, max_columns: int, max_bytes: int, wanted: str | None = None
) -> tuple[list[list[Any]], str | None]:
    """Read the cells of the first sheet that is not empty.

    Args:
        path: The spreadsheet.
        max_rows: No more than these are read.
        max_columns: No more than these are read, and one that tells of more.
        max_bytes: Size of the unpacked content that is still read.
        wanted: The sheet to read instead, if there is one of this name.

    Returns:
        Rows of values: text, numbers or None. Formulas have the value that was saved with them,
        and numbers that are shown with zeros before them (007) are text as shown. And which sheet
        it is, where there are several.

    Raises:
        CorpusError: The library for spreadsheets is not installed.
        ValueError: It is too large or damaged.
    """
    with _archive(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > max_bytes:
            raise ValueError(f"it is larger than {max_bytes // 1_000_000} MB when unpacked")
    try:
        import openpyxl
    except ImportError:
        raise CorpusError(
            f"{path}: reading .xlsx takes the package openpyxl, which is not installed: install it "
            "(pip install openpyxl), or save the table as CSV in UTF-8"
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of fonts and menus that are not understood
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                for sheet in [it for it in book if it.title == wanted] or book.worksheets:
                    rows = list(_rows(sheet, max_rows, max_columns))
                    if any(rows):
                        break
                names = [sheet.title for sheet in book.worksheets]
                which = f"sheet {sheet.title} is read, of {', '.join(names)}"
                return rows, which if len(names) > 1 else None
            finally:
                book.close()
    # A damaged file has many ways to be one.
    except Exception as error:
        raise ValueError(f"the spreadsheet is damaged ({type(error).__name__})") from None


def _rows(sheet: Any, max_rows: int, max_columns: int) -> Iterator[list[Any]]:
    sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
    for row in islice(sheet.iter_rows(max_col=max_columns + 1), max_rows):
        cells = [_as_shown(cell) for cell in row]
        while cells and (cells[-1] is None or cells[-1] == ""):
            cells.pop()
        yield cells


def _as_shown(cell: Any) -> Any:
    """Return a cell's value; a number whose format pads it, such as 7 shown as 007, as text."""
    value = cell.value
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return value
    shown = _PADDED.fullmatch(str(cell.number_format).partition(";")[0])
    if shown is None:
        return value
    before, zeros = shown.groups()
    return re.sub(r'"([^"]*)"|\\(.)', r"\1\2", before) + f"{value:0{len(zeros)}}"


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise ValueError("the spreadsheet is damaged or cut off") from None
