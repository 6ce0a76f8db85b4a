"""Importing what is large."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def imported_for_good(module: str) -> Iterator[None]:
    """Let the garbage collector leave alone what is imported in the block.

    It would look through the same hundreds of thousands of objects again and again, while they are
    imported and as the process ends: two seconds of a run with PyTorch and Lightning.

    Args:
        module: What is imported. Where it is there already, nothing is done: what the process has
            worked on meanwhile would never be freed.
    """
    if module in sys.modules:
        yield
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
