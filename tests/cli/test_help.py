"""``--help`` shows each key with what ``conf/`` says of it."""

import sys
from importlib import import_module
from typing import get_args

import pytest
from pydantic import BaseModel

from dysarthria_lightning.cli.described_keys import (
    describe_keys,
    describe_plain_keys,
    group_files,
)
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.config import Config
from dysarthria_lightning.config.members import CORPORA, FEATURES, MODELS
from dysarthria_lightning.version import __version__


def all_keys() -> dict[str, set[str]]:
    """Every key of every choice of every command with its comments: choices may share a key."""
    groups_of = {name: [*files] for name, files in group_files().items() if name != "experiment"}
    groups_of["hydra/launcher"] = ["local", "slurm", "ray"]
    comments: dict[str, set[str]] = {}
    for number in range(max(map(len, groups_of.values()))):
        words = [f"{name}={its[number % len(its)]}" for name, its in groups_of.items()]
        name = ("config", "audit", "reproduce")[number % 3]
        keys, groups, _ = describe_keys(name, words)
        for key in [*keys, *(key for group in groups for key in group.keys)]:
            comments.setdefault(key.name, set()).add(key.comment)
    for key in [*describe_plain_keys("predict"), *describe_plain_keys("bundle")]:
        comments.setdefault(key.name, set()).add(key.comment)
    return comments


def test_every_key_has_a_comment_and_its_choices_are_in_it() -> None:
    comments = all_keys()
    assert [key for key, its in comments.items() if not any(its)] == []
    sections: list[tuple[str, type[BaseModel]]] = [("", Config)]
    for prefix, members in (("data", CORPORA), ("features", FEATURES), ("model", MODELS)):
        sections += [(f"{prefix}.", section) for section in members.values()]
    for prefix, section in sections:
        for name, field in section.model_fields.items():
            choices = [it for it in get_args(field.annotation) if isinstance(it, str)]
            if len(choices) > 1:
                its = comments[prefix + name]
                assert any(all(choice in comment for choice in choices) for comment in its)


def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    monkeypatch.setattr(sys, "argv", list(words))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    run_command(import_module(f"dysarthria_lightning.{words[0]}").main)
    return capsys.readouterr().out


def test_help_shows_the_keys_of_what_is_chosen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["train", "data=manifest", "model=baseline,lstm1", "fold=range(3)", "-m", "--help"]
    shown = said(monkeypatch, capsys, *typed)
    lines = {line.split()[0]: line for line in shown.splitlines() if line.startswith("  ")}
    assert "seconds; cuts long recordings" in lines["data.segment_s=null"]
    assert "error | skip" in lines["data.on_bad_file=error"]
    assert "model.hidden_size=200" in lines
    assert "model.layers=1" not in lines
    assert "data.speakers=69" not in lines
    assert "Two layers" in lines["lstm2"]


def test_help_of_a_command_without_groups_shows_its_keys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = said(monkeypatch, capsys, "predict", "--help")
    lines = {line.split()[0]: line for line in shown.splitlines() if line.startswith("  ")}
    assert "the folder of a run" in lines["model=null"]
    assert "skip | error" in lines["data.on_bad_file=skip"]


def test_the_version_is_the_package_s(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["report", "--version"], ["intervals", "--version"]):
        assert said(monkeypatch, capsys, *words) == f"dysarthria-lightning {__version__}\n"
