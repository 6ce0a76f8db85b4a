"""A configuration somebody else has written cannot run code, however it is smuggled in."""

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Give = Callable[..., str]
REFUSED = "would run code that is not part of this package"
LOGGING = "version: 1\nroot: {handlers: [x]}\nhandlers: {x: {class: logging.StreamHandler}}\n"
SLURM = "_target_: hydra_plugins.dysarthria_lightning.SlurmLauncher\n"
GLOBAL = "# @package _global_\n"
MKDIR = "{_target_: os.mkdir, path: TRAP}"
# The keys that are refused of a file, every one of them; the group; and what the file says.
FILES = [
    (
        ["callbacks.a._target_", "callbacks.b", "callbacks.c", "callbacks.d"],
        "hydra/callbacks",
        f"""
a: {MKDIR}
b: '${{oc.create:{MKDIR}}}'
c: '${{oc.select:nowhere,{MKDIR}}}'
d: '${{oc.decode:"{MKDIR}"}}'
""",
    ),
    (["launcher._target_"], "hydra/launcher", "_target_: os.mkdir\npath: TRAP"),
    (
        ["launcher.partition", "launcher.setup", "launcher.options.x", "launcher.address"],
        "hydra/launcher",
        SLURM
        + """
partition: "x\\nmkdir TRAP"
setup: [mkdir TRAP]
options: {x: mkdir TRAP}
address: somebody.example:6379
""",
    ),
    (["launcher.partition"], "hydra/launcher", SLURM + "partition: x${tag}"),
    (["sweeper.params.x"], "hydra/sweeper", "params: {x: '${tag}'}"),
    (
        [
            f"job_logging.formatters.{key}"
            for key in ("a.()", "b.()", "c.class", "d.x", "e.x", "f.x", "g.class")
        ],
        "hydra/job_logging",
        LOGGING
        # hydra.job.name can be resolved only in a run.
        + """
formatters:
  a: {(): os.mkdir, path: "TRAP"}
  b: {(): "os.${hydra:job.name}", path: "TRAP"}
  c: {class: "${hydra:job.name}"}
  d: {x: "${hydra:job.name}"}
  e: {x: "ext${hydra:job.name}"}
  f: {x: "cfg://${hydra:job.name}"}
  g: {class: logging.FileHandler, filename: TRAP}
""",
    ),
    (["job_logging.formatters"], "hydra/job_logging", LOGGING + 'formatters: "${data}"'),
    (
        ["callbacks.x._target_", "launcher.setup", "job.env_set"],
        "model",
        GLOBAL
        + f"""
hydra:
  callbacks: {{x: {MKDIR}}}
  launcher: {{setup: [mkdir TRAP]}}
  job: {{env_set: {{PYTHONPATH: TRAP}}}}
""",
    ),
    (
        # The quoted key would hide the one that counts, were both written alike.
        ["launcher.setup"],
        "protocol",
        GLOBAL + "hydra: {launcher: {setup: [mkdir TRAP]}}\nhydra.launcher.setup: []",
    ),
    (
        ["overrides"],
        "model",
        GLOBAL + 'hydra: {overrides: {hydra: ["hydra.launcher.setup=x"]}}',
    ),
    (
        ["overrides"],
        "model",
        GLOBAL + 'hydra: {overrides: {task: ["hydra.searchpath=[pkg://x]"]}}',
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


@pytest.mark.parametrize(("keys", "group", "text"), FILES)
def test_a_file_somebody_sent_runs_nothing(
    keys: list[str], group: str, text: str, trap: Path, give: Give, send: Callable[..., list[str]]
) -> None:
    said = give(*send(group, text))
    assert REFUSED in said
    for key in keys:
        assert re.search(rf"^ +hydra\.{re.escape(key)}[ :]", said, re.MULTILINE), key
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


@pytest.mark.parametrize("option", ["--experimental-rerun", "--exp"])
def test_no_run_is_unpickled(option: str, trap: Path, give: Give) -> None:
    class Sent:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(trap),)

    (trap.parent / "sent.pickle").write_bytes(pickle.dumps(Sent()))
    said = give(f"{option}={trap.parent / 'sent.pickle'}")
    assert said.startswith("error: --experimental-rerun is refused")
    assert not trap.exists()


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
