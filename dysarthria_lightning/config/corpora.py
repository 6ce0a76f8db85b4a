"""The ``data`` section: one class a corpus layout."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    PositiveFloat,
    model_validator,
)

from dysarthria_lightning.data.synthetic.parameters import Confound, SyntheticParameters
from dysarthria_lightning.schema.base import FOLDER_NAME, Section


class DataSection(Section):
    """Keys that every corpus has."""

    segment_s: PositiveFloat | None = None
    max_duration_s: PositiveFloat | None = None
    on_bad_file: Literal["error", "skip"] = "error"


class ManifestData(DataSection):
    """``data=manifest``: the user's own table of recordings."""

    layout: Literal["manifest"]
    manifest: str | None
    name: str | None = None

    @model_validator(mode="after")
    def _needs_a_table(self) -> "ManifestData":
        if not (self.manifest or self.name):
            raise ValueError("data.manifest is needed: the CSV or Parquet table of your recordings")
        if not re.fullmatch(FOLDER_NAME, self.corpus):
            raise ValueError(
                f"{self.corpus!r} cannot name a folder (letters, digits, '.', '_', '-' only): "
                "name the corpus with data.name=..."
            )
        return self

    @property
    def corpus(self) -> str:
        """The corpus's name in ``outputs/``."""
        return self.name or Path(self.manifest or "").stem


class Minsk2020Data(DataSection):
    """``data=minsk2020``: the public Minsk2020 ALS corpus."""

    layout: Literal["minsk2020"]
    root: str | None
    corpus: Literal["minsk2020"] = "minsk2020"


class Mayle2018Data(DataSection):
    """``data=mayle2018``: a corpus in the paper's own layout."""

    layout: Literal["mayle2018"]
    root: str | None
    pseudonym_key_file: str | None = None
    corpus: Literal["mayle2018"] = "mayle2018"


class SyntheticData(DataSection):
    """``data=synthetic``: the embedded corpus, made on this machine."""

    layout: Literal["synthetic"]
    corpus: Literal["synthetic"] = "synthetic"
    speakers: int
    scale: float
    recordings_per_speaker: int | None
    dysarthric_share: float
    severity_min: float
    severity_max: float
    seed: int
    confound: Confound

    @model_validator(mode="after")
    def _can_be_made(self) -> "SyntheticData":
        self.parameters()
        return self

    def parameters(self) -> SyntheticParameters:
        """Return what the generator takes, which checks the ranges.

        Raises:
            ValueError: A value is out of range.
        """
        try:
            return SyntheticParameters(
                speakers=self.speakers,
                scale=self.scale,
                recordings_per_speaker=self.recordings_per_speaker,
                dysarthric_share=self.dysarthric_share,
                severity_min=self.severity_min,
                severity_max=self.severity_max,
                seed=self.seed,
                confound=self.confound,
            )
        except ValueError as error:
            raise ValueError(f"data.{error}") from None


Data = Annotated[
    ManifestData | Minsk2020Data | Mayle2018Data | SyntheticData, Field(discriminator="layout")
]
