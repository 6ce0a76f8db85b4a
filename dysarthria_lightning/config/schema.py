"""The whole configuration, checked before any work, and its mistakes explained."""

from typing import Annotated, Any, TypeVar

from omegaconf import DictConfig, OmegaConf
from pydantic import (
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    model_validator,
)

from dysarthria_lightning.config.corpora import Data
from dysarthria_lightning.config.experiment import Features, Model, Protocol, Subset, TrainerSection
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.schema.base import FOLDER_NAME, Section

AnySection = TypeVar("AnySection", bound=Section)

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
    def features_name(self) -> str:
        """What run folders and tables call the features."""
        return f"mfcc{self.n_mfcc}"

    @property
    def n_stored(self) -> int:
        """Coefficients extracted into the feature store."""
        return max(self.features.n_stored, self.n_mfcc)

    def settings(self) -> dict[str, Any]:
        """The settings that decide a run's result, whatever machine or folder it runs in.

        The corpus's recordings count by their content, which the feature store's key holds. A
        precision left to the machine is the machine's, as its accelerator is.
        """
        trainer = self.trainer.model_dump(exclude={"accelerator", "threads"})
        if trainer["precision"] == "auto":
            del trainer["precision"]
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
    return check_section(Config, OmegaConf.to_container(composed, resolve=True))


def check_section(section: type[AnySection], values: Any, prefix: str = "") -> AnySection:
    """Check plain values against a section of the schema.

    Args:
        section: The section.
        values: Plain values, as OmegaConf's containers become.
        prefix: What a message puts before a key's name, for example ``hydra.launcher.``.

    Raises:
        ConfigError: One line for each wrong key, with its value and what is allowed.
    """
    try:
        return section.model_validate(values)
    except ValidationError as invalid:
        lines = [prefix + _explain(error, values) for error in invalid.errors(include_url=False)]
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
