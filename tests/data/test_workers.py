"""Worker processes: results in order, a bound on what waits, and no process left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from dysarthria_lightning.data.workers import map_in_workers
from dysarthria_lightning.errors import UserError


def describe(number: int) -> tuple[int, int]:
    time.sleep(0.002 * (number % 5))
    return number, os.getpid()


def describe_threads(number: int) -> tuple[int, int, dict[str, str]]:
    return *describe(number), {k: v for k, v in os.environ.items() if k.endswith("_NUM_THREADS")}


def fail_at_seven(number: int) -> int:
    if number == 7:
        raise ValueError(f"this is {number}")
    return number


def end_at_seven(number: int) -> int:
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def note(folder: Path, number: int) -> int:
    (folder / str(number)).touch()
    return number


def test_results_come_in_order_from_several_processes_of_one_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "16")
    numbers, processes, threads = zip(*map_in_workers(describe_threads, range(60), 3), strict=True)
    assert list(numbers) == list(range(60))
    assert os.getpid() not in processes
    assert len(set(processes)) == 3
    for told in threads:
        assert told["OPENBLAS_NUM_THREADS"] == told["OMP_NUM_THREADS"] == "1"


def test_little_waits_for_whoever_takes_the_results(tmp_path: Path) -> None:
    with closing(map_in_workers(partial(note, tmp_path), range(200), 2)) as results:
        next(results)
        time.sleep(0.5)
        assert 1 < len(list(tmp_path.iterdir())) <= 9
        assert list(results) == list(range(1, 200))
    assert len(list(tmp_path.iterdir())) == 200


def test_an_error_of_a_worker_is_raised_here() -> None:
    before = children()  # of other tests
    with pytest.raises(ValueError, match="this is 7"):
        list(map_in_workers(fail_at_seven, range(20), 2))
    assert children() <= before


def test_a_worker_that_is_killed_is_explained() -> None:
    before = children()  # of other tests
    with pytest.raises(UserError, match="was killed, perhaps because the memory was full"):
        list(map_in_workers(end_at_seven, range(20), 2))
    assert children() <= before


def test_workers_end_when_they_are_given_up() -> None:
    before = children()  # of other tests
    with closing(map_in_workers(describe, range(1000), 2)) as results:
        for _ in range(10):
            next(results)
        assert len(children() - before) == 2
    assert children() <= before


def children() -> set[int]:
    """The workers that this process has started and that have not ended."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if (
            int(fields[1]) == os.getpid()
            and b"popen_loky" in (path.parent / "cmdline").read_bytes()
        ):
            found.add(int(path.parent.name))
    return found


PROGRAM = """
import os, sys, time
sys.path.insert(0, {folder!r})
from test_workers import children, describe
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.data.workers import map_in_workers

def main():
    for number, process in map_in_workers(describe, range(100_000), 2):
        if number == 50:
            print(*children(), flush=True)

run_command(main)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
)
@pytest.mark.parametrize("whom", [os.kill, os.killpg], ids=["it", "its terminal"])
def test_workers_end_with_the_process_however_it_ends(
    end: int, status: int, whom: Callable[[int, int], None]
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(folder=str(Path(__file__).parent))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    workers = list(map(int, process.stdout.readline().split()))
    assert len(workers) == 2
    whom(process.pid, end)
    _, said = process.communicate(timeout=30)
    assert process.returncode == status
    assert "Traceback" not in said
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.02)
