"""A trap, and commands to spring it with."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dysarthria_lightning.cli.command import command
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.config import check_config


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
