"""A sweep comes to the runs that its words describe, each once, or says what is wrong with them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import DictConfig

from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.sweeps.expand import plan_runs
from dysarthria_lightning.sweeps.plan import PlannedRun
from dysarthria_lightning.sweeps.sweep import plan_sweep

Plan = Callable[..., list[PlannedRun]]


@pytest.fixture
def plan() -> Iterator[Plan]:
    def plan(*words: str) -> list[PlannedRun]:
        loader = GlobalHydra.instance().config_loader()
        return plan_sweep(loader.load_configuration("config", list(words), RunMode.MULTIRUN))

    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        yield plan


def values(planned: list[PlannedRun], *keys: str) -> list[tuple[Any, ...]]:
    """The values of dotted keys in every run."""
    found = []
    for run in planned:
        sections = run.config.model_dump()
        row = []
        for key in keys:
            value: Any = sections
            for name in key.split("."):
                value = value[name]
            row.append(value)
        found.append(tuple(row))
    return found


def test_every_combination_is_a_run(plan: Plan) -> None:
    planned = plan("model=lstm1,baseline", "n_mfcc=13,19", "fold=range(2)")
    expected = [
        (model, n_mfcc, fold)
        for model in ("lstm1", "baseline")
        for n_mfcc in (13, 19)
        for fold in (0, 1)
    ]
    assert values(planned, "model.name", "n_mfcc", "fold") == expected


def test_each_run_is_composed_with_its_own_values(plan: Plan) -> None:
    planned = plan("trainer.batch_size=4,8", "tag=batch${trainer.batch_size}", "fold=0,3")
    expected = [("batch4", 0), ("batch4", 3), ("batch8", 0), ("batch8", 3)]
    assert values(planned, "tag", "fold") == expected
    assert values(plan("tag=fold${fold}", "fold=0,3"), "tag") == [("fold0",), ("fold3",)]


def test_all_folds_are_those_of_the_protocol(plan: Plan) -> None:
    planned = plan("protocol=novel_speakers,known_speakers", "fold=all", "repeat=range(2)")
    numbers = values(planned, "protocol.name", "repeat", "split_seed", "seed", "fold")
    assert numbers == [
        (protocol, repeat, repeat, repeat, fold)
        for protocol, folds in (("novel_speakers", 10), ("known_speakers", 1))
        for repeat in range(2)
        for fold in range(folds)
    ]
    assert planned[3].overrides == ("protocol=novel_speakers", "fold=3", "repeat=0")
    assert all("fold=all" not in run.overrides for run in planned)


def test_a_seed_that_is_given_is_not_the_repeats(plan: Plan) -> None:
    planned = plan("repeat=2", "seed=7", "fold=0")
    assert values(planned, "repeat", "split_seed", "seed") == [(2, 2, 7)]


def test_what_differs_in_numbers_is_composed_once_and_each_run_has_its_own() -> None:
    words = []

    def compose(of_run: list[str]) -> DictConfig:
        words.append(of_run)
        loader = GlobalHydra.instance().config_loader()
        return loader.load_configuration("config", of_run, RunMode.RUN)

    runs = [
        *([f"repeat={repeat}", f"fold={fold}"] for repeat in (0, 2) for fold in (0, 3)),
        ["seed=7", "fold=1"],
        ["fold=4"],
        ["seed=5", "split_seed=6", "repeat=1"],
        ["n_mfcc=19", "fold=2"],
        [],
        ["fold=1", "fold=2"],
        ["n_mfcc=13", "n_mfcc=25", "repeat=1"],
        ["n_mfcc=13", "++n_mfcc=25", "fold=3"],
    ]
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        planned = plan_runs(runs, compose)
    assert values(planned, "repeat", "seed", "split_seed", "fold", "n_mfcc") == [
        *((repeat, repeat, repeat, fold, 13) for repeat in (0, 2) for fold in (0, 3)),
        (0, 7, 0, 1, 13),
        (0, 0, 0, 4, 13),
        (1, 5, 6, 0, 13),
        (0, 0, 0, 2, 19),
        (0, 0, 0, 0, 13),
        (0, 0, 0, 2, 13),
        (1, 1, 1, 0, 25),
        (0, 0, 0, 3, 25),
    ]
    assert words == [[], ["n_mfcc=13", "++n_mfcc=25"]]


def test_choices_may_be_named_by_a_pattern(plan: Plan) -> None:
    planned = plan("model=glob(*lstm*)")
    assert values(planned, "model.name") == [("bilstm1",), ("lstm1",), ("lstm2",)]


def test_names_stay_as_they_are(plan: Plan) -> None:
    assert values(plan('tag="1.10","1.20"'), "tag") == [("1.10",), ("1.20",)]


def test_a_run_that_is_given_twice_is_one(plan: Plan) -> None:
    assert values(plan("fold=0,1,0"), "fold") == [(0,), (1,)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trainer.batch_size=4,8"], r"batch_size: 4 and 8\n.*'tag=batch_size\$\{trainer\.batch_s"),
        (["trainer.accelerator=auto,cpu"], "trainer.accelerator: auto and cpu"),
        (
            ["model=lstm1,lstm2", "model.name=x"],
            "model.layers: 1 and 2\n.*\n?Leave out model.name=x",
        ),
        (["fold=9,10,11", "n_mfcc=13,50"], "(?s)n_mfcc = 50.*fold = 10 to 11: .*Nothing was"),
        (["+experiment=table2,table3"], "a sweep takes one experiment"),
        (["fold=range(0,10,0)"], "the step of a range cannot be 0"),
        (["seed=range(0,1000)", "split_seed=range(0,101)"], "more than 100000 runs"),
    ],
)
def test_what_cannot_be_a_sweep_is_refused(words: list[str], message: str, plan: Plan) -> None:
    with pytest.raises(ConfigError, match=message):
        plan(*words)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (
            ["data=manifest", "data.name=mine", "trainer.batch_size=4,8"],
            "Give each a tag of its own: 'tag=batch_size${trainer.batch_size}'",
        ),
        (["model=lstm1,lstm2", "++model.name=x"], "Leave out ++model.name=x"),
        (
            ["model.name=x", "model.hidden_size=8,16"],
            "Give each a tag of its own: 'tag=hidden_size${model.hidden_size}'",
        ),
        (
            ["subset.exclude=[consonant_a],[monophthong]"],
            "Give the sweeps one at a time, each with a tag=NAME of its own",
        ),
    ],
)
def test_runs_of_one_folder_are_told_apart_by_advice_that_works(
    words: list[str], advice: str, plan: Plan
) -> None:
    with pytest.raises(ConfigError) as refused:
        plan(*words)
    assert str(refused.value).splitlines()[-1] == advice


def test_what_it_gives_out_trains_the_same_run_alone(plan: Plan) -> None:
    """The command of a run, in the report, is a plain one."""
    swept = plan("model=lstm2", "n_mfcc=19", "fold=0,4", "tag=x")
    alone = [plan(*run.overrides)[0] for run in swept]
    assert [run.config for run in alone] == [run.config for run in swept]
    assert swept[1].command.endswith("train model=lstm2 n_mfcc=19 fold=4 tag=x")
