"""Every run of the paper's tables is planned once, with the settings that fit it."""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hydra import initialize_config_dir
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from dysarthria_lightning.config import Reproduction, check_reproduction
from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.reproduction.plan import (
    plan_reproduction,
    possible_runs,
    shared_words,
)
from dysarthria_lightning.sweeps.sweep import plan_sweep

LSTMS = ("lstm1", "lstm2", "bilstm1")
MODELS = ("baseline", *LSTMS)
REFERENCES = ("functionals", "demographics")
COMPARED = (*LSTMS, "functionals")
NOVEL = "novel_speakers"
# Each table's cells, and its folds.
TABLES: dict[str, tuple[set[Cell], range]] = {
    "table2": (
        {Cell("known_speakers", "all", "mfcc13", model) for model in (*MODELS, "functionals")},
        range(1),
    ),
    "table3": (
        {Cell(NOVEL, "all", "mfcc13", model) for model in (*MODELS, *REFERENCES)},
        range(10),
    ),
    "table4": (
        {Cell(NOVEL, *cell) for cell in product(["all", "no_cv", "no_ca"], ["mfcc13"], COMPARED)},
        range(10),
    ),
    "table5": (
        {Cell(NOVEL, "all", *cell) for cell in product(["mfcc13", "mfcc19", "mfcc25"], COMPARED)},
        range(10),
    ),
}


@pytest.fixture(scope="module")
def loader() -> Iterator[ConfigLoader]:
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


def plan(loader: ConfigLoader, *words: str) -> tuple[Reproduction, list[StudyRun]]:
    composed = loader.load_configuration("reproduce", list(words), RunMode.RUN)
    reproduction = check_reproduction(composed)
    shared = shared_words(reproduction, list(words))
    return reproduction, plan_reproduction(loader, reproduction, shared)


def store_of(n_columns: int, **columns: Any) -> Any:
    """A store of two speakers of whom everything is known that is not given otherwise."""
    known = {
        "speaker_id": ["S0", "S1"],
        "label": [0, 1],
        "syllable_type": ["monophthong", "monophthong"],
        "age": [60, 70],
        "gender": ["female", "male"],
    }
    return SimpleNamespace(recordings=pd.DataFrame(known | columns), n_columns=n_columns)


@pytest.fixture(scope="module")
def everything(loader: ConfigLoader) -> list[StudyRun]:
    """All runs of all tables, planned once for the tests that look at them."""
    return plan(loader)[1]


def test_each_run_of_the_tables_is_planned_once(everything: list[StudyRun]) -> None:
    assert len({run.folder for run in everything}) == len(everything) == 225
    assert {(run.cell, run.config.fold) for run in everything} == {
        run for cells, folds in TABLES.values() for run in product(cells, folds)
    }
    assert everything[0].cell.protocol == "known_speakers"  # the order of the tables


def test_repeats_have_partitions_and_weights_of_their_own(loader: ConfigLoader) -> None:
    _, planned = plan(loader, "repeats=3", "experiments=[table3]", "seed=5", "split_seed=1")
    seeds = {(run.repeat, run.config.split_seed, run.config.seed) for run in planned}
    assert seeds == {(0, 1, 5), (1, 2, 6), (2, 3, 7)}
    assert len(planned) == 3 * 60


def test_the_quick_profile_is_smaller_and_kept_apart(loader: ConfigLoader) -> None:
    _, planned = plan(loader, "profile=quick", "experiments=[table3]")
    assert len(planned) == 3 * 6
    configs = [run.config for run in planned]
    assert {config.tag for config in configs} == {"quick"}
    assert {config.trainer.max_epochs for config in configs} == {4}
    assert {getattr(config.data, "speakers", None) for config in configs} == {24}


def test_the_command_line_overrules_the_profile(loader: ConfigLoader) -> None:
    words = ("profile=quick", "trainer.max_epochs=2", "data=manifest", "data.manifest=mine.csv")
    _, planned = plan(loader, *words, "experiments=[table2]")
    assert {run.config.trainer.max_epochs for run in planned} == {2}
    assert {run.config.data.corpus for run in planned} == {"mine"}
    assert "model=baseline" in planned[0].command
    assert "data.manifest=mine.csv" in planned[0].command


def test_settings_of_a_protocol_or_model_go_to_the_runs_that_have_them(
    loader: ConfigLoader,
) -> None:
    words = ("protocol.train_parts=3", "model.dropout=0.25", "experiments=[table2,table3]")
    _, planned = plan(loader, *words, "protocol.folds=4")
    parts = {run.cell.protocol: run.config.protocol.model_dump() for run in planned}
    assert (parts["known_speakers"]["train_parts"], parts["known_speakers"]["folds"]) == (3, 1)
    assert parts["novel_speakers"]["folds"] == 4
    assert len(planned) == 5 + 4 * 6
    dropouts = {run.cell.model: getattr(run.config.model, "dropout", None) for run in planned}
    assert dropouts == dict.fromkeys((*MODELS, *REFERENCES)) | {"lstm1": 0.25, "lstm2": 0.25}


def test_runs_that_share_a_folder_but_no_settings_are_refused(loader: ConfigLoader) -> None:
    with pytest.raises(ConfigError) as refused:
        plan(loader, "model.name=net", "experiments=[table3]")
    said = str(refused.value)
    assert "mfcc13/net/seed0/fold0, though they differ" in said
    assert "model.architecture: feedforward and lstm" in said
    assert said.endswith("Leave out model.name=net")


def test_a_profile_s_names_are_taken_as_written(loader: ConfigLoader) -> None:
    composed = loader.load_configuration("reproduce", [], RunMode.RUN)
    chosen = check_reproduction(composed)
    profiles = {"full": {"tag": "1.10", "seed": 3}}
    chosen = chosen.model_copy(update={"profiles": profiles, "experiments": ["table2"]})
    planned = plan_reproduction(loader, chosen, shared_words(chosen, []))
    assert {(run.config.tag, run.config.seed) for run in planned} == {("1.10", 3)}


def test_an_unknown_key_is_answered_with_those_of_reproduce(loader: ConfigLoader) -> None:
    with pytest.raises(ConfigError, match=r"repeat_it: there is no such key; .* repeats, profile"):
        plan(loader, "+repeat_it=3")


def test_a_repeat_is_not_mistaken_for_their_number(loader: ConfigLoader) -> None:
    chosen = check_reproduction(loader.load_configuration("reproduce", [], RunMode.RUN))
    with pytest.raises(ConfigError, match=r"repeat=3: .* Did you mean repeats=5\?"):
        shared_words(chosen, ["repeat=3"])


@pytest.mark.parametrize("word", ["model=lstm1", "fold=3", "subset=no_cv", "n_mfcc=25"])
def test_what_the_experiments_vary_cannot_be_set(loader: ConfigLoader, word: str) -> None:
    with pytest.raises(ConfigError, match=rf"{word}: the experiments vary .* experiments="):
        plan(loader, word)


@pytest.mark.parametrize("word", ["repeats=0", "experiments=[table9]", "experiments=[]"])
def test_wrong_choices_are_refused(loader: ConfigLoader, word: str) -> None:
    with pytest.raises(ConfigError, match=word.split("=")[0]):
        plan(loader, word)


@pytest.mark.parametrize("table", TABLES)
def test_an_experiment_is_a_plain_sweep_of_the_same_runs(
    loader: ConfigLoader, everything: list[StudyRun], table: str
) -> None:
    words = [f"+experiment={table}"]
    swept = plan_sweep(loader.load_configuration("config", words, RunMode.MULTIRUN))
    cells = [(Cell.of(run.config), run.config.fold) for run in swept]
    assert Counter(cells) == Counter(product(*TABLES[table]))
    planned = {run.folder: run.config for run in everything}
    assert all(planned[run.folder] == run.config for run in swept)


def test_features_without_cepstra_have_no_numbers_of_them(loader: ConfigLoader) -> None:
    _, planned = plan(loader, "features=log_mel", "experiments=[table3,table5]")
    models = (*MODELS, *REFERENCES)
    assert {run.cell for run in planned} == {Cell(NOVEL, "all", "log_mel40", it) for it in models}
    store = store_of(40)
    kept, (note,) = possible_runs(planned, store)
    assert kept == planned
    assert "features=log_mel has none" in note


def test_runs_a_corpus_cannot_have_are_left_out_with_a_note(
    everything: list[StudyRun],
) -> None:
    planned = everything
    kept, notes = possible_runs(planned, store_of(19, syllable_type=["monophthong", None]))
    assert {run.config.subset.name for run in kept} == {"all"}
    assert {run.config.n_mfcc for run in kept} == {13, 19}
    assert [note.split(":")[0] for note in notes] == [
        "Without compound vowels and without consonant-/a/",
        "More than 19 coefficients",
    ]
    assert possible_runs(planned, store_of(25)) == (planned, [])


@pytest.mark.parametrize(
    ("known", "note"),
    [
        ({"age": [70, 60], "gender": [None, None]}, None),
        ({"age": [np.nan, np.nan], "gender": ["female", "male"]}, None),
        ({"age": [np.nan, np.nan], "gender": [None, None]}, "none of the 2 speakers has one"),
        ({"age": [np.nan, 60]}, "age is missing for 1 of 2 speakers"),
    ],
)
def test_a_corpus_without_ages_and_genders_has_no_demographics(
    everything: list[StudyRun], known: dict[str, Any], note: str | None
) -> None:
    kept, notes = possible_runs(everything, store_of(25, **known))
    left_out = [run for run in everything if run not in kept]
    if note is None:
        assert (left_out, notes) == ([], [])
    else:
        assert {run.cell.model for run in left_out} == {"demographics"}
        assert len(left_out) == 10
        assert notes[0].startswith("demographics: left out, because model=demographics needs")
        assert note in notes[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], [0.01, 0.1]),
        (["report.prevalences=[0.3]"], [0.3]),
        (["report.prevalences=[]"], []),
    ],
)
def test_prevalences_are_stated(
    loader: ConfigLoader, words: list[str], expected: list[float]
) -> None:
    composed = loader.load_configuration("reproduce", words, RunMode.RUN)
    reproduction = check_reproduction(composed)
    assert reproduction.report.prevalences == expected
    # They change no run.
    assert "report" not in " ".join(shared_words(reproduction, words))


@pytest.mark.parametrize("wrong", ["0", "1", "often"])
def test_prevalences_are_shares(loader: ConfigLoader, wrong: str) -> None:
    words = [f"report.prevalences=[0.1,{wrong}]"]
    composed = loader.load_configuration("reproduce", words, RunMode.RUN)
    with pytest.raises(ConfigError, match=r"report\.prevalences\.1 = "):
        check_reproduction(composed)
