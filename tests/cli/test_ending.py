"""SIGTERM ends a command with status 143 and one word, whatever it is doing, and loses nothing."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import processes
import pytest
from test_commands import QUICK, run_records

PRELUDE = """
import os, signal, subprocess, sys, threading, time
from dysarthria_lightning.cli import ending
from dysarthria_lightning.cli.entry import run_command
ending._GRACE_S = 0.5

def wait():
    print("ready", flush=True)
    time.sleep(60)

class Dying:
    def __del__(self):
        wait()

def work_that_ignores_interruptions():
    for _ in range(2):
        try:
            wait()
        except KeyboardInterrupt:
            pass

def clean_up():
    try:
        wait()
    finally:
        print("cleaned up")

def work_in_a_thread():
    thread = threading.Thread(target=time.sleep, args=(60,))
    thread.start()
    print("ready", flush=True)
    thread.join()

def become_an_exit():
    try:
        wait()
    except KeyboardInterrupt:
        sys.exit(1)

def become_an_error():
    try:
        wait()
    except KeyboardInterrupt:
        raise ValueError

def be_at_its_end():
    import atexit
    atexit.register(wait)

def start_a_worker():
    from multiprocessing import get_context
    worker = get_context("fork").Process(target=time.sleep, args=(60,))
    worker.start()
    print(worker.pid, flush=True)
    wait()

def keep_a_scheduler_s_handler():
    wait()
"""


def start(program: str, **options: object) -> "subprocess.Popen[str]":
    # Whoever runs the tests in the background may have them ignore Ctrl-C.
    program = f"signal.signal(signal.SIGINT, signal.default_int_handler)\n{program}"
    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )
    return process


@pytest.mark.parametrize(
    "work",
    [
        "wait",
        "Dying",
        "work_that_ignores_interruptions",
        "clean_up",
        "work_in_a_thread",
        "become_an_exit",
        "become_an_error",
        "be_at_its_end",
    ],
)
def test_whatever_a_command_does_it_ends_with_its_status_and_a_word(work: str) -> None:
    process = start(f"run_command({work})")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    printed, said = process.communicate(timeout=10)
    assert (process.returncode, said.splitlines()[-1]) == (143, "Terminated")
    # Python tells of an exception that a destructor has lost.
    assert work == "Dying" or said == "Terminated\n"
    more = {"clean_up": "cleaned up\n", "work_that_ignores_interruptions": "ready\n"}
    assert printed == more.get(work, "")


def test_its_workers_end_with_it() -> None:
    process = start("run_command(start_a_worker)")
    assert process.stdout is not None
    worker = int(process.stdout.readline())
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 143
    deadline = time.monotonic() + 5
    while is_alive(worker):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_a_second_signal_does_not_disturb_it() -> None:
    process = start(
        "def work():\n"
        "    try:\n        wait()\n"
        "    finally:\n        print('ready', flush=True); time.sleep(0.3); print('cleaned up')\n"
        "run_command(work)"
    )
    assert process.stdout is not None
    for _ in range(2):
        assert process.stdout.readline() == "ready\n"
        process.terminate()
    printed, said = process.communicate(timeout=10)
    assert (process.returncode, printed, said) == (143, "cleaned up\n", "Terminated\n")


def test_ctrl_c_has_a_status_of_its_own() -> None:
    process = start("run_command(wait)")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10)[1] == ""
    assert process.returncode == 130


def test_a_handler_that_somebody_has_set_stays() -> None:
    process = start("signal.signal(signal.SIGTERM, lambda *_: os._exit(7))\nrun_command(wait)")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 7


def begin(words: list[str], cwd: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "dysarthria_lightning.train", *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(happened: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 120
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


KEPT = (
    "Stopped. Finished runs that were being replaced are kept; the same command trains them anew."
)


@pytest.mark.slow
def test_a_run_that_is_ended_gives_the_finished_one_back(tone_corpus: Path, tmp_path: Path) -> None:
    words = ["data=manifest", f"data.manifest={tone_corpus}", *QUICK, "n_mfcc=25"]
    words += ["trainer.early_stopping.patience=300"]
    processes.run("train", *words, cwd=tmp_path, before=processes.leave_figures_out)
    finished = run_records(tmp_path)
    (record,) = finished
    longer = [*words, "trainer.max_epochs=300", "overwrite=true"]
    for moment in ("config.yaml", "resume.ckpt"):
        process = begin(longer, tmp_path)
        wait_until(partial(has_begun_anew, record, moment), process)
        process.terminate()
        printed, said = process.communicate(timeout=30)
        assert process.returncode == 143
        assert said.endswith("Terminated\n")
        assert (printed + said).count("Stopped") == (printed + said).count(KEPT) == 1
        assert "Traceback" not in said
        assert run_records(tmp_path) == finished


def has_begun_anew(record: Path, moment: str) -> bool:
    return not record.exists() and (record.parent / moment).exists()


@pytest.mark.slow
def test_a_sweep_that_is_ended_takes_its_workers_along_and_goes_on(
    tone_corpus: Path, tmp_path: Path
) -> None:
    quick = [word for word in QUICK if "n_jobs" not in word and "max_epochs" not in word]
    words = ["data=manifest", f"data.manifest={tone_corpus}", *quick, "hydra.launcher.n_jobs=2"]
    words += ["trainer.early_stopping.patience=300", "-m", "fold=0,1"]
    process = begin([*words, "trainer.max_epochs=1000"], tmp_path)
    wait_until(lambda: len(list(tmp_path.rglob("resume.ckpt"))) == 2, process)
    workers = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cwd")
        if int(path.parent.name) != process.pid and is_in(path, tmp_path)
    ]
    assert len(workers) >= 2
    process.terminate()
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 143
    assert "The same command goes on where this one was." in said
    assert said.endswith("Terminated\n")
    deadline = time.monotonic() + 10
    while any(map(is_alive, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    again = [*words, "trainer.max_epochs=2", "hydra.launcher.n_jobs=1"]
    again.remove("hydra.launcher.n_jobs=2")
    printed = processes.run("train", *again, cwd=tmp_path, before=processes.leave_figures_out)
    assert "2 runs: 0 finished before, 2 to train" in printed


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_sweep_that_is_ended_gives_the_finished_runs_back(
    n_jobs: int, tone_corpus: Path, tmp_path: Path
) -> None:
    quick = [word for word in QUICK if "n_jobs" not in word and "max_epochs" not in word]
    words = ["data=manifest", f"data.manifest={tone_corpus}", *quick, "-m", "fold=0,1"]
    words.append("trainer.early_stopping.patience=300")
    short = [*words, "trainer.max_epochs=1", "hydra.launcher.n_jobs=1"]
    processes.run("train", *short, cwd=tmp_path, before=processes.leave_figures_out)
    finished = run_records(tmp_path)
    assert len(finished) == 2
    words.append(f"hydra.launcher.n_jobs={n_jobs}")
    process = begin([*words, "trainer.max_epochs=1000", "overwrite=true"], tmp_path)
    wait_until(lambda: len(list(tmp_path.rglob("resume.ckpt"))) == n_jobs, process)
    process.terminate()
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 143
    assert said.count(KEPT) == 1
    assert run_records(tmp_path) == finished
    assert not list(tmp_path.rglob("*.before"))
    assert not list(tmp_path.rglob("resume.ckpt"))


def is_in(link: Path, folder: Path) -> bool:
    try:
        return link.samefile(folder)
    except OSError:
        return False
