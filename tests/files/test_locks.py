"""Claims are held once, given up by the dead at once or after a while, and leave nothing behind."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from dysarthria_lightning.files import locks as claims
from dysarthria_lightning.files.locks import claim, clear_dead_claim, is_claimed, wait_for_claim

HOLD = """
import sys, time
from pathlib import Path
from dysarthria_lightning.files.locks import claim
with claim(Path(sys.argv[1])) as held:
    print(held, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "claims" / "run.json"


@pytest.fixture
def other_machine(path: Path) -> Path:
    """A claim made on another machine, of which this one sees the file and no lock."""
    path.parent.mkdir()
    path.write_text(json.dumps({"host": "node7", "machine": "another", "process": 4}))
    return path


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_one_holds_it_and_the_file_goes_with_it(path: Path) -> None:
    with claim(path) as first, claim(path) as second:
        assert first
        assert not second
        assert json.loads(path.read_text())["process"] == os.getpid()
    assert list(path.parent.iterdir()) == []
    with claim(path) as again:
        assert again


def test_asking_leaves_nothing(path: Path) -> None:
    assert not is_claimed(path)
    assert not path.parent.exists()
    with claim(path):
        assert is_claimed(path)
        assert path.exists()


def test_an_error_gives_it_up(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), claim(path):
        raise ZeroDivisionError
    assert not path.exists()


def test_a_killed_process_gives_it_up_at_once(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        assert is_claimed(path)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert path.exists()
        with claim(path) as held:
            assert held
    assert not path.exists()


def test_what_a_dead_holder_left_is_cleared_and_a_living_ones_is_not(
    path: Path, other_machine: Path
) -> None:
    clear_dead_claim(path)
    assert path.exists()
    age(path, claims.EXPIRY_S + 20)
    clear_dead_claim(path)
    assert not path.exists()
    clear_dead_claim(path)
    assert not path.exists()
    with claim(path):
        clear_dead_claim(path)
        assert path.exists()


def test_a_claim_from_another_machine_expires(other_machine: Path) -> None:
    age(other_machine, claims.EXPIRY_S - 20)
    assert is_claimed(other_machine)
    assert json.loads(other_machine.read_text())["host"] == "node7"
    age(other_machine, claims.EXPIRY_S + 20)
    with claim(other_machine) as held:
        assert held
        assert json.loads(other_machine.read_text())["process"] == os.getpid()
    assert list(other_machine.parent.iterdir()) == []


@pytest.mark.parametrize("content", ["", '{"host": "no', "[]"])
def test_a_claim_whose_maker_died_before_it_was_signed_is_free(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    assert not is_claimed(path)
    with claim(path) as held:
        assert held
        assert json.loads(path.read_text())["process"] == os.getpid()
    assert list(path.parent.iterdir()) == []


def test_a_full_disk_leaves_no_claim(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, content: bytes, offset: int) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space left"), claim(path):
        pass
    assert list(path.parent.iterdir()) == []


def test_whoever_locks_a_new_claim_first_has_it_and_its_maker_does_not(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = claims._lock
    others: list[bool] = []

    def lock_late(*arguments: Any) -> bool:
        monkeypatch.setattr(claims, "_lock", lock)
        others.append(others_claim.__enter__())
        return lock(*arguments)

    others_claim = claim(path)
    monkeypatch.setattr(claims, "_lock", lock_late)
    with claim(path) as held:
        assert (others, held) == ([True], False)
        assert path.exists()
    others_claim.__exit__(None, None, None)
    assert not path.exists()


def test_a_new_claim_that_another_machine_has_signed_is_not_its_makers(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = claims._lock
    others = json.dumps({"machine": "another", "token": "another's"})

    def lock_late(*arguments: Any) -> bool:
        path.write_text(others)
        return lock(*arguments)

    monkeypatch.setattr(claims, "_lock", lock_late)
    with claim(path) as held:
        assert not held
    assert path.read_text() == others


def test_two_that_look_at_once_do_not_take_each_other_for_a_holder(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert not is_claimed(path)


def without_locks(descriptor: int, how: int) -> None:
    raise OSError(37, "No locks available")


def test_without_locks_a_claim_that_was_never_signed_expires(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", without_locks)
    path.parent.mkdir()
    path.touch()
    assert is_claimed(path)
    age(path, claims.EXPIRY_S + 20)
    assert not is_claimed(path)


def test_without_locks_a_touched_claim_counts_as_held(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", without_locks)
    with claim(path) as first, claim(path) as second:
        assert first
        assert not second
    assert not path.exists()


def test_a_holder_touches_its_claim(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "HEARTBEAT_S", 0.02)
    with claim(path):
        age(path, claims.EXPIRY_S + 20)
        for _ in range(500):
            if time.time() - path.stat().st_mtime < 10:
                break
            time.sleep(0.01)
        assert time.time() - path.stat().st_mtime < 10


def test_a_holder_whose_claim_was_taken_over_leaves_the_new_one_alone(path: Path) -> None:
    with claim(path):
        path.unlink()
        path.write_text("another's")
    assert path.read_text() == "another's"


def test_a_holder_that_was_asleep_leaves_the_next_holders_claim_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "HEARTBEAT_S", 0.01)
    with claim(path):
        inode = path.stat().st_ino
        path.write_text(json.dumps({"machine": "another", "token": "another's"}))
        assert path.stat().st_ino == inode
        time.sleep(0.05)
        age(path, claims.EXPIRY_S + 20)
        time.sleep(0.1)
        assert time.time() - path.stat().st_mtime > claims.EXPIRY_S
    assert json.loads(path.read_text())["token"] == "another's"


def test_of_two_machines_that_find_a_claim_expired_one_has_it(
    other_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", without_locks)
    age(other_machine, claims.EXPIRY_S + 20)
    sign, both = claims._sign, threading.Barrier(2, timeout=30)

    def sign_together(*arguments: Any) -> None:
        both.wait()
        sign(*arguments)

    monkeypatch.setattr(claims, "_sign", sign_together)
    results: list[bool] = []

    def ask() -> None:
        with claim(other_machine) as held:
            results.append(held)
            both.wait()

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(results) == [False, True]
    assert not other_machine.exists()


def test_whoever_asks_while_another_looks_has_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    path.touch()
    judge = claims._holder_has_died
    results: list[bool] = []

    def ask() -> None:
        with claim(path) as held:
            results.append(held)

    asking = threading.Thread(target=ask, daemon=True)

    def judge_meanwhile(*arguments: Any) -> bool:
        monkeypatch.setattr(claims, "_holder_has_died", judge)
        asking.start()
        time.sleep(0.02)
        return judge(*arguments)

    monkeypatch.setattr(claims, "_holder_has_died", judge_meanwhile)
    assert not is_claimed(path)
    asking.join(timeout=60)
    assert results == [True]


def test_looking_at_a_claims_age_makes_no_file_that_a_kill_would_leave(
    other_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fstat = os.fstat
    seen: list[Path] = []

    def look(descriptor: int) -> os.stat_result:
        seen.extend(other_machine.parent.iterdir())
        return fstat(descriptor)

    monkeypatch.setattr(os, "fstat", look)
    assert is_claimed(other_machine)
    assert set(seen) == {other_machine}


def test_waiting_takes_turns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many that some look at a claim that has been made but not signed yet."""
    monkeypatch.setattr(claims, "_PAUSE_S", 0.001)
    inside = 0
    most = 0
    turns = 0

    def take_turns() -> None:
        nonlocal inside, most, turns
        for _ in range(40):
            with wait_for_claim(path):
                inside += 1
                most = max(most, inside)
                time.sleep(0.001)
                inside -= 1
                turns += 1

    threads = [threading.Thread(target=take_turns, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert (most, turns) == (1, 240)
    assert list(path.parent.iterdir()) == []
