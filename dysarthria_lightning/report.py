"""``python -m dysarthria_lightning.report``: judge a model by the folds and repeats finished."""

from typing import TYPE_CHECKING

from dysarthria_lightning.cli.command import command
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.errors import ConfigError, CorpusError, RunError

if TYPE_CHECKING:
    from pathlib import Path

    from omegaconf import DictConfig

    from dysarthria_lightning.config import Config
    from dysarthria_lightning.reporting.display import TextTable

# Who names one of these asks for one cross-validation; else the report is of all repeats.
_REPEAT_KEYS = ("repeat", "split_seed", "seed")


@command("config")
def main(composed: "DictConfig") -> None:
    """Print the cross-validated results of one model, over all repeats that are finished."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    from dysarthria_lightning.cli.typed_words import words_as_given
    from dysarthria_lightning.config import check_config

    config = check_config(composed)
    experiment = HydraConfig.get().runtime.choices.get("experiment")
    if experiment and HydraConfig.get().mode == RunMode.RUN:
        raise ConfigError(
            "an experiment is a sweep of many runs; reproduce train=false "
            f"'experiments=[{experiment}]' reports on all of them"
        )
    from rich.console import Console

    from dysarthria_lightning.reporting.render.latex_and_terminal import terminal_table

    overrides = words_as_given(HydraConfig.get().overrides.task)
    Console().print(terminal_table(results(config, overrides)))


def results(config: "Config", overrides: list[str]) -> "TextTable":
    """Judge a model by all repeats of its cross-validation that are finished.

    Args:
        config: The cross-validation.
        overrides: The words that describe it on the command line.

    Raises:
        CorpusError: The corpus that is named is not there.
        RunError: Folds are missing, do not belong together, or were trained on another corpus.
    """
    import pandas as pd

    from dysarthria_lightning.evaluation.analysis import judge
    from dysarthria_lightning.evaluation.predictions import pool_folds, read_predictions
    from dysarthria_lightning.evaluation.study import Cell
    from dysarthria_lightning.reporting.nouns import noun_of_settings
    from dysarthria_lightning.reporting.results import results_notes, results_table, results_title
    from dysarthria_lightning.runs import layout
    from dysarthria_lightning.runs.record import read_run
    from dysarthria_lightning.runs.training_length import training_warning

    key = _current_key(config)
    finished, left_out = _finished_repeats(config, key, overrides)
    tests = [
        pool_folds(
            [
                read_predictions(folder / layout.PREDICTIONS).assign(fold=fold)
                for fold, folder in enumerate(folders)
            ]
        )
        for _, folders in finished
    ]
    noun = noun_of_settings(config)
    metrics = judge(Cell.of(config), tests)
    several_models = config.protocol.folds > 1
    notes = results_notes(metrics, noun, several_models=several_models)
    if several_models:
        notes += _ask_for_repeats([it for it, _ in finished], overrides)
    found = (read_run(folder) for _, folders in finished for folder in folders)
    records = [record for record in found if record]
    if warning := training_warning(records):
        notes.append(warning)
    title = results_title(
        [it for it, _ in finished],
        pd.concat(tests),
        records,
        compared=key is not None,
    )
    return results_table(title, metrics, [*notes, *left_out], noun, several_models=several_models)


def _finished_repeats(
    config: "Config", key: str | None, overrides: list[str]
) -> "tuple[list[tuple[Config, list[Path]]], list[str]]":
    """Find the repeats of which all folds are finished, and say which are not.

    Raises:
        RunError: None is, or folds do not belong together.
    """
    from dysarthria_lightning.runs.crossvalidation import (
        MissingFoldsError,
        find_repeats,
        finished_folds,
    )

    named = any(word.split("=")[0].lstrip("+") in _REPEAT_KEYS for word in overrides)
    finished, left_out = [], []
    missing_of_first: MissingFoldsError | None = None
    for repeat in [config] if named else find_repeats(config) or [config]:
        try:
            finished.append((repeat, finished_folds(repeat, key)))
        except MissingFoldsError as missing:
            if missing_of_first is None:
                missing_of_first, first = missing, repeat
            left_out.append(f"Repeat {repeat.repeat} is left out: {missing}.")
    if not finished:
        assert missing_of_first is not None
        words = overrides if named else [*overrides, f"repeat={first.repeat}"]
        raise RunError(
            f"{missing_of_first}; run with:\n  "
            + _train_command(first, words if first.repeat else overrides, missing_of_first.folds)
        ) from None
    return finished, left_out


def _ask_for_repeats(finished: "list[Config]", overrides: list[str]) -> list[str]:
    """Give the command that trains the repeats that an interval wants, where there are few."""
    from dysarthria_lightning.reporting.estimands import ENOUGH_REPEATS, FEW_REPEATS, ONE_REPEAT

    if len(finished) >= ENOUGH_REPEATS:
        return []
    there = {config.repeat for config in finished}
    wanted = [number for number in range(ENOUGH_REPEATS) if number not in there]
    words = [word for word in overrides if word.split("=")[0] not in ("fold", *_REPEAT_KEYS)]
    command = shell_command(
        "train", [*_with_source(finished[0], words), "-m", "fold=all", _sweep("repeat", wanted)]
    )
    return [f"{ONE_REPEAT if len(finished) == 1 else FEW_REPEATS} For five:\n  {command}"]


def _current_key(config: "Config") -> str | None:
    """Compute the key of the corpus that is named, None where none is."""
    from dysarthria_lightning.data.preparation import corpus_key

    try:
        return corpus_key(config)
    except CorpusError as error:
        has_table = getattr(config.data, "manifest", None) is not None
        without = "data.name instead of data.manifest" if has_table else "no data.root"
        raise CorpusError(
            f"{error}\nTo print what was trained without comparing it with recordings, give "
            f"{without}"
        ) from None


def _train_command(config: "Config", overrides: list[str], folds: list[int]) -> str:
    words = [word for word in overrides if not word.startswith("fold=")]
    return shell_command("train", [*_with_source(config, words), "-m", _sweep("fold", folds)])


def _with_source(config: "Config", words: list[str]) -> list[str]:
    """Add where the corpus is, for commands that need it, as far as that is known."""
    from dysarthria_lightning.runs.crossvalidation import recorded_source

    places = {"root": "FOLDER", "manifest": "TABLE", "pseudonym_key_file": None}
    added = [
        f"data.{key}={source}"
        for key, unknown in places.items()
        if getattr(config.data, key, ...) is None
        and (source := recorded_source(config, key) or unknown)
    ]
    return [*words, *added]


def _sweep(key: str, values: list[int]) -> str:
    return f"{key}={','.join(map(str, values))}"


if __name__ == "__main__":
    run_command(main)
