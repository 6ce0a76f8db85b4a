"""Files that a table names, perhaps in another spelling than the disk."""

import os
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

_MOST = 64


def find_files(
    paths: Iterable[str | None], rows: Iterable[str], folder: Path
) -> tuple[list[str | None], list[str], list[str]]:
    """Find the files that a table names.

    Args:
        paths: As the table has them; None where a cell is empty.
        rows: Where each is listed.
        folder: Where paths begin that are not absolute.

    Returns:
        The files, what is wrong with those that are not there, and what to note.
    """
    paths, rows = list(paths), list(rows)
    files = _absolute(paths, folder)
    find = _spelling_finder()
    absent, respelt = [], []
    for place, (path, file, row) in enumerate(zip(paths, files, rows, strict=True)):
        if path is None or file is None or os.path.isfile(file):
            continue
        alike = find(path, os.path.realpath(folder))
        if len(alike) == 1:
            files[place] = os.path.realpath(alike[0])
            respelt.append(f"{path} ({row})")
        elif alike:
            absent.append(f"{row}: {path} may be each of {', '.join(map(os.path.basename, alike))}")
        else:
            absent.append(f"{row}: there is no file {file}")
    notes = []
    if respelt:
        notes.append(
            "paths spelt otherwise than their files (letter case, accents, backslashes), of which "
            f"one each fits: {len(respelt)}, such as {respelt[0]}"
        )
    return files, absent, notes


def _absolute(paths: Iterable[str | None], folder: Path) -> list[str | None]:
    """Resolve paths, each folder once: that takes a look at every folder above it."""
    real_folder = cache(os.path.realpath)

    def resolve(path: str) -> str:
        parent, name = os.path.split(os.path.join(folder, path))
        joined = os.path.join(real_folder(parent), name)
        is_plain = name not in ("", os.curdir, os.pardir) and not os.path.islink(joined)
        return joined if is_plain else os.path.realpath(joined)

    return [resolve(path) if isinstance(path, str) else None for path in paths]


def _spelling_finder() -> Callable[[str, str], list[str]]:
    """Make a function that finds files by their names in any spelling.

    It takes a path and the folder that it starts from. It returns the files whose path is the same
    but for letter case, Unicode normalisation (é as one character or two) and backslashes; where
    several differ in case, that in the right case alone. Each folder is looked at once.
    """
    entries = cache(_entries)

    def find(path: str, folder: str) -> list[str]:
        path = path.replace("\\", "/")
        found = [os.sep if path.startswith("/") else folder]
        for name in path.split("/"):
            if name in ("", os.curdir):
                continue
            if name == os.pardir:
                found = [os.path.join(it, name) for it in found]
                continue
            found = [
                os.path.join(it, real) for it in found for real in entries(it).get(_key(name), ())
            ]
            if not 0 < len(found) <= _MOST:
                return []
        files = [it for it in found if os.path.isfile(it)]
        wanted = _composed(path)
        exact = [it for it in files if _composed(it).endswith(wanted)]
        return exact if len(exact) == 1 else files

    return find


def _entries(folder: str) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    try:
        for name in sorted(os.listdir(folder)):
            names.setdefault(_key(name), []).append(name)
    except (OSError, ValueError):
        pass
    return names


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _key(name: str) -> str:
    return _composed(_composed(name).casefold())
