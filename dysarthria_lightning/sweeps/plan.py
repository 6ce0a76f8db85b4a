"""What a sweep is to train: checked configurations, each with the command that describes it."""

from dataclasses import dataclass
from pathlib import Path

from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.config import Config
from dysarthria_lightning.runs import layout


@dataclass(frozen=True)
class PlannedRun:
    """One run of a sweep.

    Attributes:
        config: Its checked configuration.
        overrides: The command line that describes it.
    """

    config: Config
    overrides: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return layout.run_folder(self.config)

    @property
    def command(self) -> str:
        """The command that trains it."""
        return shell_command("train", list(self.overrides))
