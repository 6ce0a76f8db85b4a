"""Content digests of a corpus's files, remembered so that unchanged files are not read again."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pandas as pd

from dysarthria_lightning.files.atomic import replacing_file
from dysarthria_lightning.files.locks import wait_for_claim

_ABSENT = "absent"
_BLOCK_BYTES = 1 << 18


def file_digests(paths: Iterable[str], memory: Path, *, remember: bool = True) -> list[str]:
    """Digest files by content.

    Args:
        paths: The files.
        memory: A table of sizes, modification times and digests seen before; a file that has not
            changed since is not read. It holds no path, because paths may hold names.
        remember: Whether to add what is new to it.

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
    if unknown and remember:
        _remember(dict(zip(stamps, digests, strict=True)), memory)
    return digests


def _map_in_chunks(
    pool: ThreadPoolExecutor, function: Callable[[str], str], paths: list[str]
) -> list[str]:
    """Call a function for each path; a thousand tasks at most, as each costs more than a look."""
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
    return digest_file(Path(path)) or _ABSENT


def digest_file(path: Path) -> str | None:
    """Digest a regular file's content; None where there is none that can be read.

    No more is read than its size at first: a system's own files, of size 0, may never end.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None
        left = status.st_size
        with path.open("rb") as file:
            while left > 0 and (block := file.read(min(left, _BLOCK_BYTES))):
                digest.update(block)
                left -= len(block)
    except OSError:
        return None
    return digest.hexdigest()


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
    with (
        wait_for_claim(memory.with_name(f"{memory.name}.claim")),
        replacing_file(memory) as temporary,
    ):
        table.to_parquet(temporary)
