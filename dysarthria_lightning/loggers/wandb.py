"""``logger=wandb``: runs at Weights & Biases, or on disk to be sent there later."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.loggers.base import LoggerSection, RunToLog

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger


class WandB(LoggerSection):
    """One run at Weights & Biases per run.

    Attributes:
        project: That all runs belong to.
        entity: A user or team; None is the one who has logged in.
        mode: ``online`` or ``offline``.
    """

    name: Literal["wandb"]
    project: str
    entity: str | None
    mode: Literal["online", "offline"]
    package: ClassVar[str | None] = "wandb"

    def check_ready(self) -> None:
        """Check that runs can be logged; see :meth:`LoggerSection.check_ready`."""
        super().check_ready()
        if self.mode == "online":
            import wandb

            if not wandb.login(prompt=False):
                raise ConfigError(
                    "logger=wandb needs a login: run `wandb login`, or give logger.mode=offline"
                )

    def open(self, run: RunToLog) -> Logger:
        """Begin a run's log; see :meth:`LoggerSection.open`."""
        from dysarthria_lightning.loggers.parts.weights_and_biases import EpochsLogger

        folder = run.logs(self.name).parent  # to which it adds its name
        folder.mkdir(parents=True, exist_ok=True)
        return EpochsLogger(
            name=run.name,
            project=self.project,
            save_dir=folder,
            entity=self.entity,
            mode=self.mode,
            group=run.name.rpartition("/")[0],
        )
