"""What every logger has: the keys of its section, and how a run's log is opened."""

from __future__ import annotations

import importlib.util
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.schema.base import Section

if TYPE_CHECKING:
    from pathlib import Path

    from pytorch_lightning.loggers import Logger


@dataclass(frozen=True)
class RunToLog:
    """What a logger is told of a run.

    Attributes:
        folder: The run's.
        outputs_dir: The folder of all outputs.
        name: Of the run: its folder, as seen from that of all runs.
        epochs: Already trained, where a stopped run goes on.
    """

    folder: Path
    outputs_dir: Path
    name: str
    epochs: int = 0

    def logs(self, logger: str) -> Path:
        """Return the folder of all that a logger writes outside of the runs' folders."""
        return self.outputs_dir / "logs" / logger


class LoggerSection(Section):
    """Base of the ``logger`` sections.

    A member adds ``name`` (a ``Literal``) and keys of its own. No key has a part in a run's result.

    Attributes:
        package: What has to be installed, by the extra of the logger's name.
        goes_on: Whether the log of a stopped run is still there when it goes on. Otherwise a new
            log begins, with the epochs from before.
    """

    package: ClassVar[str | None] = None
    goes_on: ClassVar[bool] = False

    if TYPE_CHECKING:

        @property
        def name(self) -> str:
            """Names the logger."""

    def check_ready(self) -> None:
        """Check that runs can be logged.

        Raises:
            ConfigError: Something is missing; the message says what to do.
        """
        if self.package is not None and not _is_installed(self.package):
            raise ConfigError(
                f"logger={self.name} needs {self.package}, which is not installed; "
                f"pip install 'dysarthria-lightning[{self.name}]'"
            )

    @abstractmethod
    def open(self, run: RunToLog) -> Logger:
        """Begin a run's log.

        Args:
            run: The run; its folder is there.
        """


def _is_installed(package: str) -> bool:
    """Say whether a package is there; a folder of its name, such as of its output, is none."""
    found = importlib.util.find_spec(package)
    return found is not None and found.origin is not None
