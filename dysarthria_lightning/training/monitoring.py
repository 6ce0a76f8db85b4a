"""What chooses the epoch whose weights are tested."""

import math
from dataclasses import dataclass
from pathlib import Path

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout


@dataclass(frozen=True)
class Monitor:
    """One of ``trainer.monitor``, of the validation recordings.

    Attributes:
        name: ``error``, ``loss`` or ``auroc``.
    """

    name: str

    @property
    def metric(self) -> str:
        """What the module logs it as."""
        return f"validation/{self.name}"

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self.name == "auroc"

    def cost(self, value: float) -> float:
        """Return the value, turned round where more is better: 1 - AUROC."""
        return 1 - value if self.rises else value


class LastWeights(ModelCheckpoint):
    """Keeps the weights of the last epoch, where nobody validates and none can be chosen.

    Args:
        folder: The run's folder.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(
            dirpath=folder,
            filename=Path(layout.CHECKPOINT).stem,
            save_weights_only=True,
            enable_version_counter=False,
            save_on_train_epoch_end=True,
        )

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keep the epoch's weights.

        Raises:
            RunError: Training diverged, which no validation side shows here.
        """
        loss = float(trainer.callback_metrics["train/loss"])
        finite = all(bool(weight.isfinite().all()) for weight in pl_module.parameters())
        if not (math.isfinite(loss) and finite):
            raise RunError(
                f"training diverged in epoch {trainer.current_epoch + 1}: the training loss is "
                f"{loss}{'' if finite else ' and weights are not finite'}; try a smaller "
                "trainer.learning_rate"
            )
        super().on_train_epoch_end(trainer, pl_module)


#: The paper's.
ERROR = Monitor("error")


class BestWeights(ModelCheckpoint):
    """Keeps the weights of the epoch with the best monitored value, of the first where they tie.

    Epochs that end before ``min_steps`` optimisation steps are not compared: the latest of them is
    kept, so that there always are weights, and the first epoch that ends later takes its place.

    Args:
        folder: The run's folder.
        monitor: What is compared.
        min_steps: Optimisation steps.
    """

    def __init__(self, folder: Path, monitor: Monitor, min_steps: int) -> None:
        super().__init__(
            dirpath=folder,
            filename=Path(layout.CHECKPOINT).stem,
            monitor=monitor.metric,
            mode="max" if monitor.rises else "min",
            save_weights_only=True,
            enable_version_counter=False,
        )
        self.min_steps = min_steps

    def check_monitor_top_k(self, trainer: Trainer, current: Tensor | None = None) -> bool:
        """Say whether the epoch's weights take the place of those kept."""
        steps_before = trainer.global_step - trainer.num_training_batches
        return steps_before < self.min_steps or super().check_monitor_top_k(trainer, current)
