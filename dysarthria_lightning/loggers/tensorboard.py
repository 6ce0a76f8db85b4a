"""``logger=tensorboard``: event files in the runs' own folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from dysarthria_lightning.loggers.base import LoggerSection, RunToLog

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger


class TensorBoard(LoggerSection):
    """Epochs as curves, ROC and precision-recall curves, and the HPARAMS tab."""

    name: Literal["tensorboard"]
    goes_on: ClassVar[bool] = True

    def open(self, run: RunToLog) -> Logger:
        """Begin a run's log, or go on with it; see :meth:`LoggerSection.open`."""
        from dysarthria_lightning.loggers.parts.events import EventsLogger

        return EventsLogger(run.folder, run.epochs)
