"""Every run of the paper's tables is planned once, with the settings that fit it."""

from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hydra import initialize_config_dir
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from dysarthria_lightning.cli.entry import CONF_DIR
from dysarthria_lightning.config import Reproduction, check_reproduction
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reproduction.plan import (
    ReproductionRun,
    job_overrides,
    plan_runs,
    possible_runs,
)
from dysarthria_lightning.runs.layout import run_folder
from dysarthria_lightning.sweeps.callback import expand_sweep

LSTMS = ("lstm1", "lstm2", "bilstm1")
NOVEL = {
    *product(("all", "no_cv", "no_ca"), ("mfcc13",), LSTMS),
    *product(("all",), ("mfcc13", "mfcc19", "mfcc25"), LSTMS),
    ("all", "mfcc13", "baseline"),
}


@pytest.fixture
def loader() -> Iterator[ConfigLoader]:
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


def plan(loader: ConfigLoader, *words: str) -> tuple[Reproduction, list[ReproductionRun]]:
    composed = loader.load_configuration("reproduce", list(words), RunMode.RUN)
    reproduction = check_reproduction(composed)
    return reproduction, plan_runs(loader, reproduction, job_overrides(reproduction, list(words)))


def test_each_run_of_the_tables_is_planned_once(loader: ConfigLoader) -> None:
    _, planned = plan(loader)
    assert len({run.folder for run in planned}) == len(planned) == 164
    cells = [(run.cell, run.config.fold) for run in planned]
    assert {(cell, fold) for cell, fold in cells if cell.protocol == "known_speakers"} == {
        (Cell("known_speakers", "all", "mfcc13", model), 0) for model in ("baseline", *LSTMS)
    }
    assert {(cell, fold) for cell, fold in cells if cell.protocol == "novel_speakers"} == {
        (Cell("novel_speakers", *cell), fold) for cell in NOVEL for fold in range(10)
    }
    assert planned[0].cell.protocol == "known_speakers"  # the order of the tables


def test_repeats_have_partitions_and_weights_of_their_own(loader: ConfigLoader) -> None:
    _, planned = plan(loader, "repeats=3", "experiments=[table3]", "seed=5", "split_seed=1")
    seeds = {(run.repeat, run.config.split_seed, run.config.seed) for run in planned}
    assert seeds == {(0, 1, 5), (1, 2, 6), (2, 3, 7)}
    assert len(planned) == 3 * 40


def test_the_quick_profile_is_smaller_and_kept_apart(loader: ConfigLoader) -> None:
    _, planned = plan(loader, "profile=quick", "experiments=[table2,table3]")
    assert len(planned) == 4 + 3 * 4
    configs = [run.config for run in planned]
    assert {config.tag for config in configs} == {"quick"}
    assert {config.trainer.max_epochs for config in configs} == {4}
    assert {getattr(config.data, "speakers", None) for config in configs} == {24}


def test_the_command_line_overrules_the_profile(loader: ConfigLoader) -> None:
    words = ("profile=quick", "trainer.max_epochs=2", "data=manifest", "data.manifest=mine.csv")
    _, planned = plan(loader, *words, "experiments=[table2]")
    assert {run.config.trainer.max_epochs for run in planned} == {2}
    assert {run.config.data.corpus for run in planned} == {"mine"}
    assert planned[0].command.endswith("fold=0")
    assert "data.manifest=mine.csv" in planned[0].command


def test_settings_of_novel_speakers_stay_out_of_known_speakers(loader: ConfigLoader) -> None:
    _, planned = plan(loader, "protocol.folds=4", "experiments=[table2,table3]")
    folds = {run.cell.protocol: run.config.protocol.folds for run in planned}
    assert folds == {"known_speakers": 1, "novel_speakers": 4}
    assert len(planned) == 4 + 4 * 4


@pytest.mark.parametrize("word", ["model=lstm1", "fold=3", "subset=no_cv", "n_mfcc=25"])
def test_what_the_experiments_vary_cannot_be_set(loader: ConfigLoader, word: str) -> None:
    with pytest.raises(ConfigError, match=rf"{word}: the experiments vary .* experiments="):
        plan(loader, word)


@pytest.mark.parametrize("word", ["repeats=0", "experiments=[table9]", "experiments=[]"])
def test_wrong_choices_are_refused(loader: ConfigLoader, word: str) -> None:
    with pytest.raises(ConfigError, match=word.split("=")[0]):
        plan(loader, word)


@pytest.mark.parametrize("table", ["table2", "table3", "table4", "table5"])
def test_an_experiment_is_a_plain_sweep_of_the_same_runs(loader: ConfigLoader, table: str) -> None:
    _, planned = plan(loader, f"experiments=[{table}]")
    words = [f"+experiment={table}"]
    swept = expand_sweep(loader.load_configuration("config", words, RunMode.MULTIRUN))
    assert {run_folder(config) for config in swept} == {run.folder for run in planned}


def test_runs_a_corpus_cannot_have_are_left_out_with_a_note(loader: ConfigLoader) -> None:
    _, planned = plan(loader, "experiments=[table4,table5]")
    untyped = pd.DataFrame({"syllable_type": ["monophthong", None]})
    store: Any = SimpleNamespace(recordings=untyped, n_coefficients=19)
    kept, notes = possible_runs(planned, store)
    assert {run.config.subset.name for run in kept} == {"all"}
    assert {run.config.n_mfcc for run in kept} == {13, 19}
    assert [note.split(":")[0] for note in notes] == [
        "Without compound vowels and without consonant-/a/",
        "More than 19 coefficients",
    ]
    typed: Any = SimpleNamespace(
        recordings=pd.DataFrame({"syllable_type": ["monophthong"]}), n_coefficients=25
    )
    assert possible_runs(planned, typed) == (planned, [])
