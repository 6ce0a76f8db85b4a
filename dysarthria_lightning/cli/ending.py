"""How a command ends when it is told to, by Ctrl-C or by SIGTERM.

SIGTERM is how a system asks a process to end: ``kill``, a shutdown, a limit of a scheduler. It is
taken as Ctrl-C is, whose exception every library knows, and differs in its exit status only.
"""

import atexit
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

# Cleaning up takes less. What takes longer waits for threads that nobody can interrupt.
_GRACE_S = 5
#: What shells report of a process that the signal has ended.
_INTERRUPTED, _TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM
_QUIET = "ignore:resource_tracker"

_is_told = False
_has_ended = False


@contextmanager
def stoppable() -> Iterator[None]:
    """End the process with the status of Ctrl-C or SIGTERM if either arrives in the block.

    Handlers that somebody else has set, such as a scheduler's, stay.
    """
    global _has_ended
    # Joblib clears up after a process that ends at once, and would list to users what it has found.
    # The last filter counts first.
    filters = [it for it in os.environ.get("PYTHONWARNINGS", "").split(",") if it]
    if _QUIET not in filters:
        os.environ["PYTHONWARNINGS"] = ",".join([*filters, _QUIET])
    for number, handler in ((signal.SIGTERM, _on_sigterm), (signal.SIGALRM, _leave)):
        if signal.getsignal(number) == signal.SIG_DFL:
            # From the start, because libraries restore those they have found.
            signal.signal(number, handler)
            # Called last: what ends by itself in a moment has done its work.
            atexit.register(signal.signal, number, signal.SIG_IGN)
    _has_ended = False
    try:
        yield
    except KeyboardInterrupt:
        if not _is_told:
            sys.exit(_INTERRUPTED)
    finally:
        with suppress(KeyboardInterrupt):
            _has_ended = True
        if _is_told:
            _leave()


def describe_stop(overwrite: bool, of_runs: tuple[int, int] | None = None) -> str:
    """Say how training that is stopped goes on.

    Args:
        overwrite: Whether it was to train finished runs again.
        of_runs: How many runs of a sweep are finished, of how many; None: it was one run.
    """
    if overwrite:
        return (
            "Stopped. Finished runs that were being replaced are kept; the same command trains "
            "them anew."
        )
    done = "Stopped." if of_runs is None else f"Stopped: {of_runs[0]} of {of_runs[1]} finished."
    return f"{done} The same command goes on where this one was."


def _on_sigterm(*_: Any) -> None:
    global _is_told
    if _has_ended:
        _leave()
    if not _is_told:
        _is_told = True
        # The exception may be lost, in a destructor for example.
        signal.setitimer(signal.ITIMER_REAL, _GRACE_S)
        raise KeyboardInterrupt


def _leave(*_: Any) -> None:
    """End at once; the interpreter's own end would wait for threads and run libraries' code."""
    with suppress(Exception):
        if "multiprocessing" in sys.modules:
            from multiprocessing import active_children

            for worker in active_children():
                worker.kill()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    with suppress(OSError):
        os.write(2, b"Terminated\n")
    os._exit(_TERMINATED)
