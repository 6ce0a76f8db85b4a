"""A small sweep over the corpus of tones, here and on a cluster."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd

EPOCHS = 12
N_RUNS = 6
PATIENCE_S = 600.0
VARIED = ["-m", "model=baseline,lstm1", "fold=range(3)"]

_started: "list[subprocess.Popen[str]]" = []


def settings(table: Path) -> list[str]:
    return [
        *("data=manifest", f"data.manifest={table}"),
        *("protocol.folds=3", "protocol.validation_speakers=3"),
        *("trainer.precision=32-true", "trainer.batch_size=8", "model.hidden_size=8"),
        # No early stopping: all runs have as many epochs.
        *(f"trainer.max_epochs={EPOCHS}", f"trainer.early_stopping.patience={EPOCHS}"),
    ]


def start(command: str, words: list[str], cwd: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", f"dysarthria_lightning.{command}", *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": "120"},
        start_new_session=True,
    )
    _started.append(process)
    return process


def finish(process: "subprocess.Popen[str]", code: int = 0) -> str:
    """Wait for a command and return all that it printed."""
    printed, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code, printed
    assert "Traceback" not in printed, printed
    return printed


def run(command: str, words: list[str], cwd: Path, code: int = 0) -> str:
    return finish(start(command, words, cwd), code)


def end_all() -> None:
    """Kill what a failed test has left of its commands."""
    while _started:
        process = _started.pop()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until(happened: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Wait while a command is at work."""
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def records(cwd: Path) -> dict[Path, int]:
    """When each finished run was finished, by its folder."""
    return {
        path.parent.relative_to(cwd): path.stat().st_mtime_ns
        for path in (cwd / "outputs/runs").rglob("run.json")
    }


def hold(cwd: Path, but: Iterable[Path] = (), parent: int | None = None) -> dict[Path, int]:
    """Hold up the runs that are being trained and have an epoch behind them.

    Args:
        cwd: Where the sweep was started.
        but: Folders of runs to let go on.
        parent: Hold up children of this process only.

    Returns:
        The process, now stopped, that trains each run, by the run's folder.
    """
    held = {}
    for checkpoint in (cwd / "outputs/runs").rglob("resume.ckpt"):
        folder = checkpoint.parent.relative_to(cwd)
        if folder in but:
            continue
        claim = cwd / "outputs/claims" / folder.relative_to("outputs/runs")
        with suppress(OSError, ValueError):  # it has ended, or begins this moment
            process = json.loads(claim.with_name(f"{claim.name}.json").read_text())["process"]
            if parent is not None and _state(process)[1] != str(parent):
                continue
            if not Path(f"/proc/{process}/cwd").samefile(cwd):
                continue  # that of another process since
            os.kill(process, signal.SIGSTOP)
            while _state(process)[0] not in "TZX":
                time.sleep(0.01)
            if checkpoint.exists() and _state(process)[0] == "T":
                held[folder] = process
                (cwd / folder / "held").touch()  # a run that starts anew clears its folder
            else:
                os.kill(process, signal.SIGCONT)
    return held


@contextmanager
def holding(held: dict[Path, int]) -> Iterator[None]:
    """Keep processes stopped though Slurm tells them to go on, and leave when they are dead."""
    stopped = threading.Event()

    def stop_again() -> None:
        while not stopped.wait(0.01):
            for process in held.values():
                if not _is_dead(process):
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGSTOP)

    thread = threading.Thread(target=stop_again)
    thread.start()
    try:
        yield
        deadline = time.monotonic() + PATIENCE_S
        while not all(map(_is_dead, held.values())):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        stopped.set()
        thread.join()


def _is_dead(process: int) -> bool:
    try:
        return _state(process)[0] in "ZX"
    except OSError:
        return True


def release(held: dict[Path, int]) -> None:
    for process in held.values():
        os.kill(process, signal.SIGCONT)


def _state(process: int) -> list[str]:
    """The state of a process and its parent, as /proc gives them."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:2]


def assert_went_on(cwd: Path, folder: Path) -> None:
    """A run that was held up and killed is finished, by another process and not from the start."""
    assert (cwd / folder / "run.json").exists()
    assert (cwd / folder / "held").exists()
    assert len(list((cwd / folder).glob("events.*"))) == 2


def assert_same_predictions(cwd: Path, other: Path) -> None:
    found = sorted(path.relative_to(cwd) for path in cwd.rglob("*predictions.parquet"))
    assert found == sorted(path.relative_to(other) for path in other.rglob("*predictions.parquet"))
    assert len(found) == 2 * N_RUNS
    for path in found:
        pd.testing.assert_frame_equal(
            pd.read_parquet(cwd / path), pd.read_parquet(other / path), check_exact=True
        )
