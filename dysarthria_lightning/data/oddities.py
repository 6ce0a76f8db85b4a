"""What a feature store says of recordings that are odd but can be used."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from dysarthria_lightning.data.manifest_schema import bullet_list
from dysarthria_lightning.data.store import FeatureStore

#: Numbers the ways in which files have been read. Raise it when some begin to be read otherwise:
#: stores of audio are made again, under the same key.
READING = 1

# More coefficients than anyone takes; a recording of fewer frames is possible, a corpus unlikely.
_MOST_COEFFICIENTS = 130
_FEWEST_MATRICES = 3


def is_outdated(store: FeatureStore) -> bool:
    """Say whether a store holds audio that was read in an older way."""
    if store.about.get("reading") == READING:
        return False
    has_audio = bool((store.recordings["sample_rate_hz"] > 0).any())
    return has_audio or bool(store.about["problems"])


def rows_of_all_matrices(paths: Iterable[str]) -> int | None:
    """Find the few rows that all of a corpus's matrices have, though fewer than columns.

    Args:
        paths: Recordings; audio is passed over.

    Returns:
        Their number; None where matrices differ in it, as frames do, or are few.
    """
    shapes = []
    for path in paths:
        if path.endswith(".npy"):
            # The extractor tells what is wrong with a file that cannot be read.
            with suppress(Exception), Path(path).open("rb") as file:
                version = np.lib.format.read_magic(file)
                read = (
                    np.lib.format.read_array_header_1_0
                    if version == (1, 0)
                    else np.lib.format.read_array_header_2_0
                )
                shapes.append(read(file)[0])
    if len(shapes) < _FEWEST_MATRICES or any(len(shape) != 2 for shape in shapes):
        return None
    rows, columns = {shape[0] for shape in shapes}, [shape[1] for shape in shapes]
    n_rows = rows.pop()
    if rows or n_rows > _MOST_COEFFICIENTS:
        return None
    # Many lengths tell more than one that is larger than the rows.
    return n_rows if len(set(columns)) > len(columns) // 2 or min(columns) > n_rows else None


def transposed(about: dict[str, Any]) -> list[str]:
    """Say that a corpus's matrices may be transposed, or nothing."""
    n_rows = about.get("rows_of_all")
    if n_rows is None:
        return []
    return [
        f"Every matrix has {n_rows} rows, though recordings seldom have equally many frames. Are "
        "the matrices (coefficients, frames)? They must be (frames, coefficients): save their "
        "transpose, matrix.T."
    ]


def describe_remarks(about: dict[str, Any]) -> list[str]:
    """Say what is odd about recordings, one paragraph for each thing."""
    remarks: dict[str, dict[str, str]] = about.get("remarks", {})
    return [
        f"{what} ({len(of)} of {about['n_listed']} recordings):\n"
        + bullet_list(
            [f"{recording}: {detail}" if detail else recording for recording, detail in of.items()]
        )
        for what, of in remarks.items()
    ]
