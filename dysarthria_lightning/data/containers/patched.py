"""A file on disk that reads as if some of its bytes were others."""

import os
from pathlib import Path


class PatchedFile:
    """What libsndfile reads in place of a file whose header is wrong.

    Args:
        path: The file.
        patches: By their places, the bytes that are read instead.
    """

    def __init__(self, path: Path, patches: dict[int, bytes]) -> None:
        self._file = path.open("rb", buffering=0)
        self._patches = patches

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, as files do."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def read(self, n_bytes: int = -1) -> bytes:
        """Read from the place on."""
        start = self._file.tell()
        content = bytearray(self._file.read(n_bytes))
        for place, patch in self._patches.items():
            first, last = max(place, start), min(place + len(patch), start + len(content))
            if first < last:
                content[first - start : last - start] = patch[first - place : last - place]
        return bytes(content)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
