"""The ``trainer`` and ``subset`` sections."""

from typing import Annotated, Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from dysarthria_lightning.data.manifest_schema import SyllableType
from dysarthria_lightning.schema.automatic import auto_or_at_least
from dysarthria_lightning.schema.base import FOLDER_NAME, Section


class Subset(Section):
    """``subset=...``: which syllable types are left out (paper, section V-C)."""

    name: Annotated[str, Field(pattern=f"^{FOLDER_NAME}$")]
    exclude: list[SyllableType]


class EarlyStopping(Section):
    """Ratio-based early stopping (paper, section III).

    Attributes:
        alpha: Tolerated relative rise of what is monitored over its lowest value.
        patience: Epochs in a row above it that stop training.
    """

    alpha: Annotated[float, Field(ge=0)]
    patience: PositiveInt


class TrainerSection(Section):
    """``trainer=...``: optimisation and the machine it runs on.

    What ``auto`` stands for depends on the corpus (:mod:`config.automatic`), but for the machine's
    keys. Keys that configurations of older versions lack have the paper's value, which those runs
    were made with.

    Attributes:
        monitor: What chooses the tested epoch and feeds early stopping, of the validation
            recordings: their ``error`` (the paper), mean ``loss`` or ``auroc`` (1 - AUROC, so that
            lower is better here, too).
        min_steps: Optimisation steps before which an epoch neither counts towards stopping nor is
            chosen for what is monitored, as the validation side is not believed so early; 0 in
            the paper. Short trainings wait for fewer (:meth:`least_steps`).
    """

    max_epochs: PositiveInt
    batch_size: PositiveInt
    learning_rate: PositiveFloat
    early_stopping: EarlyStopping
    accelerator: Literal["auto", "cpu", "gpu"]
    precision: Literal["auto", "32-true", "bf16-mixed"]
    threads: PositiveInt
    monitor: Literal["auto", "error", "loss", "auroc"] = "error"
    min_steps: Annotated[int | Literal["auto"], auto_or_at_least(0)] = 0

    def least_steps(self, steps_of_epoch: int) -> int:
        """Return how many steps ``min_steps`` comes to.

        Args:
            steps_of_epoch: Optimisation steps of one epoch.

        Returns:
            ``min_steps``, but three quarters of the steps of all epochs at the most: otherwise the
            last epoch would always be tested where a corpus is small, and the validation side have
            no say. Half would be fewer than the 300 of 480 steps that were tried on corpora of 64
            speakers (docs/statistics.md).
        """
        assert isinstance(self.min_steps, int)  # resolved when the configuration is checked
        return min(self.min_steps, self.max_epochs * steps_of_epoch * 3 // 4)

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide a run's result, whatever machine it runs on.

        A precision left to the machine is the machine's, as its accelerator is. Keys that came
        later are left out where they have the value of before, so that older runs are known again.
        """
        settings = self.model_dump(exclude={"accelerator", "threads"}, exclude_defaults=True)
        if settings["precision"] == "auto":
            del settings["precision"]
        return settings
