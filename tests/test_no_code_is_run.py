"""A configuration somebody else has written cannot run code, however it is smuggled in."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
import pytest
from hydra._internal import hydra as hydra_internal
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from omegaconf import OmegaConf

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
REFUSED = "would run code that is not part of this package"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param("launcher._target_", ["hydra.launcher._target_=os.mkdir"], id="launcher"),
        pytest.param("launcher._target_", ["hydra.launcher._target_=os.system"], id="shell"),
        pytest.param(
            "launcher._target_",
            ["hydra.launcher._target_=hydra_plugins.hydra_submitit_launcher.SlurmLauncher"],
            id="another plugin",
        ),
        pytest.param("sweeper._target_", ["hydra.sweeper._target_=os.mkdir", "-m"], id="sweeper"),
        pytest.param(
            "callbacks.sweep._target_", ["hydra.callbacks.sweep._target_=os.mkdir"], id="ours"
        ),
        pytest.param("callbacks.x._target_", [f"+hydra.callbacks.x={MKDIR}"], id="callback"),
        pytest.param(
            "callbacks.sweep.x._target_",
            [f"+hydra.callbacks.sweep.x={MKDIR}"],
            id="callback's argument",
        ),
        pytest.param(
            "launcher.x._target_", [f"+hydra.launcher.x={MKDIR}"], id="launcher's argument"
        ),
        pytest.param("launcher.x.0.0._target_", [f"+hydra.launcher.x=[[{MKDIR}]]"], id="in lists"),
        pytest.param("model.x._target_", [f"++model.x={MKDIR}"], id="key of a model"),
        pytest.param(
            "callbacks.x", [f"+x={MKDIR}", "+hydra.callbacks.x=${{x}}"], id="points elsewhere"
        ),
        pytest.param(
            "callbacks.x._target_",
            ["tag=os.mkdir", "+hydra.callbacks.x={{_target_: '${{tag}}', path: {trap}}}"],
            id="class that points elsewhere",
        ),
        pytest.param(
            "job_logging.handlers.x.class",
            [f"+{HANDLERS}.x={{{{class: os.mkdir, path: {{trap}}}}}}"],
            id="log handler",
        ),
        pytest.param(
            "job_logging.handlers.console.class",
            [f"{HANDLERS}.console.class=subprocess.Popen"],
            id="log class",
        ),
        pytest.param(
            "job_logging.handlers.console.stream",
            [f"{HANDLERS}.console.stream=ext://antigravity.x"],
            id="import",
        ),
        pytest.param(
            "job_logging.handlers.file.class", ["hydra/job_logging=default"], id="log file"
        ),
        pytest.param("job.env_set", ["+hydra.job.env_set.LD_PRELOAD=/tmp/x.so"], id="environment"),
        pytest.param("overrides", ["hydra.overrides.task=[x]"], id="words"),
    ],
)
def test_an_override_runs_nothing(key: str, words: list[str], trap: Path, give: Give) -> None:
    said = give(*[word.format(trap=trap) for word in words])
    assert REFUSED in said
    assert key in said
    assert not trap.exists()


LOGGING = "version: 1\nroot: {handlers: [x]}\nhandlers: {x: {class: logging.StreamHandler}}\n"
SLURM = "_target_: hydra_plugins.dysarthria_lightning.SlurmLauncher\n"
GLOBAL = "# @package _global_\n"
FILES = [
    ("callbacks.x._target_", "hydra/callbacks", "x: {_target_: os.mkdir, path: TRAP}"),
    *(
        ("callbacks.x", "hydra/callbacks", f"x: '${{{call}}}'")
        for call in [
            "oc.create:{_target_: os.mkdir, path: TRAP}",
            "oc.select:nowhere,{_target_: os.mkdir, path: TRAP}",
            'oc.decode:"{_target_: os.mkdir, path: TRAP}"',
        ]
    ),
    ("launcher._target_", "hydra/launcher", "_target_: os.mkdir\npath: TRAP"),
    ("launcher.partition", "hydra/launcher", SLURM + 'partition: "x\\nmkdir TRAP"'),
    ("launcher.partition", "hydra/launcher", SLURM + "partition: x${tag}"),
    ("launcher.setup", "hydra/launcher", SLURM + "setup: [mkdir TRAP]"),
    ("launcher.options.x", "hydra/launcher", SLURM + "options: {x: mkdir TRAP}"),
    ("launcher.address", "hydra/launcher", SLURM + "address: somebody.example:6379"),
    ("sweeper.params.x", "hydra/sweeper", "params: {x: '${tag}'}"),
    *(
        (f"job_logging.{key}", "hydra/job_logging", LOGGING + text)
        for key, text in [
            ("formatters.y.()", 'formatters: {y: {(): os.mkdir, path: "TRAP"}}'),
            # Can be resolved only in a run.
            ("formatters.y.()", 'formatters: {y: {(): "os.${hydra:job.name}", path: "TRAP"}}'),
            ("formatters.y.class", 'formatters: {y: {class: "${hydra:job.name}"}}'),
            ("formatters.y.x", 'formatters: {y: {x: "${hydra:job.name}"}}'),
            ("formatters.y.x", 'formatters: {y: {x: "ext${hydra:job.name}"}}'),
            ("formatters.y.x", 'formatters: {y: {x: "cfg://${hydra:job.name}"}}'),
            ("formatters", 'formatters: "${data}"'),
            ("formatters.y.class", "formatters: {y: {class: logging.FileHandler, filename: TRAP}}"),
        ]
    ),
    *(
        (f"{key}", group, GLOBAL + text)
        for key, group, text in [
            ("callbacks.x", "model", "hydra: {callbacks: {x: {_target_: os.mkdir, path: TRAP}}}"),
            ("launcher.setup", "protocol", "hydra: {launcher: {setup: [mkdir TRAP]}}"),
            ("job.env_set", "trainer", "hydra: {job: {env_set: {PYTHONPATH: TRAP}}}"),
            # The quoted key would hide the one that counts, were both written alike.
            (
                "launcher.setup",
                "protocol",
                "hydra: {launcher: {setup: [mkdir TRAP]}}\nhydra.launcher.setup: []",
            ),
            (
                "overrides",
                "model",
                'hydra: {overrides: {hydra: ["hydra.launcher.setup=x"]}}',
            ),
            ("overrides", "model", 'hydra: {overrides: {task: ["hydra.searchpath=[pkg://x]"]}}'),
        ]
    ),
]


@pytest.fixture
def send(trap: Path) -> Callable[[str, str], list[str]]:
    """Write a choice of a group and return the words that choose it beside the usual ones."""

    def send(group: str, text: str) -> list[str]:
        folder = trap.parent / "sent" / group
        folder.mkdir(parents=True)
        (folder / "sent.yaml").write_text(text.replace("TRAP", str(trap)))
        # Added to the usual choice, so that nothing but the attack is wrong.
        added = [f"{group}=sent"]
        if text.startswith(GLOBAL):
            added = [f"+{group}@_global_=sent", "hydra/launcher=slurm"]
        return [f"--config-dir={trap.parent / 'sent'}", *added]

    return send


@pytest.mark.parametrize(("key", "group", "text"), FILES)
def test_a_file_somebody_sent_runs_nothing(
    key: str, group: str, text: str, trap: Path, give: Give, send: Callable[..., list[str]]
) -> None:
    said = give(*send(group, text))
    assert REFUSED in said
    assert f"hydra.{key}" in said
    assert not trap.exists()


@pytest.mark.parametrize(
    "text", ["name: !!python/object/apply:os.mkdir [TRAP]", "name: ${x:}\n_target_: os.mkdir"]
)
def test_yaml_and_resolvers_run_nothing(
    text: str, trap: Path, give: Give, send: Callable[..., list[str]]
) -> None:
    assert give(*send("subset", text)).startswith("error: ")
    assert not trap.exists()


def test_what_is_typed_allows_nothing_else(give: Give, send: Callable[..., list[str]]) -> None:
    words = send("hydra/launcher", SLURM + "options: {wrap: mkdir x}")
    said = give(*words, "+hydra.launcher.options.qos=low")
    assert "hydra.launcher.options.wrap: give it on the command line" in said
    assert "qos" not in said
    assert give(*words, "hydra.launcher.options.wrap=typed") == "checked"


@pytest.mark.parametrize("words", [[], ["hydra.searchpath=[pkg://sent_package]"]])
def test_no_search_path_is_imported(
    words: list[str], trap: Path, give: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = trap.parent / "sent_package"
    package.mkdir()
    (package / "__init__.py").write_text(f"import os\nos.mkdir({str(trap)!r})\n")
    monkeypatch.syspath_prepend(str(trap.parent))
    path = "" if words else "hydra: {searchpath: ['pkg://sent_package']}\n"
    (trap.parent / "sent.yaml").write_text(f"defaults: [config, _self_]\n{path}")
    said = give(f"--config-dir={trap.parent}", "--config-name=sent", *words)
    assert "hydra.searchpath: pkg://sent_package would run code" in said
    assert not trap.exists()


def test_folders_are_searched(trap: Path, give: Give) -> None:
    assert give(f"hydra.searchpath=['file://{trap.parent}',{trap.parent}]") == "checked"


@pytest.mark.parametrize("option", ["--experimental-rerun", "--exp"])
def test_no_run_is_unpickled(option: str, trap: Path, give: Give) -> None:
    class Sent:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(trap),)

    (trap.parent / "sent.pickle").write_bytes(pickle.dumps(Sent()))
    said = give(f"{option}={trap.parent / 'sent.pickle'}")
    assert said.startswith("error: --experimental-rerun is refused")
    assert not trap.exists()


@pytest.mark.parametrize("section", ["launcher", "sweeper"])
def test_a_launcher_and_a_sweeper_are_needed(section: str, give: Give) -> None:
    said = give(f"hydra.{section}=null")
    assert said == f"error: hydra.{section}: choose one, such as hydra/{section}=basic"


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
        [],
        ["hydra/launcher=basic"],
        ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"],
        ["hydra/launcher=slurm", "hydra.launcher.runs_at_once=2"],
        ["hydra/launcher=ray"],
        ["+experiment=table5"],
        ["hydra/job_logging=stdout", "hydra/hydra_logging=default"],
        ["hydra/job_logging=none", "hydra/hydra_logging=none"],
        ["hydra.verbose=true", "hydra.job.name=mine", "hydra.run.dir=${outputs_dir}/logs"],
        ["hydra.sweep.subdir=${hydra.job.num}", "tag=${model.name}"],
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
    attack = f"hydra: {{callbacks: {{x: {{_target_: os.mkdir, path: {trap}}}}}}}"
    (group / "sent.yaml").write_text(GLOBAL + attack)
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
    check_config(OmegaConf.create(values))
