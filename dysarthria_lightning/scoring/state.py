"""What it takes to bring a model back: arrays and plain values, whatever file they came from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.config import Config
from dysarthria_lightning.models.base import EstimatorSection
from dysarthria_lightning.scoring import checkpoint as content


@dataclass(frozen=True)
class ModelState:
    """A trained model without code.

    Attributes:
        arrays: A network's weights, and ``mean`` and ``std`` of the training frames; none of models
            that are fitted without gradient steps.
        values: ``n_columns``; of a network also ``max_frames``, ``precision`` and ``threads``; of
            others what they have ``fitted``. Numbers, texts and lists of them alone.
    """

    arrays: dict[str, NDArray[Any]]
    values: dict[str, Any]

    @classmethod
    def of_checkpoint(
        cls, config: Config, checkpoint: dict[str, Any], precision: str
    ) -> "ModelState":
        """Take a run's model out of its checkpoint.

        Args:
            config: The run's.
            checkpoint: What :func:`checkpoint.read_checkpoint` returned.
            precision: Of the run, in Lightning's words.
        """
        if isinstance(config.model, EstimatorSection):
            return cls({}, {key: checkpoint[key] for key in ("fitted", "n_columns")})
        n_columns, max_frames = content.network_size(checkpoint)
        standardisation = content.standardisation(checkpoint)
        weights = content.network_weights(checkpoint)
        arrays = {f"network.{name}": weight.numpy() for name, weight in weights.items()}
        arrays["mean"] = np.asarray(standardisation.mean, dtype=np.float64)
        arrays["std"] = np.asarray(standardisation.std, dtype=np.float64)
        values = {
            "n_columns": n_columns,
            "max_frames": max_frames,
            "precision": precision,
            "threads": config.trainer.threads,
        }
        return cls(arrays, values)
