"""Claims: one of many processes, on one machine or on several that share a disk, does a thing.

A claim is a file that its holder locks and touches now and then. On the same machine the system's
lock tells at once whether the holder lives. From another one, where locks may not reach, a claim
that has not been touched for a while has expired; times are the file system's, because machines'
clocks differ. A holder deletes the file when it is done. What a dead one left is taken over,
signed with another token, by which a holder that was only suspended sees that it has lost it.
"""

import fcntl
import json
import os
import platform
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dysarthria_lightning.errors import RunError

# A holder touches its claim this often...
HEARTBEAT_S = 15.0
# ... and has died if it has not for this long.
EXPIRY_S = 120.0
# Between two looks at a claim that is waited for.
_PAUSE_S = 0.2
# Between two tries to lock a claim, since whoever only looks at one locks it for a moment.
_RETRY_S = 0.01
_TRIES = 6
# What another machine has written can be read by then.
_SETTLE_S = 0.1


#: Raises :class:`LostClaimError` where another process has taken over what this one is doing.
Check = Callable[[], None]


def never_lost() -> None:
    """Stand for the check of a claim where nobody else can want it."""


class LostClaimError(RunError):
    """Another process has taken over what this one was doing."""


@dataclass(frozen=True)
class Claim:
    """A claim that this process holds, unless it has lost it.

    Attributes:
        path: The claim's file.
        token: What the file is signed with as long as it is this process's.
    """

    path: Path
    token: str

    @property
    def is_lost(self) -> bool:
        """Whether another process has taken it over, as after this one was suspended."""
        try:
            # Opened anew: only then does a network disk look for what others have written.
            return _holder(self.path.read_bytes()).get("token") != self.token
        except FileNotFoundError:
            return True
        except OSError:  # a disk that is away for a moment
            return False

    def check(self) -> None:
        """Do nothing as long as the claim is held.

        Raises:
            LostClaimError: Another process has taken it over.
        """
        if self.is_lost:
            raise LostClaimError(f"another process has taken over {self.path}; left to it")


@contextmanager
def claim(path: Path) -> Iterator[Claim | None]:
    """Hold a claim if nobody else does.

    Args:
        path: The claim's file; its folder is made where need be.

    Yields:
        The claim; None where somebody else holds it.
    """
    mine = Claim(path, uuid.uuid4().hex)
    descriptor = _take(mine)
    if descriptor is None:
        yield None
        return
    stopped = threading.Event()

    def beat() -> None:
        while not stopped.wait(HEARTBEAT_S):
            with suppress(OSError):  # a disk that is away for a moment
                if not mine.is_lost:
                    os.utime(descriptor)

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield mine
    finally:
        stopped.set()
        heart.join()
        if not mine.is_lost:
            path.unlink(missing_ok=True)
        os.close(descriptor)


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
        return not _is_dead(path, descriptor, _lock(descriptor, fcntl.LOCK_SH))
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def clear_dead_claim(path: Path) -> None:
    """Delete what a process left that was killed after its work and before it gave up its claim."""
    if path.exists():
        with claim(path):
            pass


def _take(mine: Claim) -> int | None:
    """Return the descriptor of a claim's file, locked and signed; None where somebody holds it."""
    path = mine.path
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = True
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        is_new = False
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:  # given up this moment
            return _take(mine)
    is_mine = False
    try:
        is_locked = _lock(descriptor, fcntl.LOCK_EX, _TRIES)
        if not is_new and not _is_dead(path, descriptor, is_locked):
            return None
        _sign(mine, descriptor)
        if not is_new:
            time.sleep(_SETTLE_S)  # another machine may have found it dead as well
        is_mine = not mine.is_lost
    except BlockingIOError:
        if is_new:
            path.unlink(missing_ok=True)
        return None
    finally:
        if not is_mine:
            os.close(descriptor)
    return descriptor if is_mine else _take(mine)


def _lock(descriptor: int, how: int, tries: int = 1) -> bool:
    """Lock a claim's file.

    Returns:
        Whether it is locked; not on a file system without locks.

    Raises:
        BlockingIOError: Another process has locked it.
    """
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        if tries == 1:
            raise
        time.sleep(_RETRY_S)
        return _lock(descriptor, how, tries - 1)
    except OSError:
        return False
    return True


def _is_dead(path: Path, descriptor: int, is_locked: bool) -> bool:
    """Judge the holder of a claim, whose lock this process has got if there are locks."""
    if is_locked and _holder(os.pread(descriptor, 4096, 0)).get("machine") == _machine():
        return True
    with tempfile.TemporaryFile(dir=path.parent) as now:
        age_s = os.fstat(now.fileno()).st_mtime - os.fstat(descriptor).st_mtime
    return age_s > EXPIRY_S


def _holder(content: bytes) -> dict[str, Any]:
    """Read who has signed a claim; nothing where nobody has."""
    try:
        holder = json.loads(content)
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _sign(mine: Claim, descriptor: int) -> None:
    holder = {"host": platform.node(), "machine": _machine(), "process": os.getpid()}
    try:
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder | {"token": mine.token}).encode(), 0)
        os.fsync(descriptor)  # so that other machines see it
    except OSError:  # a full disk
        mine.path.unlink(missing_ok=True)
        raise


def _machine() -> str:
    """Identify what the system's locks reach for certain: this machine since it was started."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return platform.node()
