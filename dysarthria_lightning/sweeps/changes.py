"""Whether files have been written since, whatever the clocks of those who write them say."""

from collections.abc import Iterable
from pathlib import Path


class Changes:
    """Remembers what files were like, and says which have been written since.

    Args:
        paths: The files; any may be absent.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._before = {path: _state(path) for path in paths}

    def __contains__(self, path: Path) -> bool:
        """Say whether a file is there and is not the one that was there before."""
        now = _state(path)
        return now is not None and now != self._before[path]


def _state(path: Path) -> tuple[int, ...] | None:
    """Return what tells a file from the one that takes its place, None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
