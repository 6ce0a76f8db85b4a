"""Content digests of a corpus's files, remembered so that unchanged files are not read again."""

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from dysarthria_lightning.claims import wait_for_claim

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
        stamps = list(pool.map(_stamp, paths))
        known = _remembered(memory)
        digests = list(
            pool.map(lambda path, stamp: known.get(stamp) or _digest(path), paths, stamps)
        )
    if any(stamp not in known for stamp in stamps):
        _remember(dict(zip(stamps, digests, strict=True)), memory)
    return digests


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
    """Digest a file's content; None where there is no readable file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError:
        return None


def _remembered(memory: Path) -> dict[str, str]:
    try:
        table = pd.read_parquet(memory)
        return dict(zip(table["stamp"], table["digest"], strict=True))
    except (OSError, ValueError, KeyError):
        return {}


def _remember(digests: dict[str, str], memory: Path) -> None:
    table = pd.DataFrame({"stamp": digests.keys(), "digest": digests.values()})
    table = table[table["digest"] != _ABSENT]
    # What a killed process leaves has this name too, so that the next one clears it away.
    temporary = memory.with_name(f"{memory.name}.tmp-")
    with wait_for_claim(memory.with_name(f"{memory.name}.claim")):
        try:
            table.to_parquet(temporary)
            os.replace(temporary, memory)
        finally:
            temporary.unlink(missing_ok=True)
