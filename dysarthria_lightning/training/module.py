"""The Lightning module: any of the networks, trained to tell dysarthric recordings.

What an epoch has come to is computed when it ends, from what its steps have gathered: logging and
metrics at every step would take a good part of the time that small networks take.
"""

from typing import Any, NamedTuple

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn import functional as F
from torchmetrics import MetricCollection
from torchmetrics.classification import (
    BinaryAccuracy,
    BinaryAUROC,
    BinaryF1Score,
    BinaryPrecision,
    BinaryRecall,
)

from dysarthria_lightning.config.members import MODELS
from dysarthria_lightning.data.batches import Batch
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.models.base import NetworkSection


class Judged(NamedTuple):
    """Recordings and what a network says of them.

    Attributes:
        rows: (n,) int64, positions in the store's recordings.
        logits: (n,) float32.
        labels: (n,) float32, 1 for dysarthric.
    """

    rows: Tensor
    logits: Tensor
    labels: Tensor


class RecordingClassifier(LightningModule):
    """Binary cross-entropy on logits with Adam; metrics over recordings.

    Args:
        model: The ``model`` section of the configuration, as plain values.
        n_columns: Columns of a frame.
        max_frames: Frames of the corpus's longest recording.
        learning_rate: Adam's step size.
    """

    def __init__(
        self, model: dict[str, Any], n_columns: int, max_frames: int, learning_rate: float
    ) -> None:
        super().__init__()
        # Only primitives, so that checkpoints load without running code; the run's config.yaml
        # has the whole configuration.
        self.save_hyperparameters(logger=False)
        self.network = build_network(model, n_columns, max_frames)
        self.learning_rate = learning_rate
        self.l2 = float(model["l2"])
        metrics = MetricCollection(
            {
                "auroc": AUROCOrNaN(),
                "accuracy": BinaryAccuracy(),
                "precision": BinaryPrecision(),
                "recall": BinaryRecall(),
                "f1": BinaryF1Score(),
            }
        )
        self.metrics = nn.ModuleDict(
            {side: metrics.clone(prefix=f"{side}/") for side in ("validation", "test")}
        )
        self._trained: list[Judged] = []
        self._evaluated: list[Judged] = []

    def forward(self, batch: Batch) -> Tensor:
        """Return (batch,) float32 logits of dysarthria."""
        return self.network(batch.features, batch.lengths).float()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the batch's loss."""
        judged = self._judge(batch)
        loss = F.binary_cross_entropy_with_logits(judged.logits, batch.labels)
        self._trained.append(judged._replace(logits=judged.logits.detach()))
        if self.trainer.is_last_batch:
            epoch = join(self._trained)
            wrong = (epoch.logits > 0) != (epoch.labels > 0.5)
            mean = F.binary_cross_entropy_with_logits(epoch.logits, epoch.labels)
            values = {"train/loss": mean, "train/error": wrong.float().mean()}
            self.log_dict(values, on_step=False, on_epoch=True, batch_size=1, logger=False)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Gather the validation side's logits."""
        self._evaluated.append(self._judge(batch))

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Gather the test side's logits."""
        self._evaluated.append(self._judge(batch))

    def on_train_epoch_start(self) -> None:
        """Forget the epoch before."""
        self._trained.clear()

    def on_validation_epoch_start(self) -> None:
        """Forget what was evaluated before."""
        self._evaluated.clear()

    def on_test_epoch_start(self) -> None:
        """Forget what was evaluated before."""
        self._evaluated.clear()

    def on_validation_epoch_end(self) -> None:
        """Compute the validation side's loss and metrics."""
        self._log_metrics("validation")

    def on_test_epoch_end(self) -> None:
        """Compute the test side's loss and metrics."""
        self._log_metrics("test")

    def evaluated(self) -> Judged:
        """Return what the last validation or test has judged."""
        return join(self._evaluated)

    def predict_step(self, batch: Batch, batch_idx: int) -> Judged:
        """Return what the network says of a batch."""
        return self._judge(batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Make Adam, with L2 on the weights but not on the biases."""
        weights = [parameter for parameter in self.parameters() if parameter.dim() > 1]
        biases = [parameter for parameter in self.parameters() if parameter.dim() == 1]
        groups = [
            {"params": weights, "weight_decay": self.l2},
            {"params": biases, "weight_decay": 0.0},
        ]
        return torch.optim.Adam(groups, lr=self.learning_rate)

    def _judge(self, batch: Batch) -> Judged:
        return Judged(batch.rows, self(batch), batch.labels)

    def _log_metrics(self, side: str) -> None:
        judged = self.evaluated()
        loss = F.binary_cross_entropy_with_logits(judged.logits, judged.labels)
        if not torch.isfinite(loss):
            raise RunError(
                f"training diverged in epoch {self.current_epoch + 1}: the {side} loss is "
                f"{loss.item()}; try a smaller trainer.learning_rate"
            )
        metrics = self.metrics[side]
        assert isinstance(metrics, MetricCollection)
        # Probabilities: torchmetrics would mistake logits that all lie in [0, 1] for them.
        metrics.update(torch.sigmoid(judged.logits), judged.labels.long())
        values = metrics.compute()
        metrics.reset()
        error = 1 - values[f"{side}/accuracy"]
        self.log_dict({f"{side}/loss": loss, f"{side}/error": error, **values}, logger=False)


def join(parts: list[Judged]) -> Judged:
    """Put batches together, in order."""
    return Judged(*(torch.cat(column) for column in zip(*parts, strict=True)))


class AUROCOrNaN(BinaryAUROC):
    """AUROC that is NaN where one class is absent; torchmetrics says 0 with a warning."""

    def compute(self) -> Tensor:  # type: ignore[override]
        """Return the AUROC of what was gathered."""
        labels = torch.cat([part.flatten() for part in self.target])
        if labels.min() == labels.max():
            return torch.tensor(float("nan"), device=labels.device)
        return super().compute()


def build_network(model: dict[str, Any], n_columns: int, max_frames: int) -> nn.Module:
    """Build the network that a ``model`` section describes.

    Args:
        model: The section, as plain values.
        n_columns: Columns of a frame.
        max_frames: Frames of the corpus's longest recording.

    Returns:
        A network that maps (features, lengths) to logits.

    Raises:
        ValueError: The section describes no network.
    """
    section = MODELS[model["architecture"]].model_validate(model)
    if not isinstance(section, NetworkSection):
        raise ValueError(f"{section.name} is no network")
    return section.build(n_columns, max_frames)
