"""The kinds of which a configuration names one member each, as their folders define them."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, Union

from pydantic import Field

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.features.base import FeatureSection
from dysarthria_lightning.models.base import ModelSection
from dysarthria_lightning.schema.registry import find_members

CORPORA = find_members("dysarthria_lightning.data.corpora", CorpusSection, "layout")  # type: ignore[type-abstract]
FEATURES = find_members("dysarthria_lightning.data.features", FeatureSection, "kind")  # type: ignore[type-abstract]
MODELS = find_members("dysarthria_lightning.models", ModelSection, "architecture")


def _one_of(members: dict[str, type[Any]], tag: str) -> Any:
    return Annotated[Union[tuple(members.values())], Field(discriminator=tag)]  # noqa: UP007


if TYPE_CHECKING:
    Data: TypeAlias = CorpusSection
    Features: TypeAlias = FeatureSection
    Model: TypeAlias = ModelSection
else:
    Data = _one_of(CORPORA, "layout")
    Features = _one_of(FEATURES, "kind")
    Model = _one_of(MODELS, "architecture")
