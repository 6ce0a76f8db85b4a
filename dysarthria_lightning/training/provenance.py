"""Where and with what a run was made."""

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import torch


def describe_environment(device: torch.device) -> dict[str, Any]:
    """Describe the machine and the versions that a run depends on.

    Args:
        device: Where the network ran.
    """
    on_gpu = device.type == "cuda"
    return {
        "host": platform.node(),
        "system": platform.platform(),
        "processor": processor_name(),
        "cpus": os.cpu_count(),
        "device": torch.cuda.get_device_name(device) if on_gpu else str(device),
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "lightning": metadata.version("pytorch-lightning"),
        "torchaudio": metadata.version("torchaudio"),
        "hydra": metadata.version("hydra-core"),
        "numpy": metadata.version("numpy"),
        "sklearn": metadata.version("scikit-learn"),
        "git_commit": git_commit(),
    }


def processor_name() -> str:
    """Return the processor's name as its maker gives it, or as much as the system says."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def git_commit() -> str | None:
    """Return the commit of the checkout this package runs from, None outside one."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    try:
        described = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return described.stdout.strip()
