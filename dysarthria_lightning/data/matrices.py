"""Precomputed features: ``.npy`` matrices, read without running code that may be in them."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.data.unusable import UnusableRecordingError

# 2 h of 40 coefficients every 10 ms; 120 MB once they are float32, whatever they were.
_MAX_MATRIX_VALUES = 30_000_000


def read_feature_matrix(
    path: Path, before_reading: Callable[[int], object] | None = None
) -> NDArray[np.float32]:
    """Read precomputed features.

    Args:
        path: A ``.npy`` file, (n_frames, n_coefficients) of any real number type.
        before_reading: Called with the number of values.

    Returns:
        The matrix as float32, row after row.

    Raises:
        UnusableRecordingError: The file is no such matrix, holds Python objects (which could run
            code when loaded), more than memory allows, or values that are not finite.
    """
    try:
        if path.stat().st_size == 0:
            raise UnusableRecordingError("the file is empty")
    except OSError as error:
        raise UnusableRecordingError(f"cannot be read ({error.strerror})") from None
    shape, dtype = _understood(path, _matrix_header)
    if len(shape) != 2 or 0 in shape:
        raise UnusableRecordingError(f"expected (frames, coefficients), got {shape}")
    if dtype.kind not in "fiu":
        raise UnusableRecordingError(f"expected real numbers, got {dtype}")
    if math.prod(shape) > _MAX_MATRIX_VALUES:
        raise UnusableRecordingError(
            f"{shape[0]} frames of {shape[1]} coefficients are more than is read at once "
            f"({_MAX_MATRIX_VALUES:,} values); cut the matrix into several"
        )
    if before_reading is not None:
        before_reading(math.prod(shape))
    matrix = _understood(path, _matrix_content)
    with np.errstate(over="ignore"):
        features = matrix.astype(np.float32, order="C")
    if not np.isfinite(features).all():
        n_bad = int((~np.isfinite(features)).sum())
        raise UnusableRecordingError(f"holds {n_bad} values that are NaN or infinite")
    return features


def _understood(path: Path, read: Callable[[Path], Any]) -> Any:
    """Read something of a ``.npy`` file or say why it is none."""
    try:
        return read(path)
    # NumPy parses the header as Python text: what can be wrong with that has many names.
    except Exception as error:
        # An OSError's text would hold the path.
        reason = getattr(error, "strerror", None) or str(error)
        reason = "it holds Python objects" if "bject" in reason else reason
        raise UnusableRecordingError(f"is no .npy matrix of numbers ({reason})") from None


def _matrix_header(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return a matrix's shape and type without reading its numbers."""
    with path.open("rb") as file:
        if file.read(6) != np.lib.format.MAGIC_PREFIX:
            raise ValueError("it starts otherwise")
    # Refuses shapes that the file is too short for.
    matrix = np.lib.format.open_memmap(path, mode="r")
    return matrix.shape, matrix.dtype


def _matrix_content(path: Path) -> NDArray[Any]:
    """Read a matrix's numbers; mapped ones would crash the process if the file were cut now."""
    with path.open("rb") as file:
        matrix: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return matrix
