"""TensorBoard's events of a run, in its own folder."""

from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import TensorBoardLogger


class EventsLogger(TensorBoardLogger):
    """Writes a run's events into its own folder, in one file as long as it is not interrupted.

    Args:
        folder: The run's folder.
        epochs: That a run which goes on has trained; events after them are purged.
    """

    def __init__(self, folder: Path, epochs: int = 0) -> None:
        super().__init__(folder, name="", version="", purge_step=epochs + 1 if epochs else None)

    def log_hyperparams(self, *_: Any, **__: Any) -> None:
        """Log none yet: they are written with the final values."""

    def save(self) -> None:
        """Put on disk what was logged, so that a killed run has lost no epoch of its log.

        No hparams.yaml is written: the run's config.yaml says it all.
        """
        if self._experiment is not None:
            self._experiment.flush()

    def finalize(self, status: str) -> None:
        """Close the file, and make none: the folder may be another process's by now."""
        if self._experiment is not None:
            self._experiment.close()
