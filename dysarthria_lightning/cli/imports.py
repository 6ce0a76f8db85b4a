"""Importing what is large."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def imported_for_good() -> Iterator[None]:
    """Let the garbage collector leave alone what is imported in the block.

    It would look through the same hundreds of thousands of objects again and again, while they are
    imported and as the process ends: two seconds of a run with PyTorch and Lightning.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
