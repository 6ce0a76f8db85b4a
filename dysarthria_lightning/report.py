"""``python -m dysarthria_lightning.report``: pool the folds of finished runs and judge them."""

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from dysarthria_lightning.command import command, run_command
from dysarthria_lightning.config import check_config


@command("config")
def main(composed: DictConfig) -> None:
    """Print the pooled, cross-validated results of one model."""
    config = check_config(composed)
    import numpy as np
    from rich.console import Console

    from dysarthria_lightning.evaluation.levels import score_levels
    from dysarthria_lightning.evaluation.predictions import pool_folds, read_predictions
    from dysarthria_lightning.evaluation.statistics import DRAWS, bootstrap_metrics
    from dysarthria_lightning.reporting.tables import results_table, results_title
    from dysarthria_lightning.training import runs

    overrides = list(HydraConfig.get().overrides.task)
    folders = runs.finished_folds(config, overrides)
    predictions = pool_folds([read_predictions(folder / runs.PREDICTIONS) for folder in folders])
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


if __name__ == "__main__":
    run_command(main)
