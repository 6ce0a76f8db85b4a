"""``logger=csv``: a table of epochs for each run."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Literal

from dysarthria_lightning.loggers.base import LoggerSection, RunToLog

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger


class CSV(LoggerSection):
    """``metrics.csv`` and ``hparams.yaml`` below ``outputs/logs/csv``."""

    name: Literal["csv"]

    def open(self, run: RunToLog) -> Logger:
        """Begin a run's log; see :meth:`LoggerSection.open`."""
        from pytorch_lightning.loggers import CSVLogger

        folder = run.logs(self.name) / run.name
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier training of the run
        return CSVLogger(folder, name="", version="")
