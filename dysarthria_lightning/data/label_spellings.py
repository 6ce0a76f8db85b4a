"""How tables spell healthy and dysarthric, and female and male."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY

_LABELS = {
    **dict.fromkeys(
        (
            *("0", "healthy", "hc", "control", "controls", "healthy control", "healthy controls"),
            *("normal", "gesund", "kontrolle", "kontrollen", "kontrollgruppe", "non-dysarthric"),
            *("non dysarthric", "nondysarthric", "not dysarthric", "no dysarthria", "sain"),
            *("healthy speaker", "control group", "nicht dysarthrisch", "keine dysarthrie"),
        ),
        HEALTHY,
    ),
    **dict.fromkeys(
        ("1", "dysarthric", "dysarthria", "dysarthrisch", "dysarthrie", "dysarthric speaker"),
        DYSARTHRIC,
    ),
}
_GENDERS = {
    **dict.fromkeys(("f", "female", "w", "weiblich", "woman", "frau", "femme"), "female"),
    **dict.fromkeys(("m", "male", "männlich", "maennlich", "man", "mann", "homme"), "male"),
}
_CLASSES = {"healthy": HEALTHY, "0": HEALTHY, "dysarthric": DYSARTHRIC, "1": DYSARTHRIC}


def gender(value: str | None) -> str | None:
    """Translate a known spelling of a gender; leave another as it is."""
    return _GENDERS.get(value.casefold(), value) if isinstance(value, str) else None


class Labels:
    """What each spelling of a label stands for.

    Args:
        given: The user's spellings, ``{ALS: dysarthric}``, or ``{dysarthric: [ALS, PD]}``.

    Raises:
        ValueError: A spelling is given for something else than healthy or dysarthric, or for both.
    """

    def __init__(self, given: Mapping[str, str | Sequence[str]]) -> None:
        own: dict[str, int] = {}
        for key, value in given.items():
            for spelling, label in _pairs(str(key), value):
                if own.setdefault(spelling.strip().casefold(), label) != label:
                    raise ValueError(f"{spelling} is given as healthy and as dysarthric")
        # Whoever writes {1: healthy, 2: dysarthric} counts otherwise than this package.
        unsaid = {"0", "1"} if own.keys() & {"0", "1"} else set()
        known = {spelling: label for spelling, label in _LABELS.items() if spelling not in unsaid}
        self._known = known | own

    def __call__(self, value: str | None) -> Any:
        """Translate a known spelling; leave another as it is."""
        if not isinstance(value, str):
            return None
        plain = value.casefold()
        if plain in self._known:
            return self._known[plain]
        # A column of numbers with empty cells is saved as 0.0 and 1.0.
        return self._known.get(re.sub(r"[\s_]+", " ", re.sub(r"\.0$", "", plain)), value)


def _pairs(key: str, value: str | Sequence[str]) -> list[tuple[str, int]]:
    if isinstance(value, str) and value.strip().lower() in _CLASSES:
        return [(key, _CLASSES[value.strip().lower()])]
    if key.strip().lower() in ("healthy", "dysarthric"):
        label = _CLASSES[key.strip().lower()]
        return [(each, label) for each in ([value] if isinstance(value, str) else value)]
    raise ValueError(f"{key}: {value}: expected healthy or dysarthric")


def mapping_hint(spelling: str) -> str:
    """Say how to tell what a spelling stands for.

    Args:
        spelling: As the table has it. Hydra takes plain words alone as keys.
    """
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*|[0-9]+", spelling):
        return f"map it with data.labels='{{{spelling}: dysarthric}}' (or healthy)"
    quoted = spelling.replace("\\", "\\\\").replace('"', '\\"')
    return f"map it with data.labels='{{dysarthric: [\"{quoted}\"]}}' (or healthy)"
