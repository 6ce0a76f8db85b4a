"""The sections that say what is extracted, split, trained and how."""

from typing import Annotated, Literal

from pydantic import (
    Field,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

from dysarthria_lightning.schema.base import FOLDER_NAME, Section

SyllableType = Literal["monophthong", "compound_vowel", "consonant_a"]


class Features(Section):
    """``features=mfcc``: how recordings become mel-frequency cepstral coefficients."""

    sample_rate_hz: Annotated[int, Field(ge=1000, le=192_000)]
    window_s: PositiveFloat
    hop_s: PositiveFloat
    n_mels: PositiveInt
    f_min_hz: Annotated[float, Field(ge=0)]
    f_max_hz: PositiveFloat | None
    n_stored: PositiveInt

    @model_validator(mode="after")
    def _fits_the_sample_rate(self) -> "Features":
        if self.window_samples < 2 or self.hop_samples < 1:
            raise ValueError(
                f"window_s = {self.window_s} and hop_s = {self.hop_s} are "
                f"{self.window_samples} and {self.hop_samples} samples at {self.sample_rate_hz} "
                "Hz; at least 2 and 1 are needed"
            )
        nyquist = self.sample_rate_hz / 2
        top = nyquist if self.f_max_hz is None else self.f_max_hz
        if not self.f_min_hz < top <= nyquist:
            raise ValueError(
                f"f_min_hz = {self.f_min_hz} and f_max_hz = {self.f_max_hz} must lie in order "
                f"between 0 and half the sample rate, {nyquist:g} Hz"
            )
        if self.n_stored > self.n_mels:
            raise ValueError(f"n_stored = {self.n_stored} exceeds n_mels = {self.n_mels}")
        return self

    @property
    def window_samples(self) -> int:
        """Window length in samples."""
        return round(self.window_s * self.sample_rate_hz)

    @property
    def hop_samples(self) -> int:
        """Stride in samples."""
        return round(self.hop_s * self.sample_rate_hz)

    def n_frames(self, n_samples: int) -> int:
        """Frames that fit whole into ``n_samples`` samples (0 where not even one does)."""
        if n_samples < self.window_samples:
            return 0
        return 1 + (n_samples - self.window_samples) // self.hop_samples


class NovelSpeakers(Section):
    """``protocol=novel_speakers``: cross-validation over speakers (paper, section V)."""

    name: Literal["novel_speakers"]
    folds: Annotated[int, Field(ge=2)]
    validation_speakers: PositiveInt


class KnownSpeakers(Section):
    """``protocol=known_speakers``: one split of shuffled recordings (paper, section IV)."""

    name: Literal["known_speakers"]
    train_parts: PositiveInt
    test_parts: PositiveInt
    validation_parts: PositiveInt
    folds: Literal[1] = 1


Protocol = Annotated[NovelSpeakers | KnownSpeakers, Field(discriminator="name")]


class Subset(Section):
    """``subset=...``: which syllable types are left out (paper, section V-C)."""

    name: Annotated[str, Field(pattern=f"^{FOLDER_NAME}$")]
    exclude: list[SyllableType]


class NetworkSection(Section):
    """Keys that every network has."""

    name: Annotated[str, Field(pattern=f"^{FOLDER_NAME}$")]
    hidden_size: PositiveInt
    l2: Annotated[float, Field(ge=0)]


class FeedForward(NetworkSection):
    """The paper's baseline."""

    architecture: Literal["feedforward"]


class LSTM(NetworkSection):
    """LSTM-1 and LSTM-2."""

    architecture: Literal["lstm"]
    layers: PositiveInt
    dropout: Annotated[float, Field(ge=0, lt=1)]


class BiLSTM(NetworkSection):
    """BiLSTM-1."""

    architecture: Literal["bilstm"]


Model = Annotated[FeedForward | LSTM | BiLSTM, Field(discriminator="architecture")]


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
