"""Hydra's launcher for Ray."""

import logging
import os
from collections.abc import Sequence
from typing import Any

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from dysarthria_lightning.config import RaySettings, check_launcher
from dysarthria_lightning.errors import RunError, UserError
from dysarthria_lightning.launchers.worker import Sweep, failed_run, train_one

log = logging.getLogger(__name__)


class RayLauncher(Launcher):
    """Gives a cluster one task a run, and waits until all have ended."""

    def __init__(self, **settings: Any) -> None:
        """Make it; Hydra gives the settings, and :meth:`setup` checks them."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Take what Hydra gives its launchers."""
        self.settings = check_launcher(RaySettings, config.hydra.launcher)
        self.sweep = Sweep.capture(hydra_context, config, task_function)

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Train runs, each given by its overrides.

        Raises:
            UserError: There is no such cluster, or no machine of it is large enough.
        """
        import ray

        self._connect()
        wanted = self.settings
        train = ray.remote(train_one).options(
            num_cpus=wanted.cpus_per_run,
            num_gpus=wanted.gpus_per_run or None,
            memory=None if wanted.mem_gb_per_run is None else round(wanted.mem_gb_per_run * 2**30),
            max_retries=wanted.retries,
        )
        sweep = ray.put(self.sweep)
        waiting = list(enumerate(map(list, job_overrides)))[::-1]
        at_once = wanted.runs_at_once or len(waiting)
        training: dict[Any, tuple[int, list[str]]] = {}
        returned: dict[int, JobReturn] = {}
        while waiting or training:
            while waiting and len(training) < at_once:
                number, overrides = waiting.pop()
                task = train.remote(sweep, initial_job_idx + number, overrides)
                training[task] = (number, overrides)
            (ended, *_), _ = ray.wait(list(training))
            number, overrides = training.pop(ended)
            returned[number] = _result(ended, overrides)
        return [returned[number] for number in sorted(returned)]

    def _connect(self) -> None:
        import ray

        # Ray would leave a task without GPUs the sight of all of them.
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            ray.init(
                address=self.settings.address or "local",
                ignore_reinit_error=True,
                include_dashboard=False if self.settings.address is None else None,
                log_to_driver=False,
                logging_level=logging.WARNING,
            )
        except ConnectionError as error:
            raise UserError(
                f"no Ray cluster at hydra.launcher.address={self.settings.address}: {error}"
            ) from None


def _result(task: Any, overrides: Sequence[str]) -> JobReturn:
    import ray

    try:
        returned: JobReturn = ray.get(task)
    except ray.exceptions.RayError as error:
        lost = RunError(f"Ray has lost this run again and again: {error}. The same command goes on")
        return failed_run(overrides, lost)
    return returned
