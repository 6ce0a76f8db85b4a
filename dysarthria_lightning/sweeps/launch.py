"""Train runs through Hydra's launcher; one that fails does not stop the others."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hydra._internal.callbacks import Callbacks
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.types import HydraContext
from joblib.externals.loky.process_executor import TerminatedWorkerError
from omegaconf import DictConfig

from dysarthria_lightning.cli.ending import describe_stop
from dysarthria_lightning.errors import RunError, UserError
from dysarthria_lightning.files.locks import is_claimed
from dysarthria_lightning.launchers.gpu import share_gpu
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import OtherSettingsError, is_finished, record_failure
from dysarthria_lightning.runs.replacing import give_back
from dysarthria_lightning.sweeps.changes import Changes
from dysarthria_lightning.sweeps.plan import Corpora, PlannedRun
from dysarthria_lightning.sweeps.watcher import RunWatcher

log = logging.getLogger(__name__)

# Between two looks at runs that other processes train.
_PAUSE_S = 2.0

# Workers that the system kills before they have begun a run are started again this often.
_ATTEMPTS = 3

Train = Callable[[DictConfig], Any]
Launch = Callable[[Sequence[PlannedRun]], Sequence[JobReturn]]
#: Why runs have failed, by their folders; each folder holds a log.
Failures = dict[Path, str]


def make_launch(master: DictConfig, train: Train) -> Launch:
    """Make a function that trains runs through the chosen launcher, many at a time.

    Args:
        master: Hydra's configuration of the sweep, with its ``hydra`` node.
        train: Trains one run, given its configuration; returns False where it has left the run
            to another process.
    """

    def launch(pending: Sequence[PlannedRun]) -> Sequence[JobReturn]:
        share_gpu(master.hydra.launcher, [run.config for run in pending])
        loader = GlobalHydra.instance().config_loader()
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=HydraContext(config_loader=loader, callbacks=Callbacks()),
            task_function=train,
            config=master,
        )
        return launcher.launch([list(run.overrides) for run in pending], initial_job_idx=0)

    return launch


def train_watched(pending: Sequence[PlannedRun], launch: Launch, corpora: Corpora) -> Failures:
    """Train runs as :func:`train_runs` does, and show how far they are."""
    if not pending:
        return {}
    with RunWatcher([run.folder for run in pending]):
        try:
            return train_runs(pending, launch, corpora)
        except KeyboardInterrupt:
            overwrite = pending[0].config.overwrite
            if overwrite:
                for run in pending:  # workers were killed, and could not
                    give_back(run.config)
            finished = sum((run.folder / layout.RUN).exists() for run in pending)
            log.warning(describe_stop(overwrite, (finished, len(pending))))
            raise


def train_runs(pending: Sequence[PlannedRun], launch: Launch, corpora: Corpora) -> Failures:
    """Train runs.

    Runs that another process is training are waited for, and taken over should it die; one that it
    finishes with other settings counts as failed. Where the system kills a worker, the runs that
    were under way are tried again one at a time, so that the one that needs too much is found and
    the others go on.

    Args:
        pending: The runs.
        launch: Trains some of them, as :func:`make_launch` makes it.
        corpora: Of the runs.

    Raises:
        RunError: Workers were killed again and again before they had begun a run.
    """
    sweep = _Sweep(pending, launch, corpora)
    n_fruitless = 0
    while left := sweep.left():
        begun = Changes(run.folder / layout.CONFIG for run in left)
        try:
            sweep.launch(left)
        except TerminatedWorkerError:
            under_way = [
                run
                for run in sweep.left()
                if run.folder / layout.CONFIG in begun
                and not is_claimed(layout.claim_file(run.config))  # of another process that lives
            ]
            n_fruitless = 0 if under_way else n_fruitless + 1
            if n_fruitless == _ATTEMPTS:
                raise RunError(
                    "worker processes are killed by the system as they start, perhaps for want of "
                    "memory; try hydra.launcher.n_jobs=1. The same command goes on"
                ) from None
            for run in under_way:
                sweep.try_alone(run)
        else:
            sweep.wait_for_others()
    return sweep.failures


class _Sweep:
    """Which runs of a sweep have ended, and how."""

    def __init__(self, runs: Sequence[PlannedRun], launch: Launch, corpora: Corpora) -> None:
        self._runs = runs
        self._launch = launch
        self._corpora = corpora
        self._finished: set[Path] = set()
        self._records = Changes(run.folder / layout.RUN for run in runs)
        self.failures: Failures = {}

    def left(self) -> list[PlannedRun]:
        """List the runs that have neither finished since nor failed."""
        for run in self._without_end():
            if run.folder / layout.RUN in self._records:
                self._take(run)
        return self._without_end()

    def _without_end(self) -> list[PlannedRun]:
        return [
            run
            for run in self._runs
            if run.folder not in self._finished and run.folder not in self.failures
        ]

    def _take(self, run: PlannedRun) -> None:
        """Take what another process has made, or a worker before it was killed, if it is right."""
        try:
            if is_finished(run.config, self._corpora.store(run.config).key):
                self._finished.add(run.folder)
        except OtherSettingsError as error:
            record_failure(run.folder, error)
            self.failures[run.folder] = str(error)

    def launch(self, runs: Sequence[PlannedRun]) -> None:
        """Train runs and note what became of each, with a log where it has left none itself.

        Raises:
            TerminatedWorkerError: The system has killed a worker.
        """
        logs = Changes(run.folder / layout.FAILURE for run in runs)
        for run, job in zip(runs, self._launch(runs), strict=True):
            # Its property would write to standard error.
            returned = job._return_value
            if job.status == JobStatus.FAILED:
                self.failures[run.folder] = _reason(returned)
                if run.folder / layout.FAILURE not in logs:
                    record_failure(run.folder, returned)
            elif returned is not False:  # left to another process
                self._finished.add(run.folder)

    def try_alone(self, run: PlannedRun) -> None:
        """Train a run whose worker was killed, with no other beside it."""
        try:
            self.launch([run])
        except TerminatedWorkerError:
            error = RunError(
                "the process that trained this run was killed by the system twice, the second time "
                "with no other beside it; perhaps it needs more memory than there is"
            )
            record_failure(run.folder, error)
            self.failures[run.folder] = str(error)

    def wait_for_others(self) -> None:
        """Wait while other processes train all that is left."""
        left = self.left()
        if left:
            run = "1 run is" if len(left) == 1 else f"{len(left)} runs are"
            log.warning(f"{run} being trained by another process; waiting")
        while left and all(is_claimed(layout.claim_file(run.config)) for run in left):
            time.sleep(_PAUSE_S)
            left = self.left()


def _reason(error: Exception) -> str:
    if isinstance(error, UserError):
        return str(error)
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"
