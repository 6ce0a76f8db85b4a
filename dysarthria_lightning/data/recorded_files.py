"""Files that a table names, though in another spelling than the disk."""

import os
import unicodedata
from collections.abc import Callable
from functools import cache

_MOST = 64


def spelling_finder() -> Callable[[str, str], list[str]]:
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
