"""Whole files and folders, or none: what replaces something is written beside it and swapped in."""

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Ends the names of files that are not whole yet.
TEMPORARY = ".tmp"


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Write a file's new content beside it and put it in place at the end.

    Another process sees the old file or the whole new one. The temporary file always has the same
    name, so that the next attempt overwrites what a killed one has left: one process at a time
    writes a file; where several may, they hold a claim (:mod:`dysarthria_lightning.files.locks`).

    Args:
        path: The file to replace; its folder exists.

    Yields:
        The path to write to. If the block fails, what was written is deleted.
    """
    temporary = path.with_name(f"{path.name}{TEMPORARY}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(text: str, path: Path) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    with replacing_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_bytes(content: bytes | memoryview, path: Path) -> None:
    """Write a file, whole or not at all."""
    with replacing_file(path) as temporary:
        temporary.write_bytes(content)


def write_json(value: Any, path: Path) -> None:
    """Write JSON in UTF-8, whole or not at all.

    Raises:
        ValueError: A number is NaN or infinite, which JSON does not have.
    """
    write_text(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n", path)


def swap_folder(new: Path, folder: Path, aside: Path) -> None:
    """Put a new folder in the place of an old one, which is deleted.

    A process that is killed between the two moves leaves the old folder at ``aside``;
    :func:`undo_half_swap` brings it back.

    Args:
        new: What takes the place.
        folder: The place; there may be nothing yet.
        aside: Where the old folder stands meanwhile, on the same disk.
    """
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        os.replace(folder, aside)
    os.replace(new, folder)
    shutil.rmtree(aside, ignore_errors=True)


def undo_half_swap(folder: Path, aside: Path) -> None:
    """Bring back a folder whose replacement was killed between the two moves."""
    if aside.exists() and not folder.exists():
        os.replace(aside, folder)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Make a folder beside the place where it is to lie, and put it there at the end.

    What killed attempts have left is deleted first, so the caller holds a claim on the place.

    Args:
        folder: Its place, where nothing is yet; the parent exists.

    Yields:
        An empty folder. If the block fails it is deleted.
    """
    for leftover in folder.parent.glob(f"{folder.name}{TEMPORARY}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    # A name of its own: helpers of a killed process may live for a moment longer and still write.
    temporary = folder.with_name(f"{folder.name}{TEMPORARY}-{uuid.uuid4().hex}")
    temporary.mkdir()
    try:
        yield temporary
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
