"""``python -m dysarthria_lightning.report``: pool the folds of finished runs and judge them."""

from typing import TYPE_CHECKING

from dysarthria_lightning.cli.entry import command, run_command
from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.errors import RunError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from dysarthria_lightning.config import Config


@command("config")
def main(composed: "DictConfig") -> None:
    """Print the pooled, cross-validated results of one model."""
    from hydra.core.hydra_config import HydraConfig

    from dysarthria_lightning.cli.typed_words import words_as_given
    from dysarthria_lightning.config import check_config

    config = check_config(composed)
    import numpy as np
    from rich.console import Console

    from dysarthria_lightning.evaluation.intervals import DRAWS, bootstrap_metrics
    from dysarthria_lightning.evaluation.levels import score_levels
    from dysarthria_lightning.evaluation.predictions import pool_folds, read_predictions
    from dysarthria_lightning.reporting.tables import results_table, results_title
    from dysarthria_lightning.runs import layout
    from dysarthria_lightning.runs.crossvalidation import MissingFoldsError, finished_folds

    overrides = words_as_given(HydraConfig.get().overrides.task)
    try:
        folders = finished_folds(config)
    except MissingFoldsError as missing:
        raise RunError(
            f"{missing}; run with:\n  {_train_command(config, overrides, missing.folds)}"
        ) from None
    predictions = pool_folds([read_predictions(folder / layout.PREDICTIONS) for folder in folders])
    estimates = {
        level: bootstrap_metrics(items, np.random.default_rng(0))
        for level, items in score_levels(predictions).items()
    }
    caption = (
        f"Intervals: BCa, from {DRAWS:,} bootstrap draws of speakers; exact where no draw changes "
        "the value; none for an AUROC of fewer than seven speakers of a class. Recordings are "
        "called dysarthric above probability 0.5, speakers above the score of one with 0.5 "
        "throughout."
    )
    Console().print(results_table(results_title(config, predictions), estimates, caption))


def _train_command(config: "Config", overrides: list[str], folds: list[int]) -> str:
    from dysarthria_lightning.runs.crossvalidation import recorded_root

    words = [word for word in overrides if not word.startswith("fold=")]
    if getattr(config.data, "root", ...) is None:
        words.append(f"data.root={recorded_root(config) or 'FOLDER'}")
    return shell_command("train", [*words, "-m", f"fold={','.join(map(str, folds))}"])


if __name__ == "__main__":
    run_command(main)
