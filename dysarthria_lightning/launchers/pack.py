"""Several runs as one job, so that a job is worth queueing."""

import multiprocessing
import pickle
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle
from hydra.core.utils import JobReturn

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.files.atomic import write_bytes
from dysarthria_lightning.launchers.worker import (
    Sweep,
    dead_claims_expire,
    failed_run,
    train_one,
)

# A job whose workers were killed is dead itself by then, if it was the job that had to end.
_LAST_BREATH_S = 5.0


class WorkerKilledError(RunError):
    """A run's process was killed; the run may do better where its job is queued again."""


class Pack:
    """Trains its runs, a few at a time, and writes down what became of each as it ends.

    Started again, as Slurm does with a job that was preempted, it passes over runs that have
    ended, unless by their process being killed. Those that had begun go on from their last full
    epoch.

    Args:
        sweep: What the runs have in common.
        runs: Each run's number in the sweep, and its overrides.
        at_once: Runs trained at a time, each in a process of its own.
        record: Where to write what became of the runs; all machines see it.
    """

    def __init__(
        self, sweep: Sweep, runs: dict[int, Sequence[str]], at_once: int, record: Path
    ) -> None:
        self.sweep = sweep
        self.runs = runs
        self.at_once = at_once
        self.record = record

    def __call__(self) -> None:
        """Train what has not ended yet."""
        ended = {number: run for number, run in self.ended().items() if not _was_killed(run)}
        train = cloudpickle.dumps(partial(train_one, self.sweep))
        patient_until = dead_claims_expire()
        # First, because multiprocessing lets SIGTERM through as it starts a helper.
        executor = ProcessPoolExecutor(self.at_once, multiprocessing.get_context("spawn"))
        try:
            with _beyond_signals():
                training: dict[Future[JobReturn], int] = {
                    executor.submit(_call, train, number, overrides, patient_until): number
                    for number, overrides in self.runs.items()
                    if number not in ended
                }
            for future in as_completed(training):
                number = training[future]
                ended[number] = _result(future, self.runs[number])
                if not any(map(_was_killed, ended.values())):
                    self._write(ended)
            if any(map(_was_killed, ended.values())):
                time.sleep(_LAST_BREATH_S)
                self._write(ended)
        finally:
            # A stopped job takes its workers along.
            for worker in multiprocessing.active_children():
                worker.kill()
            executor.shutdown(cancel_futures=True)

    def checkpoint(self) -> Any:
        """Say how the job goes on when it is queued again; submitit calls this."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)

    def ended(self) -> dict[int, JobReturn]:
        """Read what became of the runs that have ended, by their numbers."""
        try:
            with self.record.open("rb") as file:
                ended: dict[int, JobReturn] = pickle.load(file)
        except FileNotFoundError:
            return {}
        return ended

    def _write(self, ended: dict[int, JobReturn]) -> None:
        write_bytes(pickle.dumps(ended), self.record)


def _call(pickled: bytes, *arguments: Any) -> Any:
    return pickle.loads(pickled)(*arguments)


def _result(future: "Future[JobReturn]", overrides: Sequence[str]) -> JobReturn:
    try:
        return future.result()
    except BrokenProcessPool:
        error: Exception = WorkerKilledError(
            "the process that trained this run, or one beside it in the same job, was killed by "
            "the system, perhaps for want of memory"
        )
    except Exception as unexpected:
        error = unexpected
    return failed_run(overrides, error)


def _was_killed(run: JobReturn) -> bool:
    return isinstance(run._return_value, WorkerKilledError)


@contextmanager
def _beyond_signals() -> Iterator[None]:
    """Start workers that stay at work while the job's own process decides what to do.

    Slurm signals all processes of a job. Blocked, because Lightning sets handlers of its own; and
    before the workers start, because numpy's threads would not learn of it later.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR2})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
