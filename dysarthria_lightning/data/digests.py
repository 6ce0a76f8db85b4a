"""Content digests of a corpus's files, remembered so that unchanged files are not read again."""

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pandas as pd

_ABSENT = "absent"


def file_digests(paths: Iterable[str], memory: Path) -> list[str]:
    """Digest files by content.

    Args:
        paths: The files.
        memory: A table of sizes, modification times and digests seen before; a file that has not
            changed since is not read. It holds no path, for paths may hold names.

    Returns:
        One digest for each path; "absent" where there is no readable file.
    """
    paths = list(paths)
    with ThreadPoolExecutor() as pool:
        stamps = _map_in_chunks(pool, _stamp, paths)
        known = _remembered(memory)
        unknown = [path for path, stamp in zip(paths, stamps, strict=True) if stamp not in known]
        read = dict(zip(unknown, _map_in_chunks(pool, _digest, unknown), strict=True))
    digests = [
        known[stamp] if stamp in known else read[path]
        for path, stamp in zip(paths, stamps, strict=True)
    ]
    if unknown:
        _remember(dict(zip(stamps, digests, strict=True)), memory)
    return digests


def _map_in_chunks(
    pool: ThreadPoolExecutor, function: Callable[[str], str], paths: list[str]
) -> list[str]:
    """Call a function for each path; a thousand tasks at most, for each costs more than a look."""
    size = 1 + len(paths) // 1000
    chunks = [paths[start : start + size] for start in range(0, len(paths), size)]
    results = pool.map(lambda chunk: [function(path) for path in chunk], chunks)
    return list(chain.from_iterable(results))


def _stamp(path: str) -> str:
    """Identify a file's state without reading it."""
    try:
        status = os.stat(path)
    except OSError:
        return _ABSENT
    text = f"{path}\0{status.st_size}\0{status.st_mtime_ns}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(
                file,
                lambda: hashlib.blake2b(digest_size=16),
            ).hexdigest()
    except OSError:
        return _ABSENT


def _remembered(memory: Path) -> dict[str, str]:
    try:
        table = pd.read_parquet(memory)
        return dict(zip(table["stamp"], table["digest"], strict=True))
    except (OSError, ValueError, KeyError):
        return {}


def _remember(digests: dict[str, str], memory: Path) -> None:
    table = pd.DataFrame({"stamp": digests.keys(), "digest": digests.values()})
    # A file may appear, or go, between the look at it and its reading.
    table = table[(table["digest"] != _ABSENT) & (table["stamp"] != _ABSENT)]
    # Two processes may write at once; each replaces the file whole.
    temporary = memory.with_name(f"{memory.name}.tmp-{os.getpid()}")
    try:
        table.to_parquet(temporary)
        os.replace(temporary, memory)
    finally:
        temporary.unlink(missing_ok=True)
