"""Walking folders without what systems and archives leave in them."""

from pathlib import Path

_RUBBISH = {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin"}


def visible(folder: Path) -> list[Path]:
    """List a folder's entries in order.

    Hidden ones are passed over, and with them ``.DS_Store`` and macOS's ``._`` notes; so are
    ``Thumbs.db``, ``desktop.ini`` and ``__MACOSX``.

    Args:
        folder: The folder.
    """
    return sorted(
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith(".") and entry.name.lower() not in _RUBBISH
    )
