"""Claims: one of many processes, on one machine or on several that share a disk, does a thing.

A claim is a file that its holder locks and touches now and then. On the same machine the system's
lock tells whether the holder lives, at once. On another one, where locks may not reach, a claim
that has not been touched for a while has expired. Times are the file system's, for machines'
clocks differ. Whoever is done deletes the file; what a dead holder leaves is taken over.
"""

import fcntl
import json
import os
import platform
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# A holder touches its claim this often...
HEARTBEAT_S = 15.0
# ... and has died if it has not for this long.
EXPIRY_S = 120.0
# Between two looks at a claim that is waited for.
_PAUSE_S = 0.2


@contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Hold a claim if nobody else does.

    Args:
        path: The claim's file; its folder is made where need be.

    Yields:
        Whether this process holds it.
    """
    held = _take(path)
    if held is None:
        yield False
        return
    stopped = threading.Event()
    heart = threading.Thread(target=_beat, args=(held, stopped), daemon=True)
    heart.start()
    try:
        yield True
    finally:
        stopped.set()
        heart.join()
        if _is_still(path, held):
            path.unlink()
        os.close(held)


@contextmanager
def wait_for_claim(path: Path) -> Iterator[None]:
    """Hold a claim, waiting for whoever holds it now."""
    while True:
        with claim(path) as held:
            if held:
                yield
                return
        time.sleep(_PAUSE_S)


def is_claimed(path: Path) -> bool:
    """Say whether another process, or another part of this one, holds a claim."""
    with claim(path) as held:
        return not held


def _take(path: Path) -> int | None:
    """Return the descriptor of a claim's locked file, None where somebody holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        is_new = True
    except FileExistsError:
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:  # given up this moment
            return _take(path)
        is_new = False
    try:
        # Whoever looks at a new claim holds its lock for a moment; that must not cost its maker it.
        fcntl.flock(descriptor, fcntl.LOCK_EX if is_new else fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_locked = True
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:  # a file system without locks
        is_locked = False
    if not _is_still(path, descriptor):  # given up between the two
        os.close(descriptor)
        return _take(path)
    if not is_new and not _holder_has_died(path, descriptor, is_locked):
        os.close(descriptor)
        return None
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(_describe_this_process()).encode(), 0)
    return descriptor


def _holder_has_died(path: Path, descriptor: int, is_locked: bool) -> bool:
    """Judge a claim that is there, whose lock this process has got if there are locks."""
    try:
        machine = json.loads(os.pread(descriptor, 10_000, 0))["machine"]
    except (ValueError, KeyError, TypeError):
        machine = None  # killed, or at work on another machine, before it has written
    if is_locked and machine == _machine():
        return True
    with tempfile.NamedTemporaryFile(prefix=f".{path.name}.", dir=path.parent) as now:
        age_s = os.stat(now.name).st_mtime - os.fstat(descriptor).st_mtime
    return age_s > EXPIRY_S


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether a path names the file that is open, not one made since."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _beat(descriptor: int, stopped: threading.Event) -> None:
    while not stopped.wait(HEARTBEAT_S):
        with suppress(OSError):  # a disk that is away for a moment
            os.utime(descriptor)


def _describe_this_process() -> dict[str, str | int]:
    return {"host": platform.node(), "machine": _machine(), "process": os.getpid()}


def _machine() -> str:
    """Identify what the system's locks reach for certain: this machine since it was started."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return platform.node()
