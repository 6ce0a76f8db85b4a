"""The choices of ``data`` and their defaults, as the files in ``conf/data`` have them."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dysarthria_lightning.schema.location import CONF_DIR


def list_choices() -> list[str]:
    """List the choices of ``data``."""
    return sorted(path.stem for path in (Path(CONF_DIR) / "data").glob("*.yaml"))


def read_defaults(choice: str) -> dict[str, Any] | None:
    """Return the keys of a choice as its file has them; None where there is none."""
    return deepcopy(_read_choice(choice)) if choice in list_choices() else None


@cache
def _read_choice(choice: str) -> dict[str, Any]:
    text = (Path(CONF_DIR) / "data" / f"{choice}.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    defaults: dict[str, Any] = {}
    for built_on in values.pop("defaults", ()):
        defaults |= _read_choice(built_on)
    return defaults | values
