"""Train what is not finished yet through Hydra's launcher, come what may to single runs."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hydra._internal.callbacks import Callbacks
from hydra.core.config_loader import ConfigLoader
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.types import HydraContext, RunMode
from joblib.externals.loky.process_executor import TerminatedWorkerError
from omegaconf import DictConfig

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.files.locks import is_claimed
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import record_failure
from dysarthria_lightning.sweeps.plan import PlannedRun
from dysarthria_lightning.sweeps.watcher import FILE_CLOCK_LAG_S, modified

log = logging.getLogger(__name__)

# Between two looks at runs that other processes train.
_PAUSE_S = 2.0

# Workers that the system kills before they have begun a run are started again this often.
_ATTEMPTS = 3

Train = Callable[[DictConfig], Any]
Launch = Callable[[Sequence[PlannedRun]], Sequence[JobReturn]]


def make_launch(loader: ConfigLoader, hydra_overrides: list[str], train: Train) -> Launch:
    """Make a function that trains runs through the chosen launcher, many at a time.

    Args:
        loader: Hydra's.
        hydra_overrides: The ``hydra.…`` part of the command line.
        train: Trains one run, given its configuration.
    """

    def launch(pending: Sequence[PlannedRun]) -> Sequence[JobReturn]:
        # As in any sweep: jobs show no progress bar of their own.
        words = [*hydra_overrides, "hydra.mode=MULTIRUN", *pending[0].overrides]
        master = loader.load_configuration("config", words, RunMode.MULTIRUN)
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=HydraContext(config_loader=loader, callbacks=Callbacks()),
            task_function=train,
            config=master,
        )
        return launcher.launch([list(run.overrides) for run in pending], initial_job_idx=0)

    return launch


def train_runs(pending: Sequence[PlannedRun], launch: Launch) -> set[Path]:
    """Train runs; one that fails does not stop the others.

    Runs that another process is training are waited for, and taken over should it die. Where the
    system kills a worker, the runs that were under way are tried again one at a time, so that the
    one that needs too much is found and the others go on.

    Args:
        pending: The runs.
        launch: Trains some of them, as :func:`make_launch` makes it.

    Returns:
        The folders of those that failed; each holds a log.

    Raises:
        RunError: Workers were killed again and again before they had begun a run.
    """
    before = {run.folder: modified(run.folder / layout.RUN) for run in pending}
    failed: set[Path] = set()
    attempts = 0
    while pending := [run for run in pending if _is_left(run, before, failed)]:
        started = time.time() - FILE_CLOCK_LAG_S
        try:
            _note_failures(pending, launch(pending), started, failed)
        except TerminatedWorkerError:
            under_way = [
                run
                for run in pending
                if _is_left(run, before, failed) and modified(run.folder / "config.yaml") >= started
            ]
            attempts += 1
            if not under_way and attempts == _ATTEMPTS:
                raise RunError(
                    "worker processes are killed by the system as they start, perhaps for want of "
                    "memory; try hydra.launcher.n_jobs=1. The same command goes on"
                ) from None
            for run in under_way:
                _try_alone(run, launch, failed)
            continue
        _wait_for_others([run for run in pending if _is_left(run, before, failed)], before)
    return failed


def _is_left(run: PlannedRun, before: dict[Path, float], failed: set[Path]) -> bool:
    """Whether a run is neither finished since nor failed."""
    folder = run.folder
    return folder not in failed and modified(folder / layout.RUN) <= before[folder]


def _try_alone(run: PlannedRun, launch: Launch, failed: set[Path]) -> None:
    started = time.time() - FILE_CLOCK_LAG_S
    try:
        _note_failures([run], launch([run]), started, failed)
    except TerminatedWorkerError:
        error = RunError(
            "the process that trained this run was killed by the system twice, the second time "
            "with no other beside it; perhaps it needs more memory than there is"
        )
        record_failure(run.folder, error)
        failed.add(run.folder)


def _note_failures(
    launched: Sequence[PlannedRun], returned: Sequence[JobReturn], started: float, failed: set[Path]
) -> None:
    """Remember which runs failed, and write the log of those that could not do so themselves."""
    for run, job in zip(launched, returned, strict=True):
        if job.status == JobStatus.FAILED:
            failed.add(run.folder)
            if modified(run.folder / layout.FAILURE) < started:
                try:
                    _ = job.return_value
                except Exception as error:
                    record_failure(run.folder, error)


def _wait_for_others(left: list[PlannedRun], before: dict[Path, float]) -> None:
    """Wait while other processes train all that is left."""
    if left:
        log.warning(f"{len(left)} runs are being trained by another process; waiting for them")
    while left and all(is_claimed(layout.claim_file(run.config)) for run in left):
        time.sleep(_PAUSE_S)
        left = [run for run in left if _is_left(run, before, set())]
