"""A sweep on a GPU trains as many runs at once as there are cores and memory for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from dysarthria_lightning.config import Config
from dysarthria_lightning.launchers import gpu
from dysarthria_lightning.launchers.gpu import count_runs_at_once, share_gpu

Driver = Callable[[str], None]


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """Install a driver's program that answers as told, and notes what it was asked."""
    monkeypatch.setattr(gpu, "cpu_count", lambda: 16)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def install(script: str) -> None:
        program = tmp_path / "nvidia-smi"
        program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n{script}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return install


@pytest.mark.parametrize(("free_mib", "n_runs"), [(79_000, 16), (10_000, 6), (1_536, 1), (300, 1)])
def test_cores_and_memory_bound_the_number(free_mib: int, n_runs: int, driver: Driver) -> None:
    driver(f"echo {free_mib}")
    assert count_runs_at_once() == n_runs


def test_the_visible_gpu_is_asked(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver("echo 79000")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,1")
    count_runs_at_once()
    assert (tmp_path / "asked").read_text().endswith("--id=3\n")


@pytest.mark.parametrize(
    "script", ["exit 9", "exec sleep 30", "echo No devices were found", "echo '[N/A]'"]
)
def test_without_a_gpu_there_is_no_number(
    script: str, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "_PATIENCE_S", 0.2)
    driver(script)
    assert count_runs_at_once() is None


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_nor_with_one_that_is_hidden(
    hidden: str, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver("echo 79000")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert count_runs_at_once() is None


@pytest.mark.parametrize(
    ("n_jobs", "settings", "n_runs"),
    [
        (-1, [["trainer.accelerator=auto"]], 6),
        (-1, [["trainer.accelerator=cpu"], ["trainer.accelerator=gpu"]], 6),
        (-1, [["trainer.accelerator=cpu"]], -1),
        (-1, [["model=functionals"]], -1),
        (4, [["trainer.accelerator=gpu"]], 4),
    ],
)
def test_only_networks_share_it_and_what_the_user_has_chosen_stays(
    n_jobs: int,
    settings: list[list[str]],
    n_runs: int,
    driver: Driver,
    make_config: Callable[..., Config],
) -> None:
    driver("echo 10000")
    launcher = OmegaConf.create({"n_jobs": n_jobs})
    OmegaConf.set_readonly(launcher, True)
    share_gpu(launcher, [make_config(*words) for words in settings])
    assert launcher.n_jobs == n_runs


def test_launchers_of_clusters_are_left_alone(
    driver: Driver, make_config: Callable[..., Config]
) -> None:
    driver("echo 10000")
    launcher = OmegaConf.create({"runs_per_job": 4})
    share_gpu(launcher, [make_config("trainer.accelerator=gpu")])
    assert launcher == {"runs_per_job": 4}
