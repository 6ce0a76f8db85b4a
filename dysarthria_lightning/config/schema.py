"""The whole configuration, checked before any work, and its mistakes explained."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from omegaconf import DictConfig, OmegaConf
from pydantic import (
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    model_validator,
)

from dysarthria_lightning.config.automatic import resolve_protocol, resolve_trainer
from dysarthria_lightning.config.members import (
    CORPORA,
    FEATURES,
    LOGGERS,
    MODELS,
    AnyLogger,
    Data,
    Features,
    Model,
)
from dysarthria_lightning.config.trainer import Subset, TrainerSection
from dysarthria_lightning.data.protocols import PROTOCOLS, Protocol
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.loggers.tensorboard import TensorBoard
from dysarthria_lightning.schema.base import FOLDER_NAME, Section

AnySection = TypeVar("AnySection", bound=Section)

# What NumPy and torch both take.
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


class Config(Section):
    """Everything one command needs to know; made by :func:`check_config`.

    It holds what ``auto`` stands for on its corpus (:mod:`config.automatic`).
    """

    data: Data
    features: Features
    protocol: Protocol
    subset: Subset
    model: Model
    trainer: TrainerSection
    n_mfcc: PositiveInt | None
    fold: NonNegativeInt
    repeat: Seed
    split_seed: Seed
    seed: Seed
    tag: Annotated[str, Field(pattern=f"^({FOLDER_NAME})?$")]
    outputs_dir: str
    overwrite: bool
    # The folders of runs do not hold it.
    logger: AnyLogger = TensorBoard(name="tensorboard")

    @model_validator(mode="after")
    def _knows_what_auto_is(self) -> "Config":
        sections = {
            "protocol": resolve_protocol(self.protocol, self.data),
            "trainer": resolve_trainer(self.trainer, self.data),
        }
        return self.model_copy(update=sections)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Config":
        problems = []
        try:
            self.features.check(self.n_mfcc)
        except ValueError as error:
            problems.append(str(error))
        if self.fold >= self.protocol.folds:
            problems.append(
                f"fold = {self.fold}: protocol {self.protocol.name} has "
                + (
                    "fold 0 only"
                    if self.protocol.folds == 1
                    else f"folds 0 to {self.protocol.folds - 1}"
                )
            )
        shortest_s = self.features.shortest_s
        for key, segment_s in self.data.segment_lengths().items():
            if segment_s is not None and segment_s < shortest_s:
                problems.append(f"{key} = {segment_s}: shorter than one frame, {shortest_s} s")
        if problems:
            raise ValueError("\n  ".join(problems))
        return self

    @property
    def features_name(self) -> str:
        """What run folders and tables call the features, such as ``mfcc13`` or ``mfcc13-cmn``."""
        return "-".join([self.features.short_name(self.n_mfcc), *self.features.options().values()])

    def settings(self) -> dict[str, Any]:
        """The settings that decide a run's result, whatever machine or folder it runs in.

        The corpus's recordings count by their content, which the feature store's key holds.
        """
        return {
            "data": self.data.settings(),
            "features": self.features.settings(),
            "protocol": self.protocol.settings(),
            "subset": self.subset.model_dump(),
            "model": self.model.model_dump(),
            "trainer": self.trainer.settings(),
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


def read_config(path: Path) -> Config:
    """Read the configuration that a run has written.

    Keys that an older version did not have get the value of its behaviour.

    Args:
        path: Its ``config.yaml``, also of a version of this package without kinds of features
            or repeats.

    Raises:
        ConfigError: It is no configuration of a run.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        values["features"].setdefault("kind", "mfcc")
        values.setdefault("repeat", 0)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} is no configuration of a run: {error}") from None
    return check_section(Config, values)


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
_UNION_TAGS = {*CORPORA, *FEATURES, *MODELS, *LOGGERS, *PROTOCOLS}


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
    if key == "fold" and error["input"] == "all":
        return "fold = all: add -m to train every fold, as in train -m fold=all"
    if error["type"] == "missing":
        return f"{key}: this key is missing"
    return f"{key} = {error['input']!r}: {message[0].lower()}{message[1:]}"


def _valid_keys(values: Any, location: list[str]) -> str:
    *section, unknown = location
    for name in section:
        values = values[name]
    valid = ", ".join(key for key in values if key != unknown)
    return f"{'.'.join(section) or 'the configuration'} has: {valid}"
