"""Runs of before ``trainer.monitor`` and its like: read as what they were, and known again."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from dysarthria_lightning.config import Config, read_config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.crossvalidation import check_siblings, finished_folds
from dysarthria_lightning.runs.loading import open_run
from dysarthria_lightning.runs.record import is_finished, summarise, write_run

NEWER = {
    "data": ("confound_strength", "null"),
    "protocol": ("stratify", "validation"),
    "trainer": ("monitor", "min_steps"),
}
PAPERS = ["protocol.stratify=false", "protocol.validation=fixed", "protocol.validation_speakers=9"]
PAPERS += ["trainer.monitor=error", "trainer.min_steps=0"]


def without_newer_keys(values: dict[str, Any]) -> dict[str, Any]:
    """Settings as they were written before those keys existed."""
    older = copy.deepcopy(values)
    for section, keys in NEWER.items():
        for key in keys:
            older[section].pop(key, None)
    return older


def leave_older_run(config: Config) -> Path:
    """Leave a finished run as the version before did."""
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    values = without_newer_keys(config.model_dump(mode="json"))
    (folder / layout.CONFIG).write_text(yaml.safe_dump(values), encoding="utf-8")
    trainer = config.trainer.model_dump()
    settings = fingerprint(config, "content") | {
        # What Config.settings() returned then.
        "protocol": config.protocol.model_dump(),
        "trainer": {
            key: trainer[key]
            for key in ("max_epochs", "batch_size", "learning_rate", "early_stopping", "precision")
        },
    }
    record = {
        "fingerprint": without_newer_keys(settings),
        "epochs": 9,
        "epoch_tested": 2,
        "validation_error": 0.25,
        "wall_time_s": 2.4,
        "files": {},
    }
    write_run(record, folder)
    return folder


@pytest.mark.parametrize(
    "words",
    [[], ["data=minsk2020", *PAPERS], ["protocol=known_speakers"]],
    ids=["synthetic", "minsk2020", "known speakers"],
)
def test_an_older_run_is_the_one_asked_for_with_the_behaviour_of_then(
    words: list[str], make_config: Callable[..., Config]
) -> None:
    config = make_config(*words)
    folder = leave_older_run(config)
    assert is_finished(config, "content")
    opened, record = open_run(folder)
    assert opened == config == read_config(folder / layout.CONFIG)
    assert record["fingerprint"] == fingerprint(config, "content")


def test_an_older_run_is_no_run_of_what_is_the_default_now(
    make_config: Callable[..., Config],
) -> None:
    leave_older_run(make_config("data=minsk2020", *PAPERS))
    with pytest.raises(RunError) as caught:
        is_finished(make_config("data=minsk2020"), "content")
    differences = str(caught.value).splitlines()[1:-1]
    assert [difference.split(":")[0].strip() for difference in differences] == [
        *("protocol.stratify", "protocol.validation", "protocol.validation_speakers"),
        *("trainer.min_steps", "trainer.monitor"),
    ]


def test_an_older_run_is_no_run_of_another_synthetic_corpus(
    make_config: Callable[..., Config],
) -> None:
    leave_older_run(make_config())
    words = ["data.null=true", "data.confound=channel", "data.confound_strength=0.5"]
    with pytest.raises(RunError) as caught:
        is_finished(make_config(*words), "content")
    assert [line.strip() for line in str(caught.value).splitlines()[1:-1]] == [
        "data.confound: none there, channel now",
        "data.confound_strength: absent there, 0.5 now",
        "data.null: absent there, True now",
    ]


def test_older_folds_are_pooled_with_new_ones(make_config: Callable[..., Config]) -> None:
    first, second = (make_config("protocol.folds=2", f"fold={fold}") for fold in (0, 1))
    older = leave_older_run(first)
    check_siblings(second, "content")
    newer = layout.run_folder(second)
    newer.mkdir(parents=True)
    write_run({"fingerprint": fingerprint(second, "content"), "files": {}}, newer)
    assert finished_folds(first, "content") == [older, newer]


def test_an_older_run_is_summarised(make_config: Callable[..., Config]) -> None:
    folder = leave_older_run(make_config())
    assert summarise(folder) == (
        f"{folder}: 9 epochs in 2 s; tested after epoch 2 with the lowest validation error 25.0 %"
    )
