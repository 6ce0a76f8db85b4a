"""The keys whose values are names: texts, even where YAML or Hydra would read a number."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from dysarthria_lightning.config.launchers import RaySettings, SlurmSettings
from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.config.reproduction import Reproduction
from dysarthria_lightning.config.schema import Config


@cache
def name_keys() -> dict[str, bool]:
    """Return the keys and groups whose values are names, and whether each may be null."""
    groups = {entry.name: False for entry in Path(CONF_DIR).iterdir() if entry.is_dir()}
    found = {"hydra/launcher": False, **groups}
    for section, prefix in (
        (Config, ""),
        (Reproduction, ""),
        (SlurmSettings, "hydra.launcher."),
        (RaySettings, "hydra.launcher."),
    ):
        found |= dict(_text_keys(section, prefix))
    return found


def _text_keys(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, bool]]:
    for name, field in section.model_fields.items():
        name = field.alias or name
        kinds = list(_kinds(field.annotation))
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _text_keys(kind, f"{prefix}{name}.")
        if str in kinds:
            yield f"{prefix}{name}", NoneType in kinds


def _kinds(annotation: Any) -> Iterator[Any]:
    """Yield the members of a union, whatever is said about them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from _kinds(member)
    else:
        yield annotation
