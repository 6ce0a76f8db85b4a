"""A launcher that cannot be used is explained before anything is prepared for it."""

import importlib.util
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from dysarthria_lightning import train
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.launchers.choice import prepare_launcher
from dysarthria_lightning.launchers.slurm import SlurmLauncher


def launcher(*overrides: str) -> DictConfig:
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        composed = compose("config", list(overrides), return_hydra_config=True)
    chosen: DictConfig = composed.hydra.launcher
    return chosen


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has all that launchers need."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


@pytest.mark.parametrize(("name", "package"), [("slurm", "submitit"), ("ray", "ray")])
def test_a_missing_extra_is_named(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch, everything: None
) -> None:
    found = importlib.util.find_spec

    def find_all_but(wanted: str) -> Any:
        return None if wanted == package else found(wanted)

    monkeypatch.setattr(importlib.util, "find_spec", find_all_but)
    with pytest.raises(ConfigError, match=rf"pip install 'dysarthria-lightning\[{name}\]'"):
        prepare_launcher(launcher(f"hydra/launcher={name}"))


def test_a_machine_without_slurm_is_refused(
    monkeypatch: pytest.MonkeyPatch, everything: None
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ConfigError, match="needs sbatch, which is not on this machine"):
        prepare_launcher(launcher("hydra/launcher=slurm"))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["hydra.launcher.runs_per_job=0"],
            r"launcher\.runs_per_job = 0: .* greater than 0",
        ),
        (["hydra.launcher.time_limit_min=1"], "leaves nothing of time_limit_min=1"),
        (["hydra.launcher.runs_at_once=two"], r"hydra\.launcher\.runs_at_once = 'two'"),
        (['hydra.launcher.partition="a b"'], r"launcher\.partition = .*pattern"),
        (['hydra.launcher.account="-a b"'], r"launcher\.account = .*pattern"),
        (['+hydra.launcher.options.qos="a\ttouch x"'], r"options\.qos = .*: true, a number or"),
        (["+hydra.launcher.options.exclusive=false"], r"options\.exclusive = False: true, a nu"),
        (["+hydra.launcher.options={q x: 1}"], "options.'q x' is no name of an option"),
    ],
)
def test_wrong_values_are_refused(overrides: list[str], message: str, everything: None) -> None:
    with pytest.raises(ConfigError, match=message):
        prepare_launcher(launcher("hydra/launcher=slurm", *overrides))


def test_a_folder_of_several_lines_is_refused(everything: None) -> None:
    """Sbatch would take the second for a command."""
    asked = {"launcher": launcher("hydra/launcher=slurm"), "sweep": {"dir": "x\nmkdir y"}}
    slurm: Any = SlurmLauncher()
    with pytest.raises(ConfigError, match="cannot write its logs"):
        slurm.setup(
            hydra_context=None, task_function=None, config=OmegaConf.create({"hydra": asked})
        )


@pytest.mark.parametrize("port", [None, 70_000])
def test_a_ray_cluster_that_does_not_answer_is_said(port: int | None, everything: None) -> None:
    with socket.socket() as bound:  # but not listening
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{port or bound.getsockname()[1]}"
        with pytest.raises(
            ConfigError, match=f"no Ray cluster at hydra.launcher.address={address}"
        ):
            prepare_launcher(launcher("hydra/launcher=ray", f"hydra.launcher.address={address}"))


def test_cores_follow_the_runs_at_once(everything: None) -> None:
    asked = launcher("hydra/launcher=slurm", "hydra.launcher.runs_at_once=4")
    assert asked.cpus_per_job == 4


def test_sbatch_takes_options_that_the_file_does_not_name(everything: None) -> None:
    options = "+hydra.launcher.options={qos: low, exclusive: true, nice: 10, mail-type: END}"
    names = ["hydra.launcher.partition=gpu-a100", "hydra.launcher.account=lab_7@b"]
    prepare_launcher(launcher("hydra/launcher=slurm", options, *names))


def test_logs_go_to_no_folder_that_would_be_a_command() -> None:
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        words = ["hydra/launcher=slurm", 'hydra.sweep.dir="a\ntouch x\n"']
        config = compose("config", words, return_hydra_config=True)
    with pytest.raises(ConfigError, match="cannot write its logs to"):
        SlurmLauncher().setup(hydra_context=None, task_function=None, config=config)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["hydra/launcher=slurm"], "hydra/launcher=slurm is for sweeps; add -m, even for one run"),
        (
            ["hydra/launcher=slurm", "hydra.launcher.partitoin=gpu", "-m"],
            "hydra.launcher.partitoin: there is no such key. Did you mean partition?",
        ),
    ],
)
def test_commands_that_do_not_mean_a_cluster_are_refused(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train", *words])
    with pytest.raises(SystemExit) as stop:
        run_command(train.main)
    assert message in str(stop.value.code)
