"""Claims: one of many processes, on one machine or on several that share a disk, does a thing.

A claim is a file that its holder locks and touches now and then. On the same machine the system's
lock tells whether the holder lives, at once. On another one, where locks may not reach, a claim
that has not been touched for a while has expired. Times are the file system's, for machines'
clocks differ. Whoever is done deletes the file; what a dead holder leaves is taken over, signed
with another token, by which a holder that was only asleep sees that it has lost it.
"""

import fcntl
import json
import os
import platform
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# A holder touches its claim this often...
HEARTBEAT_S = 15.0
# ... and has died if it has not for this long.
EXPIRY_S = 120.0
# Between two looks at a claim that is waited for.
_PAUSE_S = 0.2
# Between two tries to lock a claim, for whoever only looks at one locks it for a moment.
_RETRY_S = 0.01
_TRIES = 6
# What another machine has written can be read by then.
_SETTLE_S = 0.1


@contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Hold a claim if nobody else does.

    Args:
        path: The claim's file; its folder is made where need be.

    Yields:
        Whether this process holds it.
    """
    token = uuid.uuid4().hex
    held = _take(path, token)
    if held is None:
        yield False
        return
    stopped = threading.Event()
    heart = threading.Thread(target=_beat, args=(path, held, token, stopped), daemon=True)
    heart.start()
    try:
        yield True
    finally:
        stopped.set()
        heart.join()
        if _read(path).get("token") == token:
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
    """Say whether another process, or another part of this one, holds a claim.

    Asking takes nothing from whoever wants it at the same time.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        is_locked = _lock(descriptor, fcntl.LOCK_SH, tries=1)
        return not _holder_has_died(path, descriptor, is_locked)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def clear_dead_claim(path: Path) -> None:
    """Delete what a process left that was killed after its work and before it gave up its claim."""
    if path.exists() and not is_claimed(path):
        with claim(path):
            pass


def _take(path: Path, token: str) -> int | None:
    """Return the descriptor of a claim's locked and signed file, None where somebody holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        is_new = True
    except FileExistsError:
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:  # given up this moment
            return _take(path, token)
        is_new = False
    held = False
    try:
        is_locked = _lock(descriptor, fcntl.LOCK_EX, _TRIES)
        if _is_still(path, descriptor):
            if is_new and not _read(path):
                _sign(path, descriptor, token)
                held = True
            # Also a new one, which another process may have locked and signed before its maker.
            elif _holder_has_died(path, descriptor, is_locked):
                held = _take_over(path, descriptor, token)
            return descriptor if held else None
    except BlockingIOError:
        return None
    finally:
        if not held:
            os.close(descriptor)
    return _take(path, token)  # given up before it was locked


def _take_over(path: Path, descriptor: int, token: str) -> bool:
    """Sign a dead holder's claim, unless another machine that knows no lock does so as well."""
    before = _read(path)
    time.sleep(_SETTLE_S)
    if _read(path) != before:  # its maker had not signed it yet
        return False
    _sign(path, descriptor, token)
    time.sleep(_SETTLE_S)
    return _read(path).get("token") == token


def _lock(descriptor: int, how: int, tries: int) -> bool:
    """Lock a claim's file.

    Returns:
        Whether it is locked; not on a file system without locks.

    Raises:
        BlockingIOError: Another process has locked it.
    """
    for left in reversed(range(tries)):
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if not left:
                raise
        except OSError:
            return False
        else:
            return True
        time.sleep(_RETRY_S)
    return False


def _holder_has_died(path: Path, descriptor: int, is_locked: bool) -> bool:
    """Judge a claim that is there, whose lock this process has got if there are locks."""
    # Without a machine, its maker was killed, or the disk was full, before it was signed.
    if is_locked and _read(path).get("machine", _machine()) == _machine():
        return True
    with tempfile.TemporaryFile(dir=path.parent) as now:
        age_s = os.fstat(now.fileno()).st_mtime - os.fstat(descriptor).st_mtime
    return age_s > EXPIRY_S


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether a path names the file that is open, not one made since."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _beat(path: Path, descriptor: int, token: str, stopped: threading.Event) -> None:
    while not stopped.wait(HEARTBEAT_S):
        with suppress(OSError):  # a disk that is away for a moment
            if _read(path).get("token") == token:
                os.utime(descriptor)


def _read(path: Path) -> dict[str, Any]:
    """Read who holds a claim; nothing where it is not signed."""
    try:
        # Opened anew, for only then does a network disk look for what others have written.
        holder = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _sign(path: Path, descriptor: int, token: str) -> None:
    holder = {"host": platform.node(), "machine": _machine(), "process": os.getpid()}
    try:
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder | {"token": token}).encode(), 0)
        os.fsync(descriptor)  # so that other machines see it
    except OSError:  # a full disk
        path.unlink(missing_ok=True)
        raise


def _machine() -> str:
    """Identify what the system's locks reach for certain: this machine since it was started."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return platform.node()
