"""A file that is looked at before it is decoded."""

import os

_HEAD_BYTES = 4096


class Source:
    """An open file whose first bytes are read once.

    Args:
        file: Its descriptor.

    Attributes:
        file: Its descriptor.
        size: How many bytes it has.
        head: The first of them.
    """

    def __init__(self, file: int) -> None:
        self.file = file
        self.size = os.fstat(file).st_size
        # Some files of the system say that they are empty, and lose what is read of them.
        self.head = os.pread(file, _HEAD_BYTES, 0) if self.size else b""

    def at(self, offset: int, n_bytes: int) -> bytes:
        """Read bytes from a place on; fewer where the file ends."""
        if offset + n_bytes <= len(self.head):
            return self.head[offset : offset + n_bytes]
        # As many bytes as are asked for are set aside before any is read.
        return os.pread(self.file, max(0, min(n_bytes, self.size - offset)), offset)

    def head_from(self, offset: int) -> bytes:
        """Read as many bytes from a place on as the head has from the beginning."""
        return self.at(offset, _HEAD_BYTES) if offset else self.head
