"""Claims are held once, given up by the dead at once or after a while, and leave nothing behind."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from dysarthria_lightning.files import locks
from dysarthria_lightning.files.locks import (
    EXPIRY_S,
    LostClaimError,
    claim,
    clear_dead_claim,
    is_claimed,
    wait_for_claim,
)

ANOTHERS = json.dumps({"host": "node7", "machine": "another", "process": 4, "token": "another's"})
HOLD = """
import sys, time
from pathlib import Path
from dysarthria_lightning.files.locks import claim
with claim(Path(sys.argv[1])) as held:
    print(held is not None, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claims" / "run.json"


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which no process sees another's lock, as if each were on a machine of its own."""

    def refuse(descriptor: int, how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def leave(path: Path, content: str, age_s: float) -> None:
    """Leave a claim that nobody on this machine holds."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    age(path, age_s)


def files(path: Path) -> list[Path]:
    return list(path.parent.iterdir())


@contextmanager
def holding_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def at_once(count: int, function: Callable[[], None]) -> None:
    """Call a function in many threads."""
    threads = [threading.Thread(target=function, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def test_one_holds_it_and_the_file_goes_with_it(path: Path) -> None:
    with claim(path) as first, claim(path) as second:
        assert first is not None
        assert second is None
        assert json.loads(path.read_text(encoding="utf-8"))["process"] == os.getpid()
        first.check()
    assert files(path) == []
    with claim(path) as again:
        assert again is not None


def test_asking_leaves_nothing(path: Path) -> None:
    assert not is_claimed(path)
    assert not path.parent.exists()
    with claim(path):
        assert is_claimed(path)
        assert files(path) == [path]


def test_an_error_gives_it_up(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), claim(path):
        raise ZeroDivisionError
    assert files(path) == []


def test_a_killed_process_gives_it_up_at_once(path: Path) -> None:
    with holding_process(path) as process:
        with claim(path) as held:
            assert held is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert path.exists()
        assert not is_claimed(path)
        with claim(path) as held:
            assert held is not None
    assert files(path) == []


def test_a_suspended_process_on_the_same_machine_keeps_it(path: Path) -> None:
    with holding_process(path) as process:
        process.send_signal(signal.SIGSTOP)
        age(path, EXPIRY_S + 20)
        assert is_claimed(path)


@pytest.mark.parametrize("content", [ANOTHERS, "", '{"host": "no', "[]"])
def test_what_was_left_by_another_machine_or_unsigned_expires(path: Path, content: str) -> None:
    leave(path, content, EXPIRY_S - 20)
    assert is_claimed(path)
    clear_dead_claim(path)
    with claim(path) as held:
        assert held is None
    assert path.read_text(encoding="utf-8") == content
    age(path, EXPIRY_S + 20)
    assert not is_claimed(path)
    with claim(path) as held:
        assert held is not None
        assert json.loads(path.read_text(encoding="utf-8"))["process"] == os.getpid()
    assert files(path) == []


@pytest.mark.parametrize("fast_s", [-7200.0, 7200.0])
def test_only_the_disks_clock_counts(
    fast_s: float, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(path, ANOTHERS, EXPIRY_S - 20)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + fast_s)
    assert is_claimed(path)
    age(path, EXPIRY_S + 20 + fast_s)
    assert not is_claimed(path)


def test_only_what_a_dead_holder_left_is_cleared(path: Path) -> None:
    clear_dead_claim(path)
    assert not path.parent.exists()
    with claim(path):
        clear_dead_claim(path)
        assert path.exists()
    leave(path, ANOTHERS, EXPIRY_S + 20)
    clear_dead_claim(path)
    assert files(path) == []


def test_a_full_disk_leaves_no_claim(path: Path) -> None:
    fill = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    command = [sys.executable, "-c", fill + HOLD, str(path)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "OSError: [Errno 27] File too large" in process.stderr
    assert files(path) == []


@pytest.mark.usefixtures("without_locks")
def test_without_locks_a_holder_keeps_it_by_touching_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "HEARTBEAT_S", 0.02)
    with claim(path) as first:
        assert first is not None
        age(path, EXPIRY_S + 20)
        deadline = time.monotonic() + 10
        while not is_claimed(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        with claim(path) as second:
            assert second is None
    assert files(path) == []


@pytest.mark.usefixtures("without_locks")
def test_whoever_was_taken_for_dead_learns_of_it_and_leaves_the_next_alone(path: Path) -> None:
    with claim(path) as first:
        assert first is not None
        age(path, EXPIRY_S + 20)
        with claim(path) as second:
            assert second is not None
            with pytest.raises(LostClaimError, match=r"another process has taken over .*run.json"):
                first.check()
            second.check()
        with pytest.raises(LostClaimError):  # although nobody holds it any more
            first.check()
        leave(path, ANOTHERS, 0.0)
    assert path.read_text(encoding="utf-8") == ANOTHERS


@pytest.mark.usefixtures("without_locks")
def test_a_loser_does_not_keep_the_next_holders_claim_alive(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "HEARTBEAT_S", 0.01)
    with claim(path):
        leave(path, ANOTHERS, EXPIRY_S + 20)
        time.sleep(0.1)
        assert not is_claimed(path)


@pytest.mark.parametrize("count", [8, 2])
def test_of_many_that_find_a_claim_expired_one_has_it(
    count: int, path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """On one machine, and on two that have both found it so before either signs it."""
    all_ask, both_sign = threading.Barrier(count, timeout=60), threading.Barrier(2, timeout=60)
    if count == 2:
        request.getfixturevalue("without_locks")
        truncate = os.truncate

        def one_a_little_later(*arguments: Any) -> None:
            time.sleep(0.05 * both_sign.wait())
            truncate(*arguments)

        monkeypatch.setattr(os, "truncate", one_a_little_later)
    leave(path, ANOTHERS, EXPIRY_S + 20)
    results: list[bool] = []

    def ask() -> None:
        all_ask.wait()
        with claim(path) as held:
            results.append(held is not None)
            all_ask.wait()

    at_once(count, ask)
    assert sorted(results) == [False] * (count - 1) + [True]
    assert files(path) == []


def test_what_is_given_up_this_moment_is_free(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    anothers = ExitStack()
    anothers.enter_context(claim(path))
    open_file = os.open

    def given_up_between(*arguments: Any) -> int:
        try:
            return open_file(*arguments)
        except FileExistsError:
            anothers.close()
            raise

    monkeypatch.setattr(os, "open", given_up_between)
    with claim(path) as held:
        assert held is not None


def test_looking_takes_nothing_from_whoever_wants_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(path, ANOTHERS, EXPIRY_S + 20)
    with path.open(encoding="utf-8") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert not is_claimed(path)  # nor are they that look taken for a holder
        # Whoever looks at it has seen enough by the time that the claim is tried again.
        monkeypatch.setattr(time, "sleep", lambda seconds: fcntl.flock(looking, fcntl.LOCK_UN))
        with claim(path) as held:
            assert held is not None
    assert files(path) == []


def test_where_others_never_stop_looking_nothing_is_left(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(descriptor: int, how: int) -> None:
        raise BlockingIOError

    monkeypatch.setattr(fcntl, "flock", look)
    with claim(path) as held:
        assert held is None
    assert files(path) == []


def test_waiting_takes_turns(path: Path) -> None:
    inside = most = turns = 0

    def take_turns() -> None:
        nonlocal inside, most, turns
        for _ in range(3):
            with wait_for_claim(path):
                inside += 1
                most = max(most, inside)
                time.sleep(0.001)
                inside -= 1
                turns += 1

    at_once(6, take_turns)
    assert (most, turns) == (1, 18)
    assert files(path) == []
