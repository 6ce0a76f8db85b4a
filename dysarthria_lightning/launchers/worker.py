"""One run of a sweep in a worker process, on whichever machine of the cluster it has started."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, run_job, setup_globals
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

from dysarthria_lightning.files.locks import EXPIRY_S, HEARTBEAT_S

# Between two looks at a run that somebody else has claimed.
_PAUSE_S = 5.0


@dataclass(frozen=True)
class Sweep:
    """What the runs of a sweep have in common; goes to the workers.

    Attributes:
        context: Hydra's.
        config: The sweep's configuration, with its ``hydra`` node.
        task: Trains one run, given its configuration; returns False where it has left the run to
            another process.
        singletons: Hydra's global objects.
        working_dir: Where relative paths start; all machines see it.
    """

    context: HydraContext
    config: DictConfig
    task: TaskFunction
    singletons: dict[Any, Any]
    working_dir: Path

    @classmethod
    def capture(cls, context: HydraContext, config: DictConfig, task: TaskFunction) -> "Sweep":
        """Gather what this process knows of the sweep it starts."""
        return cls(context, config, task, Singleton.get_state(), Path.cwd())


def dead_claims_expire() -> float:
    """Return the time, on this machine's clock, when claims of processes dead now have expired."""
    return time.time() + EXPIRY_S + HEARTBEAT_S


def train_one(
    sweep: Sweep, number: int, overrides: Sequence[str], patient_until: float | None = None
) -> JobReturn:
    """Train one run.

    A run claimed by a worker that lives is left to it. That of a worker that died with its
    machine, perhaps this job's own before it was queued again, looks the same until it expires.

    Args:
        sweep: The sweep.
        number: The run's, for Hydra.
        overrides: The run's.
        patient_until: When everything that was dead as the job began has expired; None: the job
            begins now.

    Returns:
        What Hydra returns of a job, whose value is False where the run was left to another.
    """
    if patient_until is None:
        patient_until = dead_claims_expire()
    while True:
        is_last = time.time() >= patient_until
        returned = _run(sweep, number, overrides)
        was_left = returned.status == JobStatus.COMPLETED and returned.return_value is False
        if is_last or not was_left:
            return returned
        time.sleep(_PAUSE_S)


def failed_run(overrides: Sequence[str], error: Exception) -> JobReturn:
    """Make what a launcher returns of a run that could not report itself."""
    returned = JobReturn(overrides=list(overrides), status=JobStatus.FAILED)
    returned.return_value = error
    return returned


def _run(sweep: Sweep, number: int, overrides: Sequence[str]) -> JobReturn:
    os.chdir(sweep.working_dir)
    setup_globals()
    Singleton.set_state(sweep.singletons)
    config = sweep.context.config_loader.load_sweep_config(sweep.config, list(overrides))
    with open_dict(config):
        config.hydra.job.id = f"{config.hydra.job.name}_{number}"
        config.hydra.job.num = number
    HydraConfig.instance().set_config(config)
    returned = run_job(
        hydra_context=sweep.context,
        config=config,
        task_function=sweep.task,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
    # Configurations cannot be pickled once Hydra has looked for its plug-ins a second time.
    return replace(returned, cfg=None, hydra_cfg=None)
