"""A small sweep over the corpus of tones, here and on a cluster."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

N_RUNS = 6
PATIENCE_S = 1800.0
VARIED = ["-m", "model=baseline,lstm1", "fold=range(3)"]


def settings(table: Path, epochs: int) -> list[str]:
    return [
        *("data=manifest", f"data.manifest={table}"),
        *("protocol.folds=3", "protocol.validation_speakers=3"),
        *("trainer.precision=32-true", "trainer.batch_size=8", "model.hidden_size=8"),
        # No early stopping: all runs have as many epochs.
        *(f"trainer.max_epochs={epochs}", f"trainer.early_stopping.patience={epochs}"),
    ]


def start(command: str, words: list[str], cwd: Path) -> "subprocess.Popen[str]":
    cwd.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", f"dysarthria_lightning.{command}", *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": "120"},
    )


def finish(process: "subprocess.Popen[str]", code: int = 0) -> str:
    """Wait for a command and return all that it printed."""
    try:
        printed, _ = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == code, printed
    assert "Traceback" not in printed
    return printed


def run(command: str, words: list[str], cwd: Path, code: int = 0) -> str:
    return finish(start(command, words, cwd), code)


def records(cwd: Path) -> dict[Path, int]:
    """When each finished run was finished."""
    return {
        path.relative_to(cwd): path.stat().st_mtime_ns
        for path in (cwd / "outputs/runs").rglob("run.json")
    }


def begun(cwd: Path) -> list[Path]:
    """The folders of runs that are stopped or under way, with an epoch behind them."""
    return [path.parent for path in (cwd / "outputs/runs").rglob("resume.ckpt")]


def wait_until(
    happened: Callable[[], bool], process: "subprocess.Popen[str]", within_s: float = PATIENCE_S
) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_same_predictions(cwd: Path, other: Path) -> None:
    found = sorted(path.relative_to(cwd) for path in cwd.rglob("*predictions.parquet"))
    assert found == sorted(path.relative_to(other) for path in other.rglob("*predictions.parquet"))
    assert len(found) == 2 * N_RUNS
    for path in found:
        pd.testing.assert_frame_equal(
            pd.read_parquet(cwd / path), pd.read_parquet(other / path), check_exact=True
        )
