"""The typed schema under ``conf/``: each key's type, choices and range, checked before any work."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from omegaconf import DictConfig, OmegaConf
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from dysarthria_lightning.data.synthetic.parameters import Confound, SyntheticParameters
from dysarthria_lightning.errors import ConfigError

SyllableType = Literal["monophthong", "compound_vowel", "consonant_a"]
FOLDER_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"


class Section(BaseModel):
    """Base of every section: unknown keys are errors, values do not change after checking."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, coerce_numbers_to_str=True
    )


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
    confound: str

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
                confound=cast(Confound, self.confound),
            )
        except ValueError as error:
            raise ValueError(f"data.{error}") from None


Data = Annotated[
    ManifestData | Minsk2020Data | Mayle2018Data | SyntheticData, Field(discriminator="layout")
]


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
    precision: Literal["32-true", "bf16-mixed"]
    threads: PositiveInt


# What NumPy and torch both take.
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


# Where a corpus lies and what it is called have no part in a run's result.
_WHERE_AND_WHO = {"root", "manifest", "name", "corpus", "pseudonym_key_file", "on_bad_file"}


class Config(Section):
    """Everything one command needs to know; made by :func:`check_config`."""

    data: Data
    features: Features
    protocol: Protocol
    subset: Subset
    model: Model
    trainer: TrainerSection
    n_mfcc: PositiveInt
    fold: NonNegativeInt
    split_seed: Seed
    seed: Seed
    tag: Annotated[str, Field(pattern=f"^({FOLDER_NAME})?$")]
    outputs_dir: str
    overwrite: bool

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Config":
        problems = []
        if self.n_mfcc > self.features.n_mels:
            problems.append(
                f"n_mfcc = {self.n_mfcc}: features.n_mels = {self.features.n_mels} mel filters "
                f"give at most {self.features.n_mels} coefficients"
            )
        if self.fold >= self.protocol.folds:
            problems.append(
                f"fold = {self.fold}: protocol {self.protocol.name} has "
                + (
                    "fold 0 only"
                    if self.protocol.folds == 1
                    else f"folds 0 to {self.protocol.folds - 1}"
                )
            )
        segment_s, window_s = self.data.segment_s, self.features.window_s
        if segment_s is not None and segment_s < window_s:
            problems.append(
                f"data.segment_s = {segment_s}: shorter than one window of {window_s} s"
            )
        if problems:
            raise ValueError("\n  ".join(problems))
        return self

    @property
    def n_stored(self) -> int:
        """Coefficients extracted into the feature store."""
        return max(self.features.n_stored, self.n_mfcc)

    def settings(self) -> dict[str, Any]:
        """The settings that decide a run's result, whatever machine or folder it runs in.

        The corpus's recordings count by their content, which the feature store's key holds.
        """
        trainer = self.trainer.model_dump(exclude={"accelerator", "threads"})
        return {
            "data": self.data.model_dump(exclude=_WHERE_AND_WHO),
            "features": self.features.model_dump(exclude={"n_stored"}),
            "protocol": self.protocol.model_dump(),
            "subset": self.subset.model_dump(),
            "model": self.model.model_dump(),
            "trainer": trainer,
            "n_mfcc": self.n_mfcc,
            "fold": self.fold,
            "split_seed": self.split_seed,
            "seed": self.seed,
        }


def check_config(composed: DictConfig) -> Config:
    """Check a configuration that Hydra composed.

    Args:
        composed: Hydra's configuration, without its ``hydra`` node.

    Returns:
        The typed configuration.

    Raises:
        ConfigError: One line for each wrong key, with its value and what is allowed.
    """
    values = OmegaConf.to_container(composed, resolve=True)
    try:
        return Config.model_validate(values)
    except ValidationError as invalid:
        lines = [_explain(error, values) for error in invalid.errors(include_url=False)]
        raise ConfigError("in the configuration:\n  " + "\n  ".join(lines)) from None


# Tags by which pydantic marks the chosen member of a union in an error's location.
_UNION_TAGS = {
    *("manifest", "minsk2020", "mayle2018", "synthetic"),
    *("novel_speakers", "known_speakers"),
    *("feedforward", "lstm", "bilstm"),
}


def _explain(error: Any, values: Any) -> str:
    location = [str(part) for part in error["loc"]]
    if len(location) > 1 and location[1] in _UNION_TAGS:
        del location[1]
    key = ".".join(location)
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":
        return message if key == "" or "=" in message or key in message else f"{key}: {message}"
    if error["type"] == "extra_forbidden":
        return f"{key}: there is no such key; {_valid_keys(values, location)}"
    if error["type"] == "missing":
        return f"{key}: this key is missing"
    return f"{key} = {error['input']!r}: {message[0].lower()}{message[1:]}"


def _valid_keys(values: Any, location: list[str]) -> str:
    *section, unknown = location
    for name in section:
        values = values[name]
    valid = ", ".join(key for key in values if key != unknown)
    return f"{'.'.join(section) or 'the configuration'} has: {valid}"
