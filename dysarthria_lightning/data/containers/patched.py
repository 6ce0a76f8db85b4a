"""A file on disk that reads as if some of its bytes were others."""

import os


class PatchedFile:
    """What libsndfile reads in place of a file whose header is wrong.

    Args:
        file: The file's descriptor.
        patches: By their places, the bytes that are read instead.
    """

    def __init__(self, file: int, patches: dict[int, bytes]) -> None:
        self._file = file
        self._patches = patches

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, as files do."""
        return os.lseek(self._file, offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self.seek(0, os.SEEK_CUR)

    def read(self, n_bytes: int) -> bytes:
        """Read from the place on."""
        start = self.tell()
        content = bytearray(os.read(self._file, n_bytes))
        for place, patch in self._patches.items():
            first, last = max(place, start), min(place + len(patch), start + len(content))
            if first < last:
                content[first - start : last - start] = patch[first - place : last - place]
        return bytes(content)
