"""What happens at ``-m``: Hydra calls this before the first run of a sweep."""

import sys
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from dysarthria_lightning.cli.command import PastHydra, running_command
from dysarthria_lightning.cli.typed_words import words_as_given
from dysarthria_lightning.sweeps.expand import combine, swept_parameters


class SweepCallback(Callback):
    """Hands a sweep to the command that it is of; Hydra itself sweeps over the others."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Carry out the sweep, or at least see that it has bounds.

        Raises:
            PastHydra: Something is wrong. Hydra turns other exceptions of callbacks into warnings.
            SystemExit: The command has carried it out.
        """
        command = running_command()
        try:
            if command is None or command.sweep is None:
                combine([*swept_parameters(config), *words_as_given(config.hydra.overrides.task)])
                return
            command.sweep(config)
        except Exception as error:
            raise PastHydra(error) from error
        sys.exit(0)
