"""What a run's checkpoint holds, also one of an older version of this package."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from dysarthria_lightning.data.batches import Standardisation
from dysarthria_lightning.errors import RunError

# Networks were one module each, before they were put together from parts.
_MOVED = {
    "network.lstm.": "network.encoder.lstm.",
    "network.forward_lstm.": "network.encoder.forward_lstm.",
    "network.backward_lstm.": "network.encoder.backward_lstm.",
    "network.hidden.": "network.encoder.hidden.",
    "network.output.": "network.head.output.",
}


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint without running code.

    Raises:
        RunError: It is missing or damaged.
    """
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged file may give
        raise RunError(f"{path} cannot be read ({type(error).__name__}: {error})") from None
    return content


def network_weights(checkpoint: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Return the weights of a network by their names today, without those of metrics."""
    prefix = "network."
    weights = {}
    for name, weight in checkpoint["state_dict"].items():
        if name.startswith(prefix):
            old = next((start for start in _MOVED if name.startswith(start)), "")
            today = _MOVED[old] + name.removeprefix(old) if old else name
            weights[today.removeprefix(prefix)] = weight
    return weights


def network_size(checkpoint: dict[str, Any]) -> tuple[int, int]:
    """Return the columns of a frame that a network reads, and its corpus's longest recording."""
    size = checkpoint["hyper_parameters"]
    return int(size.get("n_columns") or size["n_mfcc"]), int(size["max_frames"])


def standardisation(checkpoint: dict[str, Any]) -> Standardisation:
    """Return the statistics of the training frames."""
    state = checkpoint["RecordingsDataModule"]
    return Standardisation(np.array(state["mean"]), np.array(state["std"]))
