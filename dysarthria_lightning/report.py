"""``python -m dysarthria_lightning.report``: pool the folds of finished runs and judge them."""

from typing import TYPE_CHECKING

from dysarthria_lightning.cli.command import command
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.errors import ConfigError, CorpusError, RunError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from dysarthria_lightning.config import Config
    from dysarthria_lightning.reporting.display import TextTable


@command("config")
def main(composed: "DictConfig") -> None:
    """Print the pooled, cross-validated results of one model."""
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
    """Pool the finished folds of a cross-validation and judge them.

    Args:
        config: The cross-validation.
        overrides: The words that describe it on the command line.

    Raises:
        CorpusError: The corpus that is named is not there.
        RunError: Folds are missing, do not belong together, or were trained on another corpus.
    """
    from dysarthria_lightning.evaluation.analysis import judge
    from dysarthria_lightning.evaluation.bootstrap import DRAWS
    from dysarthria_lightning.evaluation.predictions import pool_folds, read_predictions
    from dysarthria_lightning.evaluation.study import Cell
    from dysarthria_lightning.reporting.nouns import noun_of_settings
    from dysarthria_lightning.reporting.results import results_table, results_title
    from dysarthria_lightning.runs import layout
    from dysarthria_lightning.runs.crossvalidation import MissingFoldsError, finished_folds
    from dysarthria_lightning.runs.record import read_run
    from dysarthria_lightning.runs.training_length import training_warning

    key = _current_key(config)
    try:
        folders = finished_folds(config, key)
    except MissingFoldsError as missing:
        raise RunError(
            f"{missing}; run with:\n  {_train_command(config, overrides, missing.folds)}"
        ) from None
    predictions = pool_folds([read_predictions(folder / layout.PREDICTIONS) for folder in folders])
    noun = noun_of_settings(config)
    notes = [
        f"Intervals: BCa, from {DRAWS:,} bootstrap draws of speakers; exact where no draw changes "
        "the value; none for an AUROC of fewer than seven speakers of a class. "
        f"{noun.plural.capitalize()} are called dysarthric above probability 0.5, speakers above "
        "the score of one with 0.5 throughout."
    ]
    records = [record for folder in folders if (record := read_run(folder))]
    if warning := training_warning(records):
        notes.append(warning)
    title = results_title(config, predictions, records, compared=key is not None)
    return results_table(title, judge(Cell.of(config), predictions), notes, noun)


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
    from dysarthria_lightning.runs.crossvalidation import recorded_source

    words = [word for word in overrides if not word.startswith("fold=")]
    places = {"root": "FOLDER", "manifest": "TABLE", "pseudonym_key_file": None}
    for key, unknown in places.items():
        if getattr(config.data, key, ...) is None and (
            source := recorded_source(config, key) or unknown
        ):
            words.append(f"data.{key}={source}")
    return shell_command("train", [*words, "-m", f"fold={','.join(map(str, folds))}"])


if __name__ == "__main__":
    run_command(main)
