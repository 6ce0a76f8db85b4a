"""Finds a kind's members: whoever adds a file to a kind's folder has added a member."""

import importlib
import pkgutil
from typing import Literal, TypeVar, get_args, get_origin

from dysarthria_lightning.schema.base import Section

AnySection = TypeVar("AnySection", bound=Section)


def find_members(package: str, base: type[AnySection], tag: str) -> dict[str, type[AnySection]]:
    """List the members of a kind, as the modules of a package define them.

    A member is a subclass of the kind's base section whose tag is a ``Literal``. Its module has to
    import quickly: what takes long is imported where it is used.

    Args:
        package: Name of the package; its modules are imported.
        base: Base of the kind's sections.
        tag: The key that tells members apart, such as ``layout``.

    Returns:
        The members by their tags' values, sorted.

    Raises:
        TypeError: Two members have the same tag.
    """
    folder = importlib.import_module(package).__path__
    members: dict[str, type[AnySection]] = {}
    for module in pkgutil.iter_modules(folder):
        content = vars(importlib.import_module(f"{package}.{module.name}"))
        for section in content.values():
            if not (isinstance(section, type) and issubclass(section, base)):
                continue
            for value in _tag_values(section, tag):
                if members.setdefault(value, section) is not section:
                    raise TypeError(f"{section} and {members[value]} are both {tag}={value}")
    return dict(sorted(members.items()))


def _tag_values(section: type[Section], tag: str) -> tuple[str, ...]:
    field = section.model_fields.get(tag)
    if field is None or get_origin(field.annotation) is not Literal:
        return ()
    return get_args(field.annotation)
