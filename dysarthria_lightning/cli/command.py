"""A command: a function that takes a configuration, and how Hydra composes it."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from dysarthria_lightning.errors import UserError
from dysarthria_lightning.schema.location import CONF_DIR
from dysarthria_lightning.version import __version__

if TYPE_CHECKING:
    from omegaconf import DictConfig

    Task = Callable[[DictConfig], Any]


class PastHydra(BaseException):
    """Carries an error past Hydra, which announces exceptions in words of its own.

    Attributes:
        error: What went wrong.
    """

    def __init__(self, error: Exception) -> None:
        self.error = error
        super().__init__(error)


class Command:
    """A function that takes a configuration, as a command that composes it.

    Calling it runs the command with the words in ``sys.argv``.

    Attributes:
        config_name: The primary configuration in ``conf/``.
        sweep: What ``-m`` does, given the sweep's configuration; None: what Hydra does.
        settled: Keys that the command sets itself, which a hint must not name.
    """

    def __init__(
        self, task: "Task", config_name: str, sweep: "Task | None", settled: Sequence[str]
    ) -> None:
        self.config_name = config_name
        self.sweep = sweep
        self.settled = settled
        self._task = _carrying(task)

    def __call__(self) -> None:
        """Run it.

        Raises:
            PastHydra: An error that the command's function has raised.
        """
        global _running
        _running = self
        if "--version" in sys.argv[1:]:
            print(f"dysarthria-lightning {__version__}")
            return
        # Hydra takes half a second to import; whatever happens meanwhile is ours to handle.
        import hydra

        from dysarthria_lightning.cli.paths import path_as_typed
        from dysarthria_lightning.cli.typed_words import as_typed
        from dysarthria_lightning.cli.word_forms import check_forms
        from dysarthria_lightning.config.safe_loader import install_checked_loader

        install_checked_loader()
        # Makes Hydra raise instead of printing, so that run_command alone decides what people see.
        os.environ["HYDRA_FULL_ERROR"] = "1"
        # Hydra's parser takes overrides in one stretch only: "a=1 -m b=1,2" would be an error.
        words = sorted(sys.argv[1:], key=lambda word: word not in ("-m", "--multirun"))
        options = [word.partition("=")[0] for word in words if word.startswith("--e")]
        if any("--experimental-rerun".startswith(option) for option in options):
            # The option unpickles a file, which runs whatever the file says.
            raise UserError("--experimental-rerun is refused; give the run's own command again")
        if {"-h", "--help"} & {*words}:
            from dysarthria_lightning.cli.help import print_help

            print_help(self.config_name, words, self.settled)
            return
        check_forms(words, self.config_name)
        sys.argv[1:] = [as_typed(path_as_typed(word)) for word in words]
        hydra.main(version_base="1.3", config_path=CONF_DIR, config_name=self.config_name)(
            self._task
        )()


_running: Command | None = None


def running_command() -> Command | None:
    """Return the command that this process runs, None outside one."""
    return _running


def command(
    config_name: str, sweep: "Task | None" = None, settled: Sequence[str] = ()
) -> "Callable[[Task], Command]":
    """Make a function that takes a configuration into a :class:`Command`.

    Args:
        config_name: The primary configuration in ``conf/``.
        sweep: What ``-m`` does, given the sweep's configuration; None: what Hydra does.
        settled: Keys that the command sets itself.
    """
    return lambda task: Command(task, config_name, sweep, settled)


def _carrying(task: "Task") -> "Task":
    @wraps(task)
    def carrying(composed: "DictConfig") -> Any:
        from hydra.core.hydra_config import HydraConfig
        from hydra.types import RunMode

        try:
            return task(composed)
        except Exception as error:
            if HydraConfig.get().mode == RunMode.MULTIRUN:  # the launcher's to report
                raise
            raise PastHydra(error) from error

    return carrying
