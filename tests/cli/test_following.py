"""A command ends with the one to type next, in the user's own words."""

import shlex
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.cli.following import (
    about_folds,
    after_prepare,
    after_report,
    after_training,
)
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.protocols import AnyProtocol
from dysarthria_lightning.runs import crossvalidation

OWN = ["data=manifest", 'data.manifest="a b.csv"']


def typed(line: str) -> list[str]:
    """The command and its words, as a shell reads the line."""
    assert line.startswith("Next: ")
    assert "\n" not in line
    module, *words = shlex.split(line.removeprefix("Next: "))[2:]
    return [module.removeprefix("dysarthria_lightning."), *words]


def test_a_corpus_is_trained_on(make_config: Callable[..., Config]) -> None:
    novel, known = make_config(), make_config("protocol=known_speakers")
    assert typed(after_prepare(novel, [*OWN, "fold=3"])) == [
        *("train", *OWN, "model=lstm1,functionals", "-m", "fold=all"),
    ]
    assert typed(after_prepare(known, [*OWN, "protocol=known_speakers", "model=lstm2"])) == [
        *("train", *OWN, "protocol=known_speakers", "model=lstm2", "-m"),
    ]


def test_after_some_folds_the_others_are_trained_and_after_all_there_is_a_report(
    make_config: Callable[..., Config], monkeypatch
) -> None:
    words = [*OWN, "model=lstm1", "fold=0", "repeat=2", "overwrite=true"]
    assert typed(after_training(make_config(), words)) == [
        *("train", *OWN, "model=lstm1", "repeat=2", "-m", "fold=all"),
    ]
    monkeypatch.setattr(crossvalidation, "finished_folds", lambda config: [])
    assert typed(after_training(make_config(), words)) == ["report", *OWN, "model=lstm1"]


def test_after_an_experiment_all_of_it_is_reported(make_config: Callable[..., Config]) -> None:
    words = ["+experiment=table5", "model=lstm1", "n_mfcc=13", "tag=x", "fold=1"]
    assert typed(after_training(make_config(), words)) == [
        *("reproduce", "train=false", "experiments=[table5]", "tag=x"),
    ]


def test_a_report_ends_with_what_is_lacking_most() -> None:
    assert after_report(["first", "python train x"], OWN) == "Next: python train x"
    assert typed(after_report([], [*OWN, "model=lstm1"])) == ["reproduce", *OWN]


def test_folds_that_count_for_no_run_are_said_to(make_config: Callable[..., Config]) -> None:
    corpora = ["data=several", "data.corpora=[torgo,mdsc]", "protocol=across_corpora"]

    def protocol(source: str, *words: str) -> AnyProtocol:
        named = ["protocol.test_corpus=torgo", f"protocol.train_corpora=[{source}]"]
        return make_config(*corpora, *named, *words).protocol

    five = "protocol.folds=5"
    across, within = protocol("mdsc", five), protocol("torgo", five)
    said = about_folds([across], [*corpora, five]) or ""
    assert said.startswith("protocol.folds=5 counts within a corpus only.")
    assert about_folds([across], corpora) is None
    assert about_folds([across, within], [*corpora, five]) is None
    assert about_folds([make_config(five).protocol], [five]) is None


def test_a_run_across_corpora_says_that_it_has_one_fold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["data=several", "data.corpora=[torgo,mdsc]", "protocol=across_corpora"]
    words += ["protocol.test_corpus=torgo", "protocol.folds=5"]
    for more in ([], ["-m"]):
        monkeypatch.setattr(sys, "argv", ["train", *words, *more])
        with pytest.raises(SystemExit, match=r"data\.roots\.torgo is needed"):
            run_command(import_module("dysarthria_lightning.train").main)
        assert "protocol.folds=5 counts within a corpus only" in capsys.readouterr().err
