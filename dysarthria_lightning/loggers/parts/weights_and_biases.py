"""Weights & Biases with epochs on the x-axis."""

from collections.abc import Mapping
from typing import Any

import wandb
from pytorch_lightning.loggers import WandbLogger


class EpochsLogger(WandbLogger):
    """Lightning's logger, whose steps are epochs and whose run ends with the training's.

    Args:
        words: Of Lightning's logger and of ``wandb.init``.
    """

    def __init__(self, **words: Any) -> None:
        # Not a line of its own for each run, nor a copy of what the terminal shows.
        quiet = wandb.Settings(silent=True, console="off")
        super().__init__(**words, settings=quiet)
        self._wandb_init.pop("anonymous", None)  # which newer versions warn of
        self.experiment.define_metric("epoch")
        self.experiment.define_metric("*", step_metric="epoch")

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log values after an epoch."""
        self.experiment.log({**metrics, "epoch": step})

    def finalize(self, status: str) -> None:
        """End the run, so that the next one of this process is another."""
        self.experiment.finish(0 if status == "success" else 1)
