"""What ``auto`` stands for: the paper's choice where the paper is repeated, ours elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.automatic import OTHERS
from dysarthria_lightning.config.members import CORPORA
from dysarthria_lightning.errors import ConfigError

PAPERS_WORDS = [
    *("protocol.stratify=false", "protocol.validation=fixed", "protocol.validation_speakers=9"),
    *("trainer.monitor=error", "trainer.min_steps=0"),
]


def chosen(config: Config) -> dict[str, Any]:
    keys = ("stratify", "validation", "validation_speakers", "monitor", "min_steps")
    values = config.protocol.model_dump() | config.trainer.model_dump()
    return {key: values[key] for key in keys if key in values}


def test_the_corpora_that_repeat_the_paper() -> None:
    papers = {name for name, section in CORPORA.items() if section.papers_protocol}
    assert papers == {"synthetic", "mayle2018"}


@pytest.mark.parametrize("corpus", ["synthetic", "synthetic_quick", "mayle2018"])
def test_it_is_the_papers_choice_where_the_paper_is_repeated(
    corpus: str, make_config: Callable[..., Config]
) -> None:
    config = make_config(f"data={corpus}")
    assert config == make_config(f"data={corpus}", *PAPERS_WORDS)
    assert chosen(config) == {
        "stratify": False,
        "validation": "fixed",
        "validation_speakers": 9,
        "monitor": "error",
        "min_steps": 0,
    }


@pytest.mark.parametrize("corpus", ["minsk2020", "manifest"])
def test_it_is_ours_elsewhere(corpus: str, make_config: Callable[..., Config]) -> None:
    words = [f"data={corpus}"] + (["data.name=mine"] if corpus == "manifest" else [])
    expected = {**OTHERS["protocol"], **OTHERS["trainer"], "validation_speakers": "auto"}
    assert chosen(make_config(*words)) == expected
    assert expected["stratify"] is True
    known = make_config(*words, "protocol=known_speakers")
    assert chosen(known) == OTHERS["trainer"]


def test_what_is_given_is_taken(make_config: Callable[..., Config]) -> None:
    words = ["trainer.monitor=auroc", "trainer.min_steps=7", "protocol.stratify=true"]
    for corpus in ("synthetic", "minsk2020"):
        config = make_config(f"data={corpus}", *words)
        assert (config.trainer.monitor, config.trainer.min_steps) == ("auroc", 7)
        assert config.protocol.stratify is True
    minsk = make_config("data=minsk2020", *PAPERS_WORDS)
    assert chosen(minsk) == chosen(make_config())


def test_a_number_of_validation_speakers_asks_for_fixed_ones(
    make_config: Callable[..., Config],
) -> None:
    config = make_config("data=minsk2020", "protocol.validation_speakers=6")
    assert (config.protocol.validation, config.protocol.validation_speakers) == ("fixed", 6)
    fixed = make_config("data=minsk2020", "protocol.validation=fixed")
    assert fixed.protocol.validation_speakers == "auto"
    rotating = make_config("protocol.validation=rotating")
    assert rotating.protocol.validation_speakers == "auto"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["protocol.validation=rotating", "protocol.validation_speakers=4"],
            "protocol.validation_speakers = 4: with protocol.validation=rotating the folds "
            "validate in turn; leave protocol.validation_speakers=auto",
        ),
        (
            ["protocol.validation=rotating", "protocol.folds=2"],
            "protocol.folds = 2: with protocol.validation=rotating one fold is tested",
        ),
        (["protocol.validation=some"], "input should be 'auto', 'fixed' or 'rotating'"),
        (
            ["protocol.validation_speakers=0"],
            "protocol.validation_speakers = 0: input should be 'auto' or a whole number of at "
            "least 1",
        ),
        (["protocol.stratify=maybe"], "stratify = 'maybe': input should be 'auto', true or false"),
        (["trainer.min_steps=-1"], "min_steps = -1: input should be 'auto' or a whole number"),
        (["trainer.min_steps=1.5"], "trainer.min_steps = 1.5: input should be 'auto' or"),
        (["trainer.min_steps=true"], "trainer.min_steps = True: input should be 'auto' or"),
        (["trainer.monitor=f1"], "input should be 'auto', 'error', 'loss' or 'auroc'"),
    ],
)
def test_what_cannot_be_is_explained(
    words: list[str], message: str, make_config: Callable[..., Config]
) -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(*words)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "epochs", "steps_of_epoch", "least"),
    [
        (0, 40, 5, 0),
        (300, 40, 5, 150),  # 325 recordings: 200 steps in all
        (300, 40, 10, 300),
        (300, 40, 1000, 300),
        (300, 400, 5, 300),
        (300, 4, 6, 18),
        (300, 1, 6, 4),
    ],
)
def test_short_trainings_wait_for_fewer_steps(
    asked: int, epochs: int, steps_of_epoch: int, least: int, make_config: Callable[..., Config]
) -> None:
    words = ["data=minsk2020", f"trainer.max_epochs={epochs}"]
    config = make_config(*words, *([] if asked == 300 else [f"trainer.min_steps={asked}"]))
    assert config.trainer.least_steps(steps_of_epoch) == least
    # So there always is an epoch to choose, and where there are several, several.
    ends = [epoch * steps_of_epoch for epoch in range(1, epochs + 1)]
    assert sum(end >= least for end in ends) >= max(1, epochs // 4)
