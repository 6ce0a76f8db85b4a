"""The whole configuration, checked before any work, and its mistakes explained."""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from omegaconf import DictConfig, OmegaConf
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
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
from dysarthria_lightning.data.protocols import (
    ALL_SPEAKERS,
    PROTOCOLS,
    AcrossCorpora,
    KnownSpeakers,
    Protocol,
)
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.loggers.tensorboard import TensorBoard
from dysarthria_lightning.schema.base import FOLDER_NAME, Section

AnySection = TypeVar("AnySection", bound=Section)

# What NumPy and torch both take.
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


def _check_fold(value: Any) -> Any:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if value == ALL_SPEAKERS or (is_number and value >= 0):
        return value
    if value == "all":
        raise ValueError("fold = all: add -m to train every fold, as in train -m fold=all")
    raise ValueError(f"fold = {value!r}: expected a fold's number, from 0, or {ALL_SPEAKERS}")


Fold = Annotated[int | Literal["all_speakers"], BeforeValidator(_check_fold)]


class TestedEpochs(Section):
    """The cross-validation that says for how long one model is trained on all speakers.

    Attributes:
        folders: Of its repeats, relative to ``outputs_dir``.
        n_runs: Its folds, over all repeats.
        runs: A digest of what they were made of and what they predicted.
        epochs: The median of the epochs that they tested, halves rounded up; None of models that
            are fitted without gradient steps.
        lowest: The lowest of these epochs.
        highest: The highest.
    """

    folders: list[str]
    n_runs: PositiveInt
    runs: str
    epochs: PositiveInt | None
    lowest: PositiveInt | None
    highest: PositiveInt | None


class Config(Section):
    """Everything one command needs to know; made by :func:`check_config`.

    It holds what ``auto`` stands for on its corpus (:mod:`config.automatic`).

    Attributes:
        fold: Which fold is tested, or ``all_speakers``: one model learns from everybody.
        from_: With ``all_speakers``, the folder of the cross-validation that says for how many
            epochs, and how well such models do; None: the one with the same settings.
        tested_epochs: What that cross-validation says, once it was looked up; nobody types it.
    """

    model_config = ConfigDict(populate_by_name=True)

    data: Data
    features: Features
    protocol: Protocol
    subset: Subset
    model: Model
    trainer: TrainerSection
    n_mfcc: PositiveInt | None
    fold: Fold
    from_: Annotated[str | None, Field(alias="from")] = None
    tested_epochs: TestedEpochs | None = None
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
        if self.fold == ALL_SPEAKERS:
            problems += _why_not_all_speakers(self.protocol)
        elif self.from_ is not None:
            problems.append(
                f"from = {self.from_}: names the cross-validation behind one model of all "
                f"speakers; add fold={ALL_SPEAKERS}, or leave it out"
            )
        elif isinstance(self.fold, int) and self.fold >= self.protocol.folds:
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
            **({"tested_epochs": self.tested_epochs.model_dump()} if self.tested_epochs else {}),
        }

    def values(self) -> dict[str, Any]:
        """Return the keys as one types them, and as :func:`read_config` reads them.

        The logger is left out, which leaves no trace in a run.
        """
        values = self.model_dump(mode="json", by_alias=True, exclude={"logger"})
        unsaid = [key for key in ("from", "tested_epochs") if values[key] is None]
        return {key: value for key, value in values.items() if key not in unsaid}


def _why_not_all_speakers(protocol: Protocol) -> list[str]:
    """Say why a protocol cannot tell how well a model of all speakers does, if it cannot."""
    if isinstance(protocol, KnownSpeakers):
        why = "tests people whom the model was trained on, which says nothing of new people"
    elif isinstance(protocol, AcrossCorpora):
        why = "trains on some corpora and tests another, so not everybody can be trained on"
    else:
        return []
    return [
        f"fold = {ALL_SPEAKERS}: protocol={protocol.name} {why}; use protocol=novel_speakers, "
        "whose cross-validation says for how long to train and how well it does"
    ]


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
    if error["type"] == "missing":
        return f"{key}: this key is missing"
    if error["type"] in ("bool_parsing", "bool_type"):
        return f"{key} = {error['input']!r}: expected true or false"
    return f"{key} = {error['input']!r}: {message[0].lower()}{message[1:]}"


def _valid_keys(values: Any, location: list[str]) -> str:
    *section, unknown = location
    for name in section:
        values = values[name]
    valid = ", ".join(key for key in values if key != unknown)
    return f"{'.'.join(section) or 'the configuration'} has: {valid}"
