"""Hydra's launcher for Ray."""

import logging
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
    """Gives a cluster one task per run, and waits until all have ended."""

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
            UserError: There is no such cluster.
        """
        import ray

        connect(self.settings.address)
        try:
            _describe_cluster(self.settings)
            return self._train(list(map(list, job_overrides)), initial_job_idx)
        finally:
            ray.shutdown()

    def _train(self, job_overrides: list[list[str]], first: int) -> list[JobReturn]:
        import ray

        wanted = self.settings
        train = ray.remote(train_one).options(
            num_cpus=wanted.cpus_per_run,
            num_gpus=wanted.gpus_per_run,
            memory=None if wanted.mem_gb_per_run is None else round(wanted.mem_gb_per_run * 2**30),
            max_retries=wanted.retries,
        )
        sweep = ray.put(self.sweep)
        waiting = list(range(len(job_overrides)))
        at_once = wanted.runs_at_once or len(waiting)
        training: dict[Any, int] = {}
        returned: dict[int, JobReturn] = {}
        while waiting or training:
            while waiting and len(training) < at_once:
                number = waiting.pop(0)
                training[train.remote(sweep, first + number, job_overrides[number])] = number
            (task, *_), _ = ray.wait(list(training))
            number = training.pop(task)
            returned[number] = _result(task, job_overrides[number])
        return [returned[number] for number in range(len(job_overrides))]


def connect(address: str | None) -> None:
    """Become part of a cluster.

    Args:
        address: ``hydra.launcher.address``.

    Raises:
        UserError: There is no such cluster.
    """
    import ray

    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.WARNING)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UserError(f"no Ray cluster at hydra.launcher.address={address}: {error}") from None


def _describe_cluster(wanted: RaySettings) -> None:
    """Say what there is, and that runs will wait where no machine is large enough for one."""
    import ray

    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    cores, gpus = (sum(has.get(kind, 0) for has in machines) for kind in ("CPU", "GPU"))
    log.warning(
        f"Ray cluster of {len(machines)} machine{'' if len(machines) == 1 else 's'}: "
        f"{cores:g} cores, {gpus:g} GPUs"
    )
    needed = {
        "CPU": wanted.cpus_per_run,
        "GPU": wanted.gpus_per_run,
        "memory": (wanted.mem_gb_per_run or 0) * 2**30,
    }
    if not any(all(has.get(kind, 0) >= much for kind, much in needed.items()) for has in machines):
        log.warning("None of them is large enough for a run as set; waiting for one that joins")


def _result(task: Any, overrides: Sequence[str]) -> JobReturn:
    import ray

    try:
        returned: JobReturn = ray.get(task)
    except ray.exceptions.RayTaskError as error:
        return failed_run(overrides, error)
    except ray.exceptions.RayError as error:
        lost = RunError(f"Ray lost this run again and again; the same command goes on: {error}")
        return failed_run(overrides, lost)
    return returned
