"""A training ends where another process has taken its run over."""

import time
from typing import Any

from pytorch_lightning import Callback

from dysarthria_lightning.files.locks import Check

# Between two looks while batches go by: on a network disk each is a request.
_PAUSE_S = 1.0


class ClaimCheck(Callback):
    """Looks at a run's claim now and then, and each time before something is written.

    What is being written at the very moment that a process is suspended is finished as it wakes up.

    Args:
        check: The claim's.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self._checked = time.monotonic()

    def on_train_batch_end(self, *_: Any) -> None:
        """Look now and then."""
        if time.monotonic() - self._checked > _PAUSE_S:
            self._look()

    def on_validation_epoch_end(self, *_: Any) -> None:
        """Look before the epoch's values and the best weights are written."""
        self._look()

    def on_train_epoch_end(self, *_: Any) -> None:
        """Look before what a stopped run goes on from is written."""
        self._look()

    def on_fit_end(self, *_: Any) -> None:
        """Look before the history is written."""
        self._look()

    def on_test_epoch_end(self, *_: Any) -> None:
        """Look before the test's values are written."""
        self._look()

    def _look(self) -> None:
        self._check()
        self._checked = time.monotonic()
