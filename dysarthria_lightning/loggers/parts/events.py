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
        """Write no hparams.yaml: the run's config.yaml says it all."""

    def finalize(self, status: str) -> None:
        """Close the file."""
        self.experiment.close()
