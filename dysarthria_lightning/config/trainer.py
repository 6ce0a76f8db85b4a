"""The ``trainer`` and ``subset`` sections."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from dysarthria_lightning.data.manifest_schema import SyllableType
from dysarthria_lightning.schema.base import FOLDER_NAME, Section


class Subset(Section):
    """``subset=...``: which syllable types are left out (paper, section V-C)."""

    name: Annotated[str, Field(pattern=f"^{FOLDER_NAME}$")]
    exclude: list[SyllableType]


class EarlyStopping(Section):
    """Ratio-based early stopping (paper, section III)."""

    alpha: Annotated[float, Field(ge=0)]
    patience: PositiveInt


class TrainerSection(Section):
    """``trainer=...``: optimisation and the machine it runs on."""

    max_epochs: PositiveInt
    batch_size: PositiveInt
    learning_rate: PositiveFloat
    early_stopping: EarlyStopping
    accelerator: Literal["auto", "cpu", "gpu"]
    precision: Literal["auto", "32-true", "bf16-mixed"]
    threads: PositiveInt
