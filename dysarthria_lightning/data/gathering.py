"""Extracts many recordings, in processes over all cores where that is sooner."""

import math
import os
from collections.abc import Generator, Iterable
from functools import partial
from multiprocessing import parent_process

from joblib import cpu_count
from threadpoolctl import threadpool_limits

from dysarthria_lightning.data.excerpts import let_go
from dysarthria_lightning.data.extraction import Extracted, Extractor, extract_side_by_side
from dysarthria_lightning.data.workers import map_in_workers

# What one task of a worker may hold.
_CHUNK_RECORDINGS = 64
_CHUNK_BYTES = 32_000_000

# What a recording takes in all, and what it takes for its length, on a slow core.
_S_PER_RECORDING = 4e-4
_S_PER_BYTE = 4e-8

# A worker takes about a second to start.
_WORTH_A_WORKER_S = 1.0


def extract_all(extractor: Extractor, paths: list[str]) -> Generator[Extracted, None, None]:
    """Extract recordings.

    Args:
        extractor: Extracts one.
        paths: Their files.

    Yields:
        What became of each, in order. It is the same to the bit however many processes there are.
    """
    # Threads would add up numbers in another order, and cost more than they save on such sizes.
    with threadpool_limits(1, user_api="blas"):
        n_workers = count_workers(paths)
        if n_workers < 2:
            yield from map(extractor, paths)
            let_go()
            return
        extractor.get_ready_for_audio()
        extract = partial(extract_side_by_side, extractor)
        chunks = chunk_paths(paths)
        for chunk, results in zip(chunks, map_in_workers(extract, chunks, n_workers), strict=True):
            for path, result in zip(chunk, results, strict=True):
                yield extractor(path) if result is None else result
        let_go()


def count_workers(paths: list[str]) -> int:
    """Count the processes among which recordings are soon read; fewer than two: this one alone.

    Args:
        paths: Their files.
    """
    if parent_process() is not None:
        return 0  # the others that its parent has started have the other cores
    audio = [path for path in paths if not path.endswith(".npy")]
    expected_s = _S_PER_RECORDING * len(audio) + _S_PER_BYTE * sum(map(_file_size, audio))
    return min(cpu_count(), math.ceil(expected_s / _WORTH_A_WORKER_S))


def chunk_paths(paths: Iterable[str]) -> list[list[str]]:
    """Group recordings for one task each, by what they take in memory.

    Args:
        paths: Their files.
    """
    chunks: list[list[str]] = []
    size = 0
    for path in paths:
        # A matrix of bytes is four times as large in memory.
        n_bytes = (4 if path.endswith(".npy") else 1) * _file_size(path)
        size += n_bytes
        if not chunks or len(chunks[-1]) == _CHUNK_RECORDINGS or size > _CHUNK_BYTES:
            chunks.append([])
            size = n_bytes
        chunks[-1].append(path)
    return chunks


def _file_size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
