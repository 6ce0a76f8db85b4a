"""A run's log: its epochs as they end, and what it came to, through the logger that is chosen.

Nothing in a run's result depends on its log: if the logger fails, training goes on without it.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import Logger

from dysarthria_lightning.config import Config
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.evaluation.metrics import Scores
from dysarthria_lightning.loggers.base import RunToLog
from dysarthria_lightning.loggers.parts.events import EventsLogger
from dysarthria_lightning.runs import layout
from dysarthria_lightning.training.tensorboard import log_curves, log_hyperparameters

log = logging.getLogger(__name__)

#: Of which the final values are logged.
_FINAL = ("auroc", "accuracy", "f1")


class RunLog:
    """What writes a run's log; made by :func:`logging_run`.

    Args:
        config: The run's.
        logger: Lightning's.
    """

    def __init__(self, config: Config, logger: Logger) -> None:
        self.config = config
        self._logger: Logger | None = logger
        self._try(lambda logger: logger.log_hyperparams(identity(config)))

    def epoch(self, epoch: int, values: Mapping[str, float]) -> None:
        """Log what an epoch came to.

        Args:
            epoch: Its number, from 1.
            values: By names such as ``validation/loss``.
        """

        def write(logger: Logger) -> None:
            logger.log_metrics(dict(values), epoch)
            logger.save()

        self._try(write)

    def end(
        self,
        epoch: int,
        levels: dict[str, dict[str, Scores]],
        metrics: dict[str, dict[str, dict[str, float | None]]],
    ) -> None:
        """Log what the run came to, and end its log.

        Args:
            epoch: The one whose weights were kept, from 1.
            levels: By ``validation`` and ``test`` the scored items by level; none of a model of all
                speakers, whom nobody tests.
            metrics: Their metrics, likewise.
        """
        final = {
            f"final/{side}_{level}_{name}": value
            for side, by_level in metrics.items()
            for level, values in by_level.items()
            for name, value in values.items()
            if value is not None and name in _FINAL
        }

        def write(logger: Logger) -> None:
            if isinstance(logger, EventsLogger):
                writer = logger.experiment
                if self.config.data.disclaimer:
                    writer.add_text("about this corpus", self.config.data.disclaimer)
                for side, scored in levels.items():
                    log_curves(writer, side, scored)
                log_hyperparameters(writer, identity(self.config), metrics)
            else:
                logger.log_metrics(final, epoch)
                logger.save()

        self._try(write)
        self.close("success")

    def close(self, status: str) -> None:
        """End the log, unless it has ended.

        Args:
            status: In Lightning's words: ``success`` or ``failed``.
        """
        self._try(lambda logger: logger.finalize(status))
        self._logger = None

    def _try(self, write: Callable[[Logger], None]) -> None:
        if self._logger is None:
            return
        try:
            write(self._logger)
        except Exception as error:  # whatever a logger may raise
            self._logger = None
            log.warning(
                f"logger={self.config.logger.name} failed for {layout.run_folder(self.config)}: "
                f"{type(error).__name__}: {error}\nThe run goes on without it; its result is not "
                "affected"
            )


@contextmanager
def logging_run(config: Config, folder: Path, epochs: int = 0) -> Iterator[RunLog]:
    """Open a run's log, and end it whatever happens.

    Args:
        config: The run's.
        folder: The run's.
        epochs: Already trained, where a stopped run goes on.

    Raises:
        RunError: It cannot be opened.
    """
    outputs = Path(config.outputs_dir)
    name = folder.relative_to(outputs / "runs").as_posix()
    try:
        logger = config.logger.open(RunToLog(folder, outputs, name, epochs))
    except Exception as error:  # whatever a logger may raise
        raise RunError(
            f"logger={config.logger.name} cannot begin a log: {type(error).__name__}: {error}\n"
            "Nothing was trained"
        ) from error
    run_log = RunLog(config, logger)
    try:
        yield run_log
    finally:
        run_log.close("failed")  # unless it has ended


def identity(config: Config) -> dict[str, str]:
    """Return what tells a run from the others of a sweep, by what people call it."""
    return {
        "model": config.model.name,
        "features": config.features_name,
        "subset": config.subset.name,
        "protocol": config.protocol.short_name,
        "fold": str(config.fold),
        "repeat": str(config.repeat),
        "split_seed": str(config.split_seed),
        "seed": str(config.seed),
    }


class EpochLog(Callback):
    """Logs each epoch's values of the training and the validation side as the epoch ends.

    Args:
        run_log: The run's log.
    """

    def __init__(self, run_log: RunLog) -> None:
        self._run_log = run_log
        self._rows: list[dict[str, float]] = []

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin a new log with the epochs from before, where the training goes on."""
        if not self._run_log.config.logger.goes_on:
            for epoch, values in enumerate(self._rows, 1):
                self._run_log.epoch(epoch, values)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log the epoch; validation has run before."""
        values = {
            name: float(value)
            for name, value in trainer.callback_metrics.items()
            if name.startswith(("train/", "validation/"))
        }
        self._rows.append(values)
        self._run_log.epoch(trainer.current_epoch + 1, values)

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed training needs."""
        return {"rows": self._rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self._rows = list(state_dict["rows"])
