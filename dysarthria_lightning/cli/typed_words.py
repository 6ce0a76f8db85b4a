"""Names are taken as they are typed: ``tag=1.10`` is no number, though Hydra reads one."""

import re
from collections.abc import Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString, ValueType
from hydra.errors import HydraException
from omegaconf import OmegaConf

from dysarthria_lightning.config.names import name_keys


def as_typed(word: str) -> str:
    """Quote the names in an override that Hydra would read as something else.

    Quoted values, lists, functions but ``choice`` and interpolations stay what they are, and so do
    words that are no override of a name.

    Example:
        >>> as_typed("tag=1.10,x")
        'tag="1.10",x'
    """
    match = re.fullmatch(r"(\+{0,2}([\w./]+)=)(.+)", word, re.DOTALL)
    if match is None or match[2] not in name_keys():
        return word
    start, key, value = match.groups()
    end = ""
    if _read(value)[1] == ValueType.CHOICE_SWEEP and (
        choice := re.fullmatch(r"(choice\()([^()]+)(\))", value)
    ):
        start, value, end = start + choice[1], choice[2], choice[3]
    values = value.split(",")
    read, kind = _read(value)
    if kind == ValueType.SIMPLE_CHOICE_SWEEP:
        if len(read.list) != len(values):  # commas within quotes or brackets
            return word
    elif kind not in (ValueType.ELEMENT, None):
        return word
    if kind == ValueType.ELEMENT:
        values = [value]
    return start + ",".join(_quoted(each, may_be_null=name_keys()[key]) for each in values) + end


def words_as_given(overrides: Sequence[str]) -> list[str]:
    """Return overrides as they were given, because each run has its own values of ``${...}``.

    Args:
        overrides: Hydra's record of them, ``hydra.overrides.task`` or ``hydra.overrides.hydra``.
    """
    words = OmegaConf.to_container(overrides, resolve=False)
    assert isinstance(words, list)
    return [str(word) for word in words]


def _quoted(value: str, may_be_null: bool) -> str:
    read, kind = _read(value)
    if isinstance(read, QuotedString | list | dict) or (read is None and kind and may_be_null):
        return value
    if isinstance(read, str) and (read == value.strip() or "\\" in value):
        return value
    return QuotedString(value, Quote.double).with_quotes()


def _read(value: str) -> tuple[Any, ValueType | None]:
    """Return what Hydra makes of a value, and its type; None and None where it cannot read it."""
    try:
        override = OverridesParser.create().parse_override(f"x={value}")
    except HydraException:
        return None, None
    return override._value, override.value_type
