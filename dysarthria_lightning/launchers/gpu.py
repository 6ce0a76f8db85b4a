"""How many runs of a sweep train on this machine's GPU at once."""

import logging
import os
import shutil
import subprocess
from collections.abc import Sequence

from joblib import cpu_count
from omegaconf import DictConfig, open_dict, read_write

from dysarthria_lightning.config import Config
from dysarthria_lightning.models.base import NetworkSection

log = logging.getLogger(__name__)

# A run's own share is small; the driver's and the libraries' is most of it.
_MIB_PER_RUN = 1536

# A driver that has not answered by then does not.
_PATIENCE_S = 20


def share_gpu(launcher: DictConfig, runs: Sequence[Config]) -> None:
    """Have a launcher of this machine train as many runs at once as its GPU has room for.

    Args:
        launcher: The node ``hydra.launcher``. A number of runs that the user has chosen stays.
        runs: What is to be trained.
    """
    networks = [run for run in runs if isinstance(run.model, NetworkSection)]
    if launcher.get("n_jobs") != -1 or all(run.trainer.accelerator == "cpu" for run in networks):
        return
    n_runs = count_runs_at_once()
    if n_runs is not None:
        with read_write(launcher), open_dict(launcher):
            launcher.n_jobs = n_runs
        log.warning(
            f"on the GPU, runs at once: {n_runs}; hydra.launcher.n_jobs=… sets another number"
        )


def count_runs_at_once() -> int | None:
    """Count the runs that the first GPU has room for, one per core at most.

    Each run keeps a core busy, and a small network leaves most of a GPU idle, so runs share it.

    Returns:
        At least 1; None where there is no GPU, or none that says how much memory is free.
    """
    free = _free_mib()
    return None if free is None else max(1, min(cpu_count(), free // _MIB_PER_RUN))


def _free_mib() -> int | None:
    """Ask the driver's own program: torch takes seconds to import, and memory of the GPU."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
    if not visible or visible == "-1" or shutil.which("nvidia-smi") is None:
        return None
    query = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        asked = subprocess.run(
            [*query, f"--id={visible}"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return None
    first = asked.stdout.strip().split("\n")[0]
    return int(first) if asked.returncode == 0 and first.isdigit() else None
