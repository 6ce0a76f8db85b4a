"""Train what is not finished yet through Hydra's launcher, come what may to single runs."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from hydra._internal.callbacks import Callbacks
from hydra.core.config_loader import ConfigLoader
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.types import HydraContext, RunMode
from joblib.externals.loky.process_executor import TerminatedWorkerError
from omegaconf import DictConfig

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.reproduction.plan import PlannedRun
from dysarthria_lightning.training import runs

# Between two looks at runs that other processes train.
_PAUSE_S = 5.0

# Worker processes killed by the system (out of memory) are started again this often.
_ATTEMPTS = 3

Train = Callable[[DictConfig], Any]


def train_runs(
    pending: list[PlannedRun], loader: ConfigLoader, hydra_overrides: list[str], train: Train
) -> None:
    """Train runs; one that fails does not stop the others.

    Runs that another process is training are waited for, and taken over should it die.

    Args:
        pending: The runs.
        loader: Hydra's.
        hydra_overrides: The ``hydra.…`` part of the command line.
        train: Trains one run, given its configuration.

    Raises:
        RunError: Worker processes were killed again and again.
    """
    killed = 0
    while pending:
        try:
            returned = _launch(pending, loader, hydra_overrides, train)
        except TerminatedWorkerError:
            killed += 1
            if killed == _ATTEMPTS:
                raise RunError(
                    "worker processes were killed by the system, perhaps for want of memory; try "
                    "fewer at once with hydra.launcher.n_jobs=1. The same command goes on"
                ) from None
            pending = [run for run in pending if not (run.folder / runs.RUN).exists()]
            continue
        left_to_others = []
        for run, job in zip(pending, returned, strict=True):
            if job.status == JobStatus.FAILED:
                _keep_log(run, job)
            elif not (run.folder / runs.RUN).exists():
                left_to_others.append(run)
        pending = left_to_others
        if pending:
            time.sleep(_PAUSE_S)


def _launch(
    pending: list[PlannedRun], loader: ConfigLoader, hydra_overrides: list[str], train: Train
) -> Sequence[JobReturn]:
    # As in any sweep: jobs show no progress bar of their own.
    words = [*hydra_overrides, "hydra.mode=MULTIRUN", *pending[0].overrides]
    master = loader.load_configuration("config", words, RunMode.MULTIRUN)
    launcher = Plugins.instance().instantiate_launcher(
        hydra_context=HydraContext(config_loader=loader, callbacks=Callbacks()),
        task_function=train,
        config=master,
    )
    return launcher.launch([list(run.overrides) for run in pending], initial_job_idx=0)


def _keep_log(run: PlannedRun, job: JobReturn) -> None:
    """Write the log of a run that failed before it could write one itself."""
    if not (run.folder / runs.FAILURE).exists():
        try:
            _ = job.return_value
        except Exception as error:
            runs.record_failure(run.folder, error)
