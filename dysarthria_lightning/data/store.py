"""The feature store: all frames of a corpus in one array on disk, with an index of recordings.

A store is a folder ``outputs/features/<corpus>/<key>/`` with ``frames.npy`` (n_frames,
n_columns), ``recordings.parquet`` (one row per instance, with its place in the array) and
``store.json``. The key is made of the recordings' content and of every parameter, so a store
never goes stale: other content or parameters are another store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
from numpy.typing import NDArray

from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.files.atomic import write_json
from dysarthria_lightning.files.digests import digest_file
from dysarthria_lightning.files.sealed_json import seal, unseal

_ABOUT = "store.json"


@dataclass(frozen=True)
class FeatureStore:
    """An opened feature store.

    Attributes:
        folder: Where it lies.
        recordings: One row per instance: ``recording_id``, ``source_id`` (the recording it was cut
            from), ``source_digest`` (of its samples), ``source_duration_s``, the manifest's
            columns, ``start_s``, ``duration_s``, ``sample_rate_hz``, and
            ``offset`` and ``n_frames``, its rows of :attr:`frames`.
        about: What ``store.json`` holds: key, parameters, and what was left out and why.
        corpora_with_shared_people: Of several corpora, as
            :func:`same_people.corpora_with_shared_people` lists them; empty where only the store
            was opened and the corpus was not read.
    """

    folder: Path
    recordings: pd.DataFrame
    about: dict[str, Any]
    corpora_with_shared_people: Sequence[Sequence[str]] = ()

    @classmethod
    def open(cls, folder: Path) -> "FeatureStore":
        """Open a finished store.

        Raises:
            CorpusError: Its files do not belong together.
        """
        try:
            about = unseal((folder / _ABOUT).read_text(encoding="utf-8"))
            _check_digest(folder / "recordings.parquet", about)
            recordings = _read_index(folder / "recordings.parquet")
        except (OSError, ValueError) as error:
            raise CorpusError(
                f"{folder} is damaged ({error}); delete it and it is made again"
            ) from None
        return cls(folder, recordings, about)

    def check_frames(self) -> None:
        """Read all frames and compare them with what was written.

        Raises:
            CorpusError: They are not the same.
        """
        try:
            _check_digest(self.folder / "frames.npy", self.about)
        except (OSError, ValueError) as error:
            raise CorpusError(
                f"{self.folder} is damaged ({error}); delete it and it is made again"
            ) from None
        _ = self.frames

    @cached_property
    def frames(self) -> NDArray[np.float32]:
        """(n_frames, n_columns) float32, mapped from disk."""
        path = self.folder / "frames.npy"
        try:
            frames: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
            needed = int((self.recordings["offset"] + self.recordings["n_frames"]).max())
            if frames.shape[1:] != (self.n_columns,) or len(frames) < needed:
                raise ValueError(f"it holds {frames.shape}, ({needed}, {self.n_columns}) is due")
            return frames
        except (OSError, ValueError) as error:
            raise CorpusError(
                f"{path} is damaged ({error}); delete its folder and it is made again"
            ) from None

    @property
    def key(self) -> str:
        """Identifies content and parameters."""
        return str(self.about["key"])

    @property
    def n_columns(self) -> int:
        """Columns of each frame."""
        return int(self.about["n_coefficients"])

    @property
    def max_frames(self) -> int:
        """Frames of the corpus's longest instance."""
        return int(self.recordings["n_frames"].max())


def write_about(folder: Path, about: dict[str, Any]) -> None:
    """Write a store's description, with digests of its other files and of itself."""
    files = {name: digest_file(folder / name) for name in ("frames.npy", "recordings.parquet")}
    write_json(seal(about | {"files": files}), folder / _ABOUT)


def _check_digest(path: Path, about: dict[str, Any]) -> None:
    if digest_file(path) != about["files"][path.name]:
        raise ValueError(f"{path.name} is not what was written")


def _read_index(path: Path) -> pd.DataFrame:
    """Read a table of any length in little more memory than it takes."""
    # Arrow's own allocator keeps what it decoded in, and some 20 MB besides; the system's gives it
    # back, then and later, if one thread does it all. Columns are converted one by one, and Arrow
    # lets go of each.
    pool = pyarrow.system_memory_pool()
    pyarrow.set_memory_pool(pool)
    recordings = pd.read_parquet(
        path,
        memory_map=True,
        pre_buffer=False,
        use_threads=False,
        to_pandas_kwargs={"use_threads": False, "split_blocks": True, "self_destruct": True},
    )
    pool.release_unused()
    return recordings


class FramesWriter:
    """Appends matrices to a ``.npy`` file whose length is not known beforehand.

    Use it in a ``with`` statement; leaving it writes the final length into the header.

    Args:
        path: The file to make.
        n_columns: Columns of every matrix.
    """

    def __init__(self, path: Path, n_columns: int) -> None:
        self.n_columns = n_columns
        self.n_frames = 0
        self._file = path.open("wb")
        self._header_end = self._write_header()

    def append(self, frames: NDArray[np.float32]) -> int:
        """Append (n, n_columns) frames and return the offset of the first."""
        offset = self.n_frames
        self._file.write(np.ascontiguousarray(frames, dtype="<f4").data)
        self.n_frames += len(frames)
        return offset

    def close(self) -> None:
        """Write the final length into the header."""
        with self._file:
            self._file.seek(0)
            # NumPy pads headers so that the first axis can grow in place.
            if self._write_header() != self._header_end:
                raise RuntimeError("the .npy header changed its length")

    def __enter__(self) -> "FramesWriter":
        return self

    def __exit__(self, error: type[BaseException] | None, *details: object) -> None:
        with self._file:
            # A file given up half-way is deleted by whoever asked for it.
            if error is None:
                self.close()

    def _write_header(self) -> int:
        shape = (self.n_frames, self.n_columns)
        np.lib.format.write_array_header_1_0(
            self._file, {"shape": shape, "fortran_order": False, "descr": "<f4"}
        )
        return self._file.tell()
