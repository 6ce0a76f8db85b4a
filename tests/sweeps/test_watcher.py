"""The line over many runs counts what the run folders say."""

import os
import time
from pathlib import Path

import pytest

from dysarthria_lightning.runs.record import write_run
from dysarthria_lightning.sweeps.watcher import RunWatcher


def folders(outputs: Path) -> list[Path]:
    cells = [("lstm1", 0), ("lstm1", 1), ("lstm2", 0), ("lstm2", 1)]
    return [outputs / f"mfcc13/{model}/seed0/fold{fold}" for model, fold in cells]


def finish(folder: Path, seconds: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "fingerprint": {},
        "epochs": 3,
        "epoch_tested": 2,
        "validation_error": 0.25,
        "wall_time_s": seconds,
    }
    write_run(record, folder)


def begin(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text("")


def line(watcher: RunWatcher) -> str:
    watcher._look()
    task = watcher._bar.tasks[0]
    return f"{task.description} {task.fields['left']}".strip()


def test_it_counts_runs_done_running_and_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, three, four = folders(tmp_path)
    watcher = RunWatcher([one, two, three, four])
    assert line(watcher) == "runs: 0 of 4 done, 0 running, 0 failed"
    begin(one)
    begin(two)
    assert line(watcher) == "runs: 0 of 4 done, 2 running, 0 failed"
    finish(one, 100.0)
    begin(three)
    # The mean of the same model where there is one, else of all; two run at once.
    assert line(watcher).startswith("runs: 1 of 4 done, 2 running, 0 failed about 0:02:")
    (two / "failure.log").write_text("no")
    assert line(watcher).startswith("runs: 1 of 4 done, 1 running, 1 failed")
    finish(two, 50.0)  # a second attempt
    finish(three, 50.0)
    finish(four, 50.0)
    assert line(watcher) == "runs: 4 of 4 done, 0 running, 0 failed"
    assert watcher.unfinished == {}
    printed = capsys.readouterr().err
    assert f"failed: {two}; see failure.log there" in printed
    assert "lstm1/seed0/fold0: 3 epochs in 100 s" in printed


@pytest.mark.parametrize("ahead_s", [-3600, 3600])
def test_the_clock_of_the_machine_that_trains_does_not_matter(
    tmp_path: Path, ahead_s: float, capsys: pytest.CaptureFixture[str]
) -> None:
    def set_time(folder: Path) -> None:
        for path in folder.iterdir():
            os.utime(path, (time.time() + ahead_s,) * 2)

    before, one, two, three = folders(tmp_path)
    begin(before)
    (before / "failure.log").write_text("of an earlier attempt")
    set_time(before)
    watcher = RunWatcher([before, one, two, three])
    assert line(watcher) == "runs: 0 of 4 done, 0 running, 0 failed"
    begin(one)
    finish(two, 100.0)
    begin(three)
    (three / "failure.log").write_text("no")
    for folder in (one, two, three):
        set_time(folder)
    assert line(watcher).startswith("runs: 1 of 4 done, 1 running, 1 failed about 0:03:")
    assert f"failed: {three}" in capsys.readouterr().err


def test_a_damaged_record_does_not_end_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folders(tmp_path)[0]
    watcher = RunWatcher([folder])
    finish(folder, 1.0)
    (folder / "run.json").write_text("{")
    assert line(watcher) == "runs: 1 of 1 done, 0 running, 0 failed"
    assert "is damaged" in capsys.readouterr().err


def test_runs_finished_before_are_not_done_until_trained_again(tmp_path: Path) -> None:
    folder = folders(tmp_path)[0]
    finish(folder, 1.0)
    watcher = RunWatcher([folder])
    assert line(watcher) == "runs: 0 of 1 done, 0 running, 0 failed"
