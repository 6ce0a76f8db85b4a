"""Going on with a run that was stopped: from its last full epoch, with the same result."""

import io
import logging
import os
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins import TorchCheckpointIO
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.files.atomic import write_bytes
from dysarthria_lightning.runs import layout
from dysarthria_lightning.training.monitoring import BestWeights, LastWeights
from dysarthria_lightning.training.precision import choose_precision

log = logging.getLogger(__name__)


class ResumePoint(Checkpoint):
    """Writes, after every epoch, all that a stopped run needs to go on from there.

    Weights, optimiser, epochs and the callbacks' states are Lightning's to save. Random numbers
    are this callback's; the order of batches follows from the seed and the epoch alone. As a
    ``Checkpoint`` it is called after all other callbacks have seen the epoch.

    Args:
        path: The checkpoint to write; each epoch's takes the place of the one before at once.
        fingerprint: :func:`resume_fingerprint`, so that another run does not go on from it.
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


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes a checkpoint beside the one it replaces.

    Lightning's own is written to the system's temporary folder and then copied across disks, so a
    kill leaves half a checkpoint, or its content there.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write a checkpoint at once."""
        # Through memory: torch's own writer does not report a full disk.
        content = io.BytesIO()
        torch.save(checkpoint, content)
        write_bytes(content.getbuffer(), Path(path))


@dataclass(frozen=True)
class StoppedRun:
    """A run that can go on.

    Attributes:
        checkpoint: What :class:`ResumePoint` left.
        epochs: That it has trained.
        seconds: How long that took.
    """

    checkpoint: Path
    epochs: int
    seconds: float


def resume_fingerprint(config: Config, store_key: str) -> dict[str, Any]:
    """Gather what has to stay the same for a run to go on to the same bits.

    Args:
        config: The run's; torch has been prepared for it.
        store_key: Of the corpus's feature store.

    Raises:
        ConfigError: The machine does not have the precision asked for.
    """
    accelerator = config.trainer.accelerator
    on_gpu = accelerator != "cpu" and torch.cuda.is_available()
    return {
        "run": fingerprint(config, store_key),
        # Raise it when checkpoints of the same settings begin to look otherwise.
        "layout": 3,
        # Lightning does not take up its best checkpoint's score in another folder.
        "folder": os.path.realpath(layout.run_folder(config)),
        "device": torch.cuda.get_device_name() if on_gpu else "cpu",
        "precision": choose_precision(config.trainer.precision, accelerator),
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
    }


def find_stopped_run(folder: Path, fingerprint: dict[str, Any]) -> StoppedRun | None:
    """Find where a run can go on; None where it has to start from the beginning.

    Args:
        folder: The run's folder.
        fingerprint: Of the run to be trained; what other settings have left does not count.
    """
    path = folder / layout.RESUME_POINT
    if not path.exists():
        return None
    try:
        _check_content(path)
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        left = checkpoint["callbacks"][ResumePoint.__qualname__]
        stopped = StoppedRun(path, 1 + int(checkpoint["epoch"]), float(left["seconds"]))
        if left["fingerprint"] != fingerprint:
            return None
        path = folder / layout.CHECKPOINT
        for name, state in checkpoint["callbacks"].items():
            keeps_weights = name.startswith((BestWeights.__qualname__, LastWeights.__qualname__))
            if keeps_weights and state["best_model_path"]:
                _check_content(path)
    except Exception as error:  # whatever a damaged file may give
        log.warning(f"{path} is damaged ({type(error).__name__}); the run starts again")
        return None
    return stopped


def _check_content(path: Path) -> None:
    """Compare a checkpoint with its checksums, which torch does not."""
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            raise ValueError(f"{path} has changed")
