"""Going on with a run that was stopped: from its last full epoch, with the same result."""

import logging
import pickle
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint

RESUME_POINT = "resume.ckpt"

log = logging.getLogger(__name__)


class ResumePoint(Checkpoint):
    """Writes, after every epoch, all that a stopped run needs to go on from there.

    Weights, optimiser, epochs and the callbacks' states are Lightning's to save. Random numbers
    are this callback's; the order of batches follows from the seed and the epoch alone. As a
    ``Checkpoint`` it is called after all other callbacks have seen the epoch.

    Args:
        path: The checkpoint to write; each epoch's takes the place of the one before at once.
        fingerprint: Of the run, so that another one does not go on from it.
    """

    def __init__(self, path: Path, fingerprint: dict[str, Any]) -> None:
        self.path = path
        self.fingerprint = fingerprint
        self.seconds_before = 0.0
        self._started = time.perf_counter()
        self._random_state: dict[str, Any] | None = None

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Go on with the random numbers of the stopped run."""
        if self._random_state is not None:
            torch.set_rng_state(self._random_state["cpu"])
            if self._random_state["cuda"] is not None:
                torch.cuda.set_rng_state(self._random_state["cuda"])
            # A loader draws a number as it starts an epoch. Lightning has started this one's before
            # the epoch when it goes on, and after this hook when it does not.
            torch.empty((), dtype=torch.int64).random_()
            self._random_state = None

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the checkpoint."""
        trainer.save_checkpoint(self.path)

    def state_dict(self) -> dict[str, Any]:
        """Return plain values and tensors, which load without running code."""
        on_gpu = torch.cuda.is_available() and torch.cuda.is_initialized()
        return {
            "fingerprint": self.fingerprint,
            "seconds": self.seconds_before + time.perf_counter() - self._started,
            "cpu": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state() if on_gpu else None,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self.seconds_before = state_dict["seconds"]
        self._random_state = state_dict


@dataclass(frozen=True)
class StoppedRun:
    """A run that can go on.

    Attributes:
        checkpoint: What :class:`ResumePoint` left.
        steps: Batches it has trained on.
        seconds: How long that took.
    """

    checkpoint: Path
    steps: int
    seconds: float


def find_stopped_run(folder: Path, fingerprint: dict[str, Any]) -> StoppedRun | None:
    """Find where a run can go on; None where it has to start from the beginning.

    Args:
        folder: The run's folder.
        fingerprint: Of the run to be trained; what other settings have left does not count.
    """
    path = folder / RESUME_POINT
    if not path.exists():
        return None
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        left = checkpoint["callbacks"][ResumePoint.__qualname__]
        stopped = StoppedRun(path, int(checkpoint["global_step"]), float(left["seconds"]))
        belongs = left["fingerprint"] == fingerprint
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        log.warning(f"{path} is damaged ({type(error).__name__}); the run starts again")
        return None
    return stopped if belongs else None
