"""What chooses the epoch whose weights are tested."""

from dataclasses import dataclass
from pathlib import Path

from pytorch_lightning import Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from torch import Tensor

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
