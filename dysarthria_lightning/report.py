"""``python -m dysarthria_lightning.report``: pool the folds of finished runs and judge them."""

from typing import TYPE_CHECKING

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from dysarthria_lightning.cli.entry import command, run_command
from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.config import Config, check_config
from dysarthria_lightning.errors import RunError

if TYPE_CHECKING:
    from dysarthria_lightning.reporting.display import TextTable


@command("config")
def main(composed: DictConfig) -> None:
    """Print the pooled, cross-validated results of one model."""
    config = check_config(composed)
    from rich.console import Console

    from dysarthria_lightning.reporting.render.latex_and_terminal import terminal_table

    overrides = list(HydraConfig.get().overrides.task)
    Console().print(terminal_table(results(config, overrides)))


def results(config: Config, overrides: list[str]) -> "TextTable":
    """Pool the finished folds of a cross-validation and judge them.

    Args:
        config: The cross-validation.
        overrides: The words that describe it on the command line.

    Raises:
        RunError: Folds are missing, or do not belong together.
    """
    from dysarthria_lightning.evaluation.analysis import judge
    from dysarthria_lightning.evaluation.bootstrap import DRAWS
    from dysarthria_lightning.evaluation.predictions import pool_folds, read_predictions
    from dysarthria_lightning.evaluation.study import Cell
    from dysarthria_lightning.reporting.results import results_table, results_title
    from dysarthria_lightning.runs import layout
    from dysarthria_lightning.runs.crossvalidation import MissingFoldsError, finished_folds

    try:
        folders = finished_folds(config)
    except MissingFoldsError as missing:
        raise RunError(
            f"{missing}; run with:\n  {_train_command(config, overrides, missing.folds)}"
        ) from None
    predictions = pool_folds([read_predictions(folder / layout.PREDICTIONS) for folder in folders])
    notes = [
        f"Intervals: BCa, from {DRAWS:,} bootstrap draws of speakers; exact where no draw changes "
        "the value; none for an AUROC of fewer than seven speakers of a class. Recordings are "
        "called dysarthric above probability 0.5, speakers above the score of one with 0.5 "
        "throughout."
    ]
    metrics = judge(Cell.of(config), predictions)
    return results_table(results_title(config, predictions), metrics, notes)


def _train_command(config: Config, overrides: list[str], folds: list[int]) -> str:
    from dysarthria_lightning.runs.crossvalidation import recorded_root

    words = [word for word in overrides if not word.startswith("fold=")]
    if getattr(config.data, "root", ...) is None:
        words.append(f"data.root={recorded_root(config) or 'FOLDER'}")
    return shell_command("train", [*words, "-m", f"fold={','.join(map(str, folds))}"])


if __name__ == "__main__":
    run_command(main)
