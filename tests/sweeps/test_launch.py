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

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import write_run
from dysarthria_lightning.sweeps import launch
from dysarthria_lightning.sweeps.launch import train_runs
from dysarthria_lightning.sweeps.plan import PlannedRun

Runs = list[Any]


#: What the runs are trained on; only its key matters here.
CORPORA: Any = SimpleNamespace(store=lambda config: SimpleNamespace(key="content"))


@pytest.fixture
def planned(tone_config: Callable[..., Config]) -> Runs:
    """Five runs, which nothing here trains."""
    return [PlannedRun(tone_config("protocol.folds=5", f"fold={k}"), ()) for k in range(5)]


def begin(run: Any) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "config.yaml").write_text("")


def finish(run: Any, **changes: object) -> JobReturn:
    begin(run)
    record = {"fingerprint": fingerprint(run.config, "content") | changes, "files": {}}
    write_run(record, run.folder)
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

    assert train_runs(planned, some, CORPORA) == {planned[1].folder: "ValueError: odd"}
    assert [is_finished(run) for run in planned] == [True, False, True, True, True]
    assert "ValueError: odd" in log_of(planned[1])


@pytest.mark.parametrize("ahead_s", [-60, 60])
def test_a_log_of_an_earlier_attempt_is_replaced(planned: Runs, ahead_s: float) -> None:
    begin(planned[0])
    stale = planned[0].folder / "failure.log"
    stale.write_text("yesterday")
    # A machine of another clock wrote it.
    os.utime(stale, (time.time() + ahead_s, time.time() + ahead_s))
    train_runs(planned[:1], lambda pending: [fail(ValueError("today"))], CORPORA)
    assert "today" in log_of(planned[0])


@pytest.mark.parametrize("ahead_s", [-60, 60])
def test_a_log_that_the_run_wrote_itself_stays(planned: Runs, ahead_s: float) -> None:
    def own(pending: Runs) -> Sequence[JobReturn]:
        begin(planned[0])
        written = planned[0].folder / "failure.log"
        written.write_text("from within")
        os.utime(written, (time.time() + ahead_s, time.time() + ahead_s))
        return [fail(ValueError("from without"))]

    train_runs(planned[:1], own, CORPORA)
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

    assert train_runs(planned, killing, CORPORA).keys() == {planned[2].folder}
    assert [is_finished(run) for run in planned] == [True, True, False, True, True]
    assert "killed by the system twice" in log_of(planned[2])
    assert launched == [5, 1, 1, 1]  # all, the two that were under way, what was left


def test_workers_that_die_at_once_end_with_advice(planned: Runs) -> None:
    def dying(pending: Runs) -> Sequence[JobReturn]:
        raise TerminatedWorkerError("killed")

    with pytest.raises(RunError, match=r"hydra.launcher.n_jobs=1. The same command goes on"):
        train_runs(planned, dying, CORPORA)


@pytest.mark.parametrize("n_crashes", [1, 3, 5])
def test_workers_that_die_at_once_after_crashes_in_runs_end_too(
    planned: Runs, n_crashes: int, tone_config: Callable[..., Config]
) -> None:
    launches = 0

    def dying(pending: Runs) -> Sequence[JobReturn]:
        nonlocal launches
        launches += 1
        assert launches < 50
        if len(pending) == 1:
            return [finish(pending[0])]
        if len(planned) - len(pending) < n_crashes:
            begin(pending[0])
        raise TerminatedWorkerError("killed")

    planned += [PlannedRun(tone_config(f"split_seed={k}"), ()) for k in (1, 2)]
    with pytest.raises(RunError, match="The same command goes on"):
        train_runs(planned, dying, CORPORA)
    assert sum(map(is_finished, planned)) == n_crashes


def test_a_run_that_another_process_has_just_finished_is_left_at_that(planned: Runs) -> None:
    """It was finished between the plan and the launch, so its record does not change any more."""
    finish(planned[0])
    trained = JobReturn(status=JobStatus.COMPLETED)
    trained.return_value = True
    launches: list[int] = []

    def launch(pending: Runs) -> Sequence[JobReturn]:
        launches.append(len(pending))
        assert len(launches) < 3
        return [trained for _ in pending]

    assert train_runs(planned[:1], launch, CORPORA) == {}
    assert launches == [1]


def test_finished_runs_that_are_trained_anew_count_only_once_replaced(planned: Runs) -> None:
    for run in planned:
        finish(run)
        os.utime(run.folder / "run.json", (1, 1))
    failing = planned[3]

    def again(pending: Runs) -> Sequence[JobReturn]:
        return [fail(ValueError("no")) if run is failing else finish(run) for run in pending]

    assert train_runs(planned, again, CORPORA) == {failing.folder: "ValueError: no"}
    assert all((run.folder / "run.json").stat().st_mtime > 1 for run in planned if run != failing)


@pytest.mark.parametrize("dies", [False, True])
def test_runs_of_another_process_are_waited_for_and_taken_over(
    planned: Runs,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    dies: bool,
) -> None:
    looks = 0

    def claimed(claim_file: Path) -> bool:
        nonlocal looks
        looks += 1
        if looks == 3 and not dies:
            finish(planned[0])
        return looks < 3

    launched: list[int] = []
    left = JobReturn(status=JobStatus.COMPLETED)
    left.return_value = False

    def left_alone(pending: Runs) -> Sequence[JobReturn]:
        launched.append(len(pending))
        return [finish(run) if len(launched) > 1 else left for run in pending]

    monkeypatch.setattr(launch, "is_claimed", claimed)
    monkeypatch.setattr(launch, "_PAUSE_S", 0.01)
    assert train_runs(planned[:1], left_alone, CORPORA) == {}
    assert is_finished(planned[0])
    assert launched == ([1, 1] if dies else [1])
    assert caplog.messages == ["1 run is being trained by another process; waiting"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_run_that_another_process_makes_with_other_settings_fails(
    overwrite: bool, tone_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = [PlannedRun(tone_config(f"overwrite={overwrite}"), ())]
    left = JobReturn(status=JobStatus.COMPLETED)
    left.return_value = False

    def claimed(claim_file: Path) -> bool:
        finish(planned[0], n_mfcc=19)
        return True

    monkeypatch.setattr(launch, "is_claimed", claimed)
    monkeypatch.setattr(launch, "_PAUSE_S", 0.01)
    failures = train_runs(planned, lambda pending: [left for _ in pending], CORPORA)
    assert failures.keys() == {planned[0].folder}
    assert "n_mfcc: 19 there, 13 now" in failures[planned[0].folder]
    assert "n_mfcc: 19 there, 13 now" in log_of(planned[0])


def test_a_run_that_another_process_trains_is_not_blamed_for_a_killed_worker(
    planned: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = planned[0]
    launched: list[int] = []

    def killing(pending: Runs) -> Sequence[JobReturn]:
        launched.append(len(pending))
        if len(launched) == 1:
            begin(elsewhere)
            begin(planned[1])
            raise TerminatedWorkerError("killed")
        assert len(pending) > 1 or pending[0] is not elsewhere
        left = JobReturn(status=JobStatus.COMPLETED)
        left.return_value = False
        jobs = [left if run is elsewhere else finish(run) for run in pending]
        if len(launched) == 3:
            finish(elsewhere)
        return jobs

    monkeypatch.setattr(launch, "is_claimed", lambda path: path == claimed)
    claimed = layout.claim_file(elsewhere.config)
    assert train_runs(planned, killing, CORPORA) == {}
    assert launched == [5, 1, 4]
