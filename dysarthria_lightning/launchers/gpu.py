"""How many runs of a sweep train on this machine's GPU at once."""

import os
import shutil
import subprocess
from collections.abc import Iterable

from omegaconf import DictConfig, open_dict, read_write

# A run's own share is small; the driver's and the libraries' is most of it.
_MIB_PER_RUN = 1536


def share_gpu(launcher: DictConfig, accelerators: Iterable[str]) -> None:
    """Have a launcher of this machine train as many runs at once as its GPU has room for.

    Args:
        launcher: The node ``hydra.launcher``. A number of runs that the user has chosen stays.
        accelerators: ``trainer.accelerator`` of the runs.
    """
    if launcher.get("n_jobs") != -1 or all(asked == "cpu" for asked in accelerators):
        return
    n_runs = count_runs_at_once()
    if n_runs is not None:
        with read_write(launcher), open_dict(launcher):
            launcher.n_jobs = n_runs


def count_runs_at_once() -> int | None:
    """Count the runs that the first GPU has room for, one per core at most.

    Each run keeps a core busy, and a small network leaves most of a GPU idle, so runs share it.

    Returns:
        At least 1; None where there is no GPU.
    """
    free = _free_mib()
    if free is None:
        return None
    return max(1, min(len(os.sched_getaffinity(0)), free // _MIB_PER_RUN))


def _free_mib() -> int | None:
    """Ask the driver's own program: torch takes seconds to import, and memory of the GPU."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
    if not visible or visible == "-1" or shutil.which("nvidia-smi") is None:
        return None
    query = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    asked = subprocess.run(
        [*query, f"--id={visible}"],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    first = asked.stdout.strip().split("\n")[0]
    return int(first) if asked.returncode == 0 and first.isdigit() else None
