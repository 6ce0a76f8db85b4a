"""No word on the command line runs code that is not part of the package."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import hydra
import pytest
from hydra._internal import hydra as hydra_internal
from hydra._internal.config_loader_impl import ConfigLoaderImpl

from dysarthria_lightning.config.location import CONF_DIR

Give = Callable[..., str]


@pytest.mark.filterwarnings("ignore:Callback NoneType")
def test_the_trap_springs_where_nobody_looks(trap: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hydra instantiates whatever callback it is given, so the tests below test something."""
    monkeypatch.setattr(hydra_internal, "ConfigLoaderImpl", ConfigLoaderImpl)
    monkeypatch.setattr(
        sys, "argv", ["command", f"+hydra.callbacks.x={{_target_: os.mkdir, path: {trap}}}"]
    )
    hydra.main(version_base="1.3", config_path=CONF_DIR, config_name="config")(lambda _: None)()
    assert trap.is_dir()


MKDIR = "{{_target_: os.mkdir, path: {trap}}}"
HANDLERS = "hydra.job_logging.handlers"
REFUSED = "would run code that is not part of this package"


# What is refused of the words, every key of them, whatever stands beside it.
ATTACKS = {
    "classes": [
        ("launcher._target_", ["hydra.launcher._target_=os.mkdir"]),
        ("callbacks.sweep._target_", ["hydra.callbacks.sweep._target_=os.mkdir"]),
    ],
    "a sweep's class": [("sweeper._target_", ["hydra.sweeper._target_=os.mkdir", "-m"])],
    "a plugin's class": [
        (
            "launcher._target_",
            ["hydra.launcher._target_=hydra_plugins.hydra_submitit_launcher.SlurmLauncher"],
        ),
    ],
    "additions": [
        ("callbacks.x._target_", [f"+hydra.callbacks.x={MKDIR}"]),
        ("callbacks.sweep.x._target_", [f"+hydra.callbacks.sweep.x={MKDIR}"]),
        ("launcher.x._target_", [f"+hydra.launcher.x={MKDIR}"]),
        ("launcher.y.0.0._target_", [f"+hydra.launcher.y=[[{MKDIR}]]"]),
    ],
    "a model's key": [("model.x._target_", [f"++model.x={MKDIR}"])],
    "interpolations": [
        ("callbacks.x", [f"+x={MKDIR}", "+hydra.callbacks.x=${{x}}"]),
        (
            "callbacks.y._target_",
            ["tag=os.mkdir", "+hydra.callbacks.y={{_target_: '${{tag}}', path: {trap}}}"],
        ),
    ],
    "logging": [
        (
            "job_logging.handlers.x.class",
            [f"+{HANDLERS}.x={{{{class: os.mkdir, path: {{trap}}}}}}"],
        ),
        ("job_logging.handlers.console.class", [f"{HANDLERS}.console.class=subprocess.Popen"]),
        (
            "job_logging.handlers.console.stream",
            [f"{HANDLERS}.console.stream=ext://antigravity.x"],
        ),
        ("job.env_set", ["+hydra.job.env_set.LD_PRELOAD=/tmp/x.so"]),
    ],
    "a log's file": [("job_logging.handlers.file.class", ["hydra/job_logging=default"])],
    "words": [("overrides", ["hydra.overrides.task=[x]"])],
}


@pytest.mark.parametrize("kind", ATTACKS)
def test_an_override_runs_nothing(kind: str, trap: Path, give: Give) -> None:
    words = [word.format(trap=trap) for _, words in ATTACKS[kind] for word in words]
    said = give(*words)
    assert REFUSED in said
    refused = re.findall(r"^ +([\w.]+)", said, re.MULTILINE)
    for key, _ in ATTACKS[kind]:
        assert any(it.removeprefix("hydra.") == key for it in refused), said
    assert not trap.exists()


def test_folders_are_searched(trap: Path, give: Give) -> None:
    assert give(f"hydra.searchpath=['file://{trap.parent}',{trap.parent}]") == "checked"


@pytest.mark.parametrize("section", ["launcher", "sweeper"])
def test_a_launcher_and_a_sweeper_are_needed(section: str, give: Give) -> None:
    said = give(f"hydra.{section}=null")
    assert said == f"error: hydra.{section}: choose one, such as hydra/{section}=basic"


@pytest.mark.parametrize("word", ["hydra.callbacks.sweep=null", "~hydra.callbacks.sweep"])
def test_the_check_of_sweeps_cannot_be_taken_out(word: str, give: Give) -> None:
    assert "checks sweeps before they start" in give(word, "-m")


@pytest.mark.parametrize(
    "words",
    [
        ["fold=range(0,1000000000)"],
        ["seed=shuffle(range(0,1000000000))"],
        ["seed=range(0,1000)", "split_seed=range(0,101)"],
    ],
)
def test_a_sweep_without_bounds_is_refused(words: list[str], give: Give) -> None:
    assert "more than 100000 runs" in give("-m", *words)


def test_what_would_run_is_named(trap: Path, give: Give) -> None:
    said = give("+hydra.callbacks.x._target_=os.mkdir", "+hydra.job.env_set.A=b")
    assert REFUSED in said
    assert "hydra.callbacks.x._target_ = 'os.mkdir'" in said
    assert "hydra.job.env_set: set environment variables in the shell" in said


@pytest.mark.parametrize(
    "words",
    [
        ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"],
        ["hydra/launcher=slurm", "hydra.launcher.runs_at_once=2"],
        ["hydra/launcher=ray"],
        ["+experiment=table5", "hydra/job_logging=stdout", "hydra/hydra_logging=default"],
        ["hydra/job_logging=none", "hydra/hydra_logging=none"],
        [
            *("hydra.verbose=true", "hydra.job.name=mine", "hydra.run.dir=${outputs_dir}/logs"),
            *("hydra.sweep.subdir=${hydra.job.num}", "tag=${model.name}"),
        ],
        ["+hydra.launcher.setup=[module load cuda]", "hydra/launcher=basic"],
    ],
)
def test_what_hydra_and_its_plugins_bring_is_allowed(
    words: list[str], trap: Path, give: Give
) -> None:
    assert give(*words) == "checked"
