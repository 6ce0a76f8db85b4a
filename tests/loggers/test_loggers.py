"""The logger group: its choices compose, leave runs as they are, and are refused in words."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import run
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from dysarthria_lightning.cli.described_keys import describe_keys, group_files
from dysarthria_lightning.config import Config, read_config
from dysarthria_lightning.config.members import LOGGERS
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.loggers.parts.events import EventsLogger
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import write_config


def test_each_member_is_a_choice_and_its_keys_are_described() -> None:
    assert set(group_files()["logger"]) == set(LOGGERS) == {"csv", "mlflow", "tensorboard", "wandb"}
    for name, member in LOGGERS.items():
        _, groups, _ = describe_keys("config", [f"logger={name}"])
        (group,) = (it for it in groups if it.name == "logger")
        assert {key.name for key in group.keys} == {f"logger.{key}" for key in member.model_fields}
        assert all(key.comment for key in group.keys)
        assert all(group.choices.values())


@pytest.mark.parametrize("name", ["csv", "mlflow", "wandb"])
def test_a_run_does_not_depend_on_its_logger(
    name: str, make_config: Callable[..., Config], tmp_path: Path
) -> None:
    usual, other = make_config(), make_config(f"logger={name}")
    assert usual.logger.name == "tensorboard"
    assert other.logger.name == name
    assert other.settings() == usual.settings()
    assert layout.run_folder(other) == layout.run_folder(usual)
    texts = []
    for config in (usual, other):
        write_config(config, tmp_path)
        texts.append((tmp_path / layout.CONFIG).read_text())
    assert texts[0] == texts[1]
    assert read_config(tmp_path / layout.CONFIG) == usual


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["logger=wandb", "logger.mode=later"], "logger.mode = 'later'"),
        (["logger=csv", "+logger.folder=x"], "logger.folder: there is no such key"),
    ],
)
def test_wrong_keys_are_explained(
    words: list[str], message: str, make_config: Callable[..., Config]
) -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(*words)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_what_is_not_installed_is_refused_with_the_command_that_installs_it(
    name: str,
    make_config: Callable[..., Config],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda it, *_: None if it == name else find_spec(it)
    )
    config = make_config(f"logger={name}")
    with pytest.raises(ConfigError) as caught:
        config.logger.check_ready()
    assert str(caught.value) == (
        f"logger={name} needs {name}, which is not installed; "
        f"pip install 'dysarthria-lightning[{name}]'"
    )


def test_a_folder_of_a_package_s_name_is_no_package(
    make_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where runs have been logged, the working directory has a folder ``wandb``."""
    (tmp_path / "wandb").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    with pytest.raises(ConfigError, match="not installed"):
        make_config("logger=wandb").logger.check_ready()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("mlflow") is not None, reason="mlflow is installed")
@pytest.mark.parametrize("sweep", [[], ["-m", "fold=0,1"]])
def test_a_missing_package_is_found_before_anything_is_made(
    sweep: list[str], tmp_path: Path
) -> None:
    refused = run("train", "logger=mlflow", *sweep, cwd=tmp_path, code=1)
    assert "pip install 'dysarthria-lightning[mlflow]'" in refused
    assert not (tmp_path / "outputs" / "runs").exists()


def test_what_was_saved_is_on_disk_should_the_run_be_killed(tmp_path: Path) -> None:
    logger = EventsLogger(tmp_path)
    logger.finalize("failed")
    assert not list(tmp_path.iterdir())
    logger.log_metrics({"train/loss": 0.5}, 1)
    logger.save()
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert [it.value for it in events.Scalars("train/loss")] == [0.5]
    logger.finalize("success")
