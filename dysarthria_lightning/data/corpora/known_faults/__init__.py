"""Recordings of published corpora that are known to be of no use, with who found them.

One YAML file per corpus: by reason the recordings, either as a list of their ids, or by a prefix of
ids what follows it, as ``F01-Session1: "0001..0003 0007-head"``.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

_NUMBERS = re.compile(r"(\d+)\.\.(\d+)(.*)")


@cache
def read_faults(corpus: str) -> Mapping[str, str]:
    """Read what is known of a corpus.

    Args:
        corpus: Its ``layout``.

    Returns:
        By the id of a recording, or of an utterance by whatever microphone, why it is of no use;
        empty if nothing is known of the corpus.
    """
    file = Path(__file__).parent / f"{corpus}.yaml"
    if not file.exists():
        return {}
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: reason for reason, names in listed.items() for name in _ids(names)}


def _ids(names: list[str] | dict[str, str]) -> Iterator[str]:
    if isinstance(names, list):
        yield from names
        return
    for prefix, rest in names.items():
        for part in rest.split():
            yield from (f"{prefix}-{name}" for name in _expand(part))


def _expand(part: str) -> list[str]:
    numbers = _NUMBERS.fullmatch(part)
    if not numbers:
        return [part]
    first, last, suffix = numbers.groups()
    return [f"{n:0{len(first)}d}{suffix}" for n in range(int(first), int(last) + 1)]
