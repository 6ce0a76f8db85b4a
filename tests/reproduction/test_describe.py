"""What a report's header says follows from the configurations."""

from pathlib import Path
from typing import Any

import pytest
from configurations import compose_config

from dysarthria_lightning.config import Reproduction
from dysarthria_lightning.gathering.describe import describe_settings
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.reproduction.describe import (
    changed_settings,
    repeating_command,
)


def reproduction(profile: Any, **settings: object) -> Reproduction:
    return Reproduction(
        experiments=["table2"],
        repeats=1,
        profile=profile,
        train=True,
        report_dir="report",
        report={"prevalences": [0.1]},
        profiles={"full": {}, "quick": settings},
    )


def test_settings_are_those_of_the_runs(tmp_path: Path) -> None:
    known = compose_config(tmp_path, "protocol=known_speakers", "protocol.train_parts=3")
    novel = compose_config(tmp_path, "protocol.folds=4", "trainer.max_epochs=7")
    planned = [StudyRun(config, (), 0) for config in (known, novel)]
    assert describe_settings(planned) == {
        "Known speakers": "recordings split 3:1:1",
        "New speakers": "4 folds, 9 validation speakers, drawn at random",
        "Epochs": "at most 40",
        "Tested epoch": "the lowest validation error, as in the paper",
    }
    assert "New speakers" not in describe_settings(planned[:1])


@pytest.mark.parametrize(
    ("words", "folds", "epoch"),
    [
        (
            [],
            "10 folds, 9 validation speakers, drawn at random, as in the paper",
            "the lowest validation error, as in the paper",
        ),
        (
            ["data=minsk2020"],
            "10 folds, the fold after the tested one validates, stratified by class and gender",
            "the lowest validation loss, after 300 optimisation steps at least, or "
            "three quarters of all if they are fewer",
        ),
        (
            ["data=minsk2020", "protocol.validation=fixed", "trainer.monitor=auroc"],
            "10 folds, 9 in 69 of the speakers validate (two at least), "
            "stratified by class and gender",
            "the highest validation AUROC, after 300 optimisation steps at least, or "
            "three quarters of all if they are fewer",
        ),
        (
            ["protocol.stratify=true", "trainer.min_steps=20"],
            "10 folds, 9 validation speakers, stratified by class and gender",
            "the lowest validation error, after 20 optimisation steps at least, or "
            "three quarters of all if they are fewer",
        ),
    ],
)
def test_what_is_the_papers_is_said_to_be(
    words: list[str], folds: str, epoch: str, tmp_path: Path
) -> None:
    described = describe_settings([StudyRun(compose_config(tmp_path, *words), (), 0)])
    assert (described["New speakers"], described["Tested epoch"]) == (folds, epoch)


def test_changed_settings_are_those_of_profile_and_command_line() -> None:
    words = ["data=minsk2020", "repeats=3", "seed=1", "model.hidden_size=100"]
    assert changed_settings(reproduction("full"), words) == ["model.hidden_size=100"]
    quick = reproduction("quick", **{"trainer.max_epochs": 4, "data": "synthetic_quick"})
    words = ["trainer.max_epochs=2", "trainer.precision=bf16-mixed"]
    assert changed_settings(quick, words) == words


def test_changed_settings_are_found_however_they_are_written() -> None:
    words = ["++model.hidden_size=8", "features=log_mel", "trainer.threads=2"]
    words += ["trainer.accelerator=cpu", "+protocol.folds=3", "features_of_none=1"]
    assert changed_settings(reproduction("full"), words) == [words[0], words[1], words[4]]
    quick = reproduction("quick", **{"trainer.max_epochs": 4})
    assert changed_settings(quick, ["++trainer.max_epochs=2"]) == ["++trainer.max_epochs=2"]


def test_the_command_that_repeats_it_trains() -> None:
    words = ["profile=quick", "train=false", "report_dir=elsewhere", "overwrite=true", "repeats=2"]
    words += ["++train=false", "+overwrite=true"]
    command = repeating_command(words)
    assert command.endswith("-m dysarthria_lightning.reproduce profile=quick repeats=2")


@pytest.mark.parametrize(
    "words",
    [
        ["profile=quick", "train=false"],
        ["profile=quick", "repeats=2"],
        ["++repeats=1", "profile=quick"],
    ],
)
def test_the_command_for_more_repeats_names_them_once(words: list[str]) -> None:
    command = repeating_command(words, repeats=5)
    assert command.endswith("-m dysarthria_lightning.reproduce profile=quick repeats=5")
    assert command.count("repeats") == 1
