"""Walking folders without what systems and archives leave in them."""

import os
from pathlib import Path, PurePosixPath

_RUBBISH = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin"}


def visible(folder: Path) -> list[Path]:
    """List a folder's entries in order.

    Hidden ones are passed over, and with them ``.DS_Store`` and macOS's ``._`` notes; so are
    ``Thumbs.db``, ``desktop.ini`` and ``__MACOSX``.

    Args:
        folder: The folder.
    """
    return sorted(entry for entry in folder.iterdir() if _is_visible(entry.name))


def files_below(folder: Path) -> list[PurePosixPath]:
    """List the files of a folder and of those below it, in order, without what systems leave.

    Args:
        folder: The folder.

    Returns:
        Paths relative to it.
    """
    found = []
    seen = set()
    # Corpora are often put together of links; a link upwards must not lead round for ever.
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else filter(_is_visible, folders)
        if real in seen:
            continue
        seen.add(real)
        below = PurePosixPath(Path(place).relative_to(folder).as_posix())
        found += [below / name for name in names if _is_visible(name)]
    return sorted(found)


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in _RUBBISH
