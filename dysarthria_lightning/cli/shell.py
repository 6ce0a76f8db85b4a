"""How a command of this package is typed."""

import os
import shlex
import sys
from itertools import pairwise
from pathlib import Path


def shell_command(command: str, words: list[str]) -> str:
    """Write a command of this package as one would type it here, with this one's own files.

    Args:
        command: Such as ``train``.
        words: Its overrides, unquoted.
    """
    python = os.path.relpath(sys.executable)
    if python.startswith(".."):
        python = sys.executable
    return shlex.join([python, "-m", f"dysarthria_lightning.{command}", *_config_dir(), *words])


def given_config_dir() -> Path | None:
    """Return the folder of configurations that this command was given."""
    words = _config_dir()
    return Path(words[-1].removeprefix("--config-dir=")).absolute() if words else None


def _config_dir() -> list[str]:
    """Return the words by which this command was given a folder of configurations."""
    for word, following in pairwise([*sys.argv[1:], ""]):
        if word in ("--config-dir", "-cd"):
            return [word, following]
        if word.startswith("--config-dir="):
            return [word]
    return []
