"""Hydra's launcher for Slurm, through submitit."""

import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from dysarthria_lightning.config import SlurmSettings, check_launcher
from dysarthria_lightning.errors import ConfigError, RunError, UserError
from dysarthria_lightning.launchers.pack import Pack
from dysarthria_lightning.launchers.worker import Sweep, failed_run

log = logging.getLogger(__name__)

# Between two looks at the queue: soon after the start, later at most so long.
_PAUSE_S = 10.0
# What a node has written can take so long to be seen here.
_DISK_LAG_S = 10.0


class SlurmLauncher(Launcher):
    """Queues packs of runs as one array of jobs, and waits until all have left the queue."""

    def __init__(self, **settings: Any) -> None:
        """Make it; Hydra gives the settings, and :meth:`setup` checks them."""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Take what Hydra gives its launchers.

        Raises:
            ConfigError: A key is wrong.
        """
        self.settings = check_launcher(SlurmSettings, config.hydra.launcher)
        self.folder = Path(config.hydra.sweep.dir).absolute() / "slurm"
        # It is written into a script of shell, where a second line would be a command.
        if any(character < " " for character in str(self.folder)):
            raise ConfigError(f"Slurm cannot write its logs to {str(self.folder)!r}")
        self.sweep = Sweep.capture(hydra_context, config, task_function)

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Train runs, each given by its overrides.

        Raises:
            UserError: Slurm does not take the jobs.
        """
        folder = _make_folder(self.folder)
        packs = self._make_packs(job_overrides, initial_job_idx, folder)
        job = self._submit(packs, folder)
        log.warning(
            f"Slurm job {job}: {len(packs)} of up to {self.settings.runs_per_job} runs each; "
            f"logs in {os.path.relpath(folder)}"
        )
        try:
            _wait_for(job)
        except KeyboardInterrupt:
            log.warning(f"Slurm job {job} goes on without this command; scancel {job} ends it")
            raise
        returned = _gather(packs)
        lost = RunError(
            f"Slurm job {job} was cancelled, ran into its limits, or failed before this run had "
            f"ended; its logs are in {folder}. The same command goes on"
        )
        return [
            returned.get(number) or failed_run(overrides, lost)
            for number, overrides in enumerate(job_overrides, initial_job_idx)
        ]

    def _make_packs(
        self, job_overrides: Sequence[Sequence[str]], first: int, folder: Path
    ) -> list[Pack]:
        numbered = list(enumerate(map(list, job_overrides), first))
        size = self.settings.runs_per_job
        return [
            Pack(
                self.sweep,
                dict(numbered[start : start + size]),
                self.settings.runs_at_once,
                folder / f"runs{first + start}.pkl",
            )
            for start in range(0, len(numbered), size)
        ]

    def _submit(self, packs: list[Pack], folder: Path) -> str:
        """Queue one job per pack; return the number of their array."""
        from submitit import SlurmExecutor
        from submitit.core.utils import FailedJobError

        wanted = self.settings
        asked = {
            "partition": wanted.partition,
            "account": wanted.account,
            "gpus_per_node": wanted.gpus_per_job or None,
            "mem": None if wanted.mem_gb is None else f"{round(1024 * wanted.mem_gb)}M",
            "setup": wanted.setup or None,
        }
        executor = SlurmExecutor(folder, max_num_timeout=wanted.requeues)
        try:
            executor.update_parameters(
                job_name="dysarthria",
                nodes=1,
                ntasks_per_node=1,
                cpus_per_task=wanted.cpus_per_job,
                # Since Slurm 22.05 srun does not take this over from sbatch.
                srun_args=[f"--cpus-per-task={wanted.cpus_per_job}"],
                time=wanted.time_limit_min,
                signal_delay_s=wanted.stop_before_limit_s,
                array_parallelism=wanted.jobs_at_once,
                additional_parameters={"requeue": True, **wanted.options},
                **{key: value for key, value in asked.items() if value is not None},
            )
            jobs = executor.submit_array(packs)
        except FailedJobError as refused:
            raise UserError(f"Slurm does not take the jobs: {refused}") from None
        return jobs[0].job_id.split("_")[0]


def _make_folder(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=time.strftime("%Y-%m-%d_%H-%M-%S_"), dir=parent))


def _wait_for(job: str) -> None:
    """Wait until no part of a job is queued or runs."""
    begun = time.monotonic()
    while _is_queued(job):
        time.sleep(min(_PAUSE_S, 1 + (time.monotonic() - begun) / 20))


def _is_queued(job: str) -> bool:
    # Not sacct, which needs a database that small clusters do not have.
    command = ["squeue", "--noheader", f"--user={os.getuid()}", "--format=%A %F"]
    queue = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if queue.returncode:
        log.warning(f"squeue: {queue.stderr.strip()}; trying again")
        return True
    return job in queue.stdout.split()


def _gather(packs: list[Pack]) -> dict[int, JobReturn]:
    """Read what became of the runs, by their numbers."""
    until = time.monotonic() + _DISK_LAG_S
    while True:
        ended = {number: run for pack in packs for number, run in pack.ended().items()}
        if len(ended) == sum(len(pack.runs) for pack in packs) or time.monotonic() > until:
            return ended
        time.sleep(1)
