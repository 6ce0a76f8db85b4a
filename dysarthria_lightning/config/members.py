"""The kinds of which a configuration names one member each, as their folders define them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, Union

import yaml
from pydantic import Field

from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.features.base import FeatureSection
from dysarthria_lightning.loggers.base import LoggerSection
from dysarthria_lightning.models.base import ModelSection
from dysarthria_lightning.schema.registry import find_members

CORPORA = find_members("dysarthria_lightning.data.corpora", CorpusSection, "layout")  # type: ignore[type-abstract]
FEATURES = find_members("dysarthria_lightning.data.features", FeatureSection, "kind")  # type: ignore[type-abstract]
MODELS = find_members("dysarthria_lightning.models", ModelSection, "architecture")
LOGGERS = find_members("dysarthria_lightning.loggers", LoggerSection, "name")  # type: ignore[type-abstract]


def default_model(name: str) -> ModelSection:
    """Return the model that ``model=NAME`` is.

    Args:
        name: Of a file in ``conf/model``.
    """
    text = (Path(CONF_DIR) / "model" / f"{name}.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    return MODELS[values["architecture"]].model_validate(values)


def _one_of(members: dict[str, type[Any]], tag: str) -> Any:
    return Annotated[Union[tuple(members.values())], Field(discriminator=tag)]  # noqa: UP007


if TYPE_CHECKING:
    Data: TypeAlias = CorpusSection
    Features: TypeAlias = FeatureSection
    Model: TypeAlias = ModelSection
    AnyLogger: TypeAlias = LoggerSection
else:
    Data = _one_of(CORPORA, "layout")
    Features = _one_of(FEATURES, "kind")
    Model = _one_of(MODELS, "architecture")
    AnyLogger = _one_of(LOGGERS, "name")
