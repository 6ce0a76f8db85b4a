"""``dysarthria-lightning COMMAND`` is the command of that name."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from dysarthria_lightning import __main__ as script
from dysarthria_lightning.config.location import CONF_DIR

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
COMMANDS = {"prepare", "train", "report", "audit", "predict", "bundle", "reproduce", "intervals"}


def call(*words: str, cwd: Path, code: int = 0) -> "subprocess.CompletedProcess[str]":
    result = subprocess.run(
        [sys.executable, "-m", "dysarthria_lightning", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    return result


@pytest.fixture
def printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Give words to the script; return what it prints."""
    monkeypatch.chdir(tmp_path)

    def printed(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["dysarthria-lightning", *words])
        script.main()
        return capsys.readouterr().out

    return printed


def test_the_installed_script_is_this_module() -> None:
    scripts = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["scripts"]
    entry = EntryPoint("x", scripts["dysarthria-lightning"], "console_scripts")
    assert entry.load() is script.main


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_it_lists_the_commands_one_line_each(words: list[str], printed: Callable[..., str]) -> None:
    lines = printed(*words).splitlines()
    listed = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line[:2] == "  "}
    assert listed.keys() == COMMANDS
    assert listed["prepare"] == "check a corpus and extract its features"


def test_every_module_that_is_run_as_a_command_is_one() -> None:
    package = Path(script.__file__).parent
    runnable = {
        path.stem
        for path in package.glob("*.py")
        if "__main__" in path.read_text(encoding="utf-8") and path.stem != "__main__"
    }
    assert script.describe_commands().keys() == runnable


def test_an_unknown_command_names_the_valid_ones(printed: Callable[..., str]) -> None:
    with pytest.raises(SystemExit) as stop:
        printed("tarin")
    said = str(stop.value.code)
    assert said.startswith("error: tarin: there is no such command. Did you mean train?\n")
    assert all(command in said for command in COMMANDS)


def test_a_command_takes_its_words(tmp_path: Path) -> None:
    assert "folds 0 to 9" in call("train", "fold=99", cwd=tmp_path, code=1).stderr


def test_the_help_of_a_command_names_every_command(printed: Callable[..., str]) -> None:
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        composed = compose("config", return_hydra_config=True)
    lines = composed.hydra.help.header.splitlines()
    named = {line.split()[0] for line in lines if line.startswith("  ")}
    assert named == script.describe_commands().keys()
    assert "dysarthria_lightning.train [key=value" in printed("train", "--help")


@pytest.mark.slow
def test_a_sweep_trains_in_workers_of_the_script(tone_corpus: Path, tmp_path: Path) -> None:
    words = ["data=manifest", f"data.manifest={tone_corpus}", "protocol.folds=3"]
    words += ["protocol.validation_speakers=3", "trainer.max_epochs=1", "model.hidden_size=8"]
    call("train", *words, "hydra.launcher.n_jobs=2", "-m", "fold=0,1", cwd=tmp_path)
    assert len(list(tmp_path.rglob("run.json"))) == 2
