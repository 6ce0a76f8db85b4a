"""How a run went, epoch by epoch, as a table on disk."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
from pytorch_lightning import Callback, LightningModule, Trainer

COLUMNS = (
    *("train/loss", "train/error"),
    *("validation/loss", "validation/error", "validation/auroc"),
)


class EpochHistory(Callback):
    """Writes ``epoch`` (from 1) and each epoch's values when training ends.

    Args:
        path: The CSV file to write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Gather the epoch's values; validation, if anybody validates, has run before."""
        metrics = trainer.callback_metrics
        values = {
            name.replace("/", "_"): float(metrics[name]) if name in metrics else math.nan
            for name in COLUMNS
        }
        self.rows.append({"epoch": trainer.current_epoch + 1, **values})

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed training needs."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self.rows = list(state_dict["rows"])

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the table."""
        write_history(self.rows, self.path)


def write_history(rows: list[dict[str, float]], path: Path) -> None:
    """Write one row per epoch.

    Args:
        rows: ``epoch`` (from 1), losses and errors of both sides, and the validation side's AUROC,
            NaN where it has one class only. NaN of a validation side with nobody on it.
        path: The CSV file.
    """
    pd.DataFrame(rows).to_csv(path, index=False)
