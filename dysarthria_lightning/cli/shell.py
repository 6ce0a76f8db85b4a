"""How a command of this package is typed."""

import os
import shlex
import sys


def shell_command(command: str, words: list[str]) -> str:
    """Write a command of this package as one would type it here.

    Args:
        command: Such as ``train``.
        words: Its overrides, unquoted.
    """
    python = os.path.relpath(sys.executable)
    if python.startswith(".."):
        python = sys.executable
    return shlex.join([python, "-m", f"dysarthria_lightning.{command}", *words])
