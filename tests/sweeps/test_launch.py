"""Whatever becomes of single runs, the others are trained and every failure has a log."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hydra.core.utils import JobReturn, JobStatus
from joblib.externals.loky.process_executor import TerminatedWorkerError

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.sweeps import launch
from dysarthria_lightning.sweeps.launch import train_runs

Runs = list[Any]


@pytest.fixture
def planned(tmp_path: Path) -> Runs:
    """Five runs; only their folders matter here."""
    return [SimpleNamespace(folder=tmp_path / f"run{k}", config=k) for k in range(5)]


def begin(run: Any) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "config.yaml").write_text("")


def finish(run: Any) -> JobReturn:
    begin(run)
    (run.folder / "run.json").write_text("{}")
    return JobReturn(status=JobStatus.COMPLETED)


def fail(error: Exception) -> JobReturn:
    job = JobReturn(status=JobStatus.FAILED)
    job.return_value = error
    return job


def is_finished(run: Any) -> bool:
    return (run.folder / "run.json").exists()


def log_of(run: Any) -> str:
    return str((run.folder / "failure.log").read_text())


def test_a_run_that_fails_is_named_and_stops_no_other(planned: Runs) -> None:
    def some(pending: Runs) -> Sequence[JobReturn]:
        return [fail(ValueError("odd")) if run is planned[1] else finish(run) for run in pending]

    assert train_runs(planned, some) == {planned[1].folder}
    assert [is_finished(run) for run in planned] == [True, False, True, True, True]
    assert "ValueError: odd" in log_of(planned[1])


def test_a_log_of_an_earlier_attempt_is_replaced(planned: Runs) -> None:
    begin(planned[0])
    stale = planned[0].folder / "failure.log"
    stale.write_text("yesterday")
    os.utime(stale, (time.time() - 60, time.time() - 60))
    train_runs(planned[:1], lambda pending: [fail(ValueError("today"))])
    assert "today" in log_of(planned[0])


def test_a_log_that_the_run_wrote_itself_stays(planned: Runs) -> None:
    def own(pending: Runs) -> Sequence[JobReturn]:
        begin(planned[0])
        (planned[0].folder / "failure.log").write_text("from within")
        return [fail(ValueError("from without"))]

    train_runs(planned[:1], own)
    assert log_of(planned[0]) == "from within"


def test_the_run_that_kills_its_worker_is_found_and_the_others_go_on(planned: Runs) -> None:
    """Two at a time; the third run takes its process, and the one beside it, with it."""
    launched: list[int] = []

    def killing(pending: Runs) -> Sequence[JobReturn]:
        launched.append(len(pending))
        for position, run in enumerate(pending):
            if run is planned[2]:
                begin(run)
                if position + 1 < len(pending):
                    begin(pending[position + 1])
                raise TerminatedWorkerError("killed")
            finish(run)
        return [JobReturn(status=JobStatus.COMPLETED) for _ in pending]

    assert train_runs(planned, killing) == {planned[2].folder}
    assert [is_finished(run) for run in planned] == [True, True, False, True, True]
    assert "killed by the system twice" in log_of(planned[2])
    assert launched == [5, 1, 1, 1]  # all, the two that were under way, what was left


def test_workers_that_die_at_once_end_with_advice(planned: Runs) -> None:
    def dying(pending: Runs) -> Sequence[JobReturn]:
        raise TerminatedWorkerError("killed")

    with pytest.raises(RunError, match=r"hydra.launcher.n_jobs=1. The same command goes on"):
        train_runs(planned, dying)


def test_finished_runs_that_are_trained_anew_count_only_once_replaced(planned: Runs) -> None:
    for run in planned:
        finish(run)
        os.utime(run.folder / "run.json", (1, 1))
    failing = planned[3]

    def again(pending: Runs) -> Sequence[JobReturn]:
        return [fail(ValueError("no")) if run is failing else finish(run) for run in pending]

    assert train_runs(planned, again) == {failing.folder}
    assert all((run.folder / "run.json").stat().st_mtime > 1 for run in planned if run != failing)


@pytest.mark.parametrize("dies", [False, True])
def test_runs_of_another_process_are_waited_for_and_taken_over(
    planned: Runs, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    looks = 0

    def claimed(claim_file: Path) -> bool:
        nonlocal looks
        looks += 1
        if looks == 3 and not dies:
            finish(planned[0])
        return looks < 3

    launched: list[int] = []

    def left_alone(pending: Runs) -> Sequence[JobReturn]:
        launched.append(len(pending))
        return [
            finish(run) if len(launched) > 1 else JobReturn(status=JobStatus.COMPLETED)
            for run in pending
        ]

    monkeypatch.setattr(launch, "is_claimed", claimed)
    monkeypatch.setattr(launch.layout, "claim_file", lambda config: Path("claim"))
    monkeypatch.setattr(launch, "_PAUSE_S", 0.01)
    wait: Callable[..., set[Path]] = train_runs
    assert wait(planned[:1], left_alone) == set()
    assert is_finished(planned[0])
    assert launched == ([1, 1] if dies else [1])
