"""Several runs as one job, so that a job is worth queueing."""

import os
import pickle
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn
from joblib.externals.loky.process_executor import ProcessPoolExecutor, TerminatedWorkerError

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.launchers.worker import (
    Sweep,
    dead_claims_expire,
    failed_run,
    train_one,
)


class Pack:
    """Trains its runs, a few at a time, and writes down what became of each as it ends.

    Started again, as Slurm does with a job that was preempted, it passes over runs that have
    ended. Those that had begun go on from their last full epoch.

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
        ended = self.ended()
        patient_until = dead_claims_expire()
        # A stopped job takes its workers along: they are killed however this block is left.
        executor = ProcessPoolExecutor(self.at_once)
        try:
            with _beyond_signals():
                training: dict[Future[JobReturn], int] = {
                    executor.submit(train_one, self.sweep, number, overrides, patient_until): number
                    for number, overrides in self.runs.items()
                    if number not in ended
                }
            for future in as_completed(training):
                number = training[future]
                ended[number] = _result(future, self.runs[number])
                self._write(ended)
        finally:
            executor.shutdown(kill_workers=True)

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
        temporary = self.record.with_suffix(".tmp")
        temporary.write_bytes(pickle.dumps(ended))
        os.replace(temporary, self.record)


def _result(future: "Future[JobReturn]", overrides: Sequence[str]) -> JobReturn:
    try:
        return future.result()
    except TerminatedWorkerError:
        error: Exception = RunError(
            "the process that trained this run, or one beside it in the same job, was killed by "
            "the system, perhaps for want of memory"
        )
    except Exception as unexpected:
        error = unexpected
    return failed_run(overrides, error)


@contextmanager
def _beyond_signals() -> Iterator[None]:
    """Start workers that stay at work while the job's own process decides what to do.

    Slurm signals all processes of a job. Blocked, for Lightning sets handlers of its own; and
    before the workers start, for numpy's threads would not learn of it later.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR2})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
