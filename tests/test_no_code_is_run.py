"""A configuration somebody else has written cannot run code, however it is smuggled in."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
import pytest
from hydra._internal import hydra as hydra_internal
from hydra._internal.config_loader_impl import ConfigLoaderImpl

from dysarthria_lightning.command import CONF_DIR, command, run_command
from dysarthria_lightning.config import Config, check_config
from dysarthria_lightning.errors import ConfigError


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that an attack makes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    return tmp_path / "sprung"


Give = Callable[..., str]


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Give:
    """Give words to a command that checks its configuration; return how it ended."""

    def give(*words: str) -> str:
        checked = []

        @command("config")
        def main(composed: Any) -> None:
            checked.append(check_config(composed))

        monkeypatch.setattr(sys, "argv", ["command", *words])
        try:
            run_command(main)
        except SystemExit as stop:
            return str(stop.code)
        assert checked
        return "checked"

    return give


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


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["hydra.launcher._target_=os.mkdir"], id="launcher"),
        pytest.param(["hydra.launcher._target_=os.system"], id="launcher shell"),
        pytest.param(["hydra.sweeper._target_=os.mkdir", "-m"], id="sweeper"),
        pytest.param(["hydra.callbacks.sweep._target_=os.mkdir"], id="our callback"),
        pytest.param([f"+hydra.callbacks.x={MKDIR}"], id="callback"),
        pytest.param([f"+hydra.callbacks.sweep.x={MKDIR}"], id="callback's argument"),
        pytest.param([f"+hydra.launcher.x={MKDIR}"], id="launcher's argument"),
        pytest.param([f"+hydra.launcher.x=[[{MKDIR}]]"], id="in lists"),
        pytest.param([f"+model={MKDIR}"], id="model"),
        pytest.param([f"++model.x={MKDIR}"], id="key of a model"),
        pytest.param(
            [f"+x={MKDIR}", "+hydra.callbacks.x=${{x}}"], id="callback that points elsewhere"
        ),
        pytest.param(
            ["tag=os.mkdir", "+hydra.callbacks.x={{_target_: '${{tag}}', path: {trap}}}"],
            id="class that points elsewhere",
        ),
        pytest.param(
            ["+hydra.callbacks.x=${{oc.create:{{_target_:os.mkdir,path:{trap}}}}}"], id="oc.create"
        ),
        pytest.param(
            ["'+hydra.callbacks.x=${{oc.decode:\"{{_target_: os.mkdir, path: {trap}}}\"}}'"],
            id="oc.decode",
        ),
        pytest.param(
            ["+hydra.callbacks.x=${{oc.select:nowhere,{{_target_:os.mkdir,path:{trap}}}}}"],
            id="oc.select",
        ),
        pytest.param([f"+{HANDLERS}.x={{{{class: os.mkdir, path: {{trap}}}}}}"], id="log handler"),
        pytest.param([f"+{HANDLERS}.x={{{{(): os.mkdir, path: {{trap}}}}}}"], id="log factory"),
        pytest.param([f"{HANDLERS}.console.class=subprocess.Popen"], id="log class"),
        pytest.param([f"{HANDLERS}.console.stream=ext://antigravity.x"], id="import"),
        pytest.param(["+hydra.job.env_set.LD_PRELOAD=/tmp/x.so"], id="environment"),
    ],
)
def test_an_override_runs_nothing(words: list[str], trap: Path, give: Give) -> None:
    said = give(*[word.format(trap=trap) for word in words])
    assert said.startswith("error: ")
    assert not trap.exists()


FILES = {
    "hydra/callbacks/sent.yaml": "x: {_target_: os.mkdir, path: TRAP}",
    "hydra/launcher/sent.yaml": "_target_: os.mkdir\npath: TRAP",
    "hydra/job_logging/sent.yaml": "version: 1\nroot: {handlers: [x]}\n"
    "handlers: {x: {(): os.mkdir, path: TRAP}}",
    "model/sent.yaml": "# @package _global_\nhydra: {callbacks: {x: {_target_: os.mkdir, "
    "path: TRAP}}}",
    "subset/sent.yaml": "name: !!python/object/apply:os.mkdir [TRAP]\nexclude: []",
    "protocol/sent.yaml": "# @package _global_\nhydra: {launcher: {setup: [mkdir TRAP]}}",
    "trainer/sent.yaml": "# @package _global_\nhydra: {job: {env_set: {PYTHONPATH: TRAP}}}",
    "features/sent.yaml": "name: ${x:}\n_target_: os.mkdir\npath: TRAP",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_somebody_sent_runs_nothing(name: str, trap: Path, give: Give) -> None:
    path = trap.parent / "sent" / name
    path.parent.mkdir(parents=True)
    path.write_text(FILES[name].replace("TRAP", str(trap)))
    group = Path(name).parent.as_posix()
    said = give(f"--config-dir={trap.parent / 'sent'}", f"{group}=sent")
    assert said.startswith("error: ")
    assert not trap.exists()


def test_what_would_run_is_named(trap: Path, give: Give) -> None:
    said = give("+hydra.callbacks.x._target_=os.mkdir", "+hydra.job.env_set.A=b")
    assert "would run code that is not part of this package" in said
    assert "hydra.callbacks.x._target_ = 'os.mkdir'" in said
    assert "hydra.job.env_set: set environment variables in the shell" in said


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["hydra/launcher=basic"],
        ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"],
        ["hydra/job_logging=default", "hydra/hydra_logging=default"],
        ["hydra/job_logging=none", "hydra/hydra_logging=none"],
        ["hydra.verbose=true", "hydra.job.name=mine", "hydra.run.dir=${outputs_dir}/logs"],
        ["+hydra.launcher.setup=[module load cuda]", "hydra/launcher=basic"],
    ],
)
def test_what_hydra_and_its_plugins_bring_is_allowed(
    words: list[str], trap: Path, give: Give
) -> None:
    assert give(*words) == "checked"


@pytest.mark.slow
def test_a_sweep_s_workers_check_too(trap: Path) -> None:
    """The file is chosen by a parameter of the sweep, so that workers alone compose it."""
    group = trap.parent / "sent/model"
    group.mkdir(parents=True)
    (group / "sent.yaml").write_text(FILES["model/sent.yaml"].replace("TRAP", str(trap)))
    sweep = trap.parent / "sent/sweep/mine.yaml"
    sweep.parent.mkdir()
    sweep.write_text("# @package _global_\nhydra: {sweeper: {params: {model: sent}}}")
    words = [f"--config-dir={group.parent}", "-m", "+sweep=mine"]
    printed = subprocess.run(
        [sys.executable, "-m", "dysarthria_lightning.report", *words],
        cwd=trap.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert printed.returncode == 1
    assert "would run code" in printed.stderr
    assert not trap.exists()


@pytest.mark.parametrize("key", ["tag", "data.name", "model.name", "subset.name"])
@pytest.mark.parametrize("name", ["../x", "/x", "a/b", "..", ".x", "a\\b", "a\nb", "-x", " "])
def test_no_name_leads_out_of_the_outputs(
    key: str, name: str, make_config: Callable[..., Config]
) -> None:
    config = make_config("data=manifest", "data.manifest=x.csv")
    values = config.model_dump()
    section = values
    *sections, last = key.split(".")
    for part in sections:
        section = section[part]
    section[last] = name
    with pytest.raises(ConfigError):
        check_config_values(values)


def check_config_values(values: dict[str, Any]) -> None:
    from omegaconf import OmegaConf

    check_config(OmegaConf.create(values))
