"""The words that choose a configuration's sections on a command line."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.automatic import OTHERS, PAPERS
from dysarthria_lightning.config.fingerprint import flatten
from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.runs.crossvalidation import as_typed
from dysarthria_lightning.schema.automatic import AUTO
from dysarthria_lightning.schema.base import Section

_TAG = {"data": "layout", "features": "kind", "protocol": "name", "model": "architecture"}
_SINGLE = ("n_mfcc", "tag")
# Of the machine: a command that leaves them out comes to the same.
_MACHINE = {"trainer.accelerator", "trainer.threads"}


def section_words(group: str, section: Section, data: CorpusSection) -> list[str]:
    """Return the words that choose a section: a file of ``conf/`` and what differs from it.

    Args:
        group: Such as ``model``.
        section: Of a configuration.
        data: Its corpus, which decides what ``auto`` stands for.

    Returns:
        The file that differs least, then one word for each key that differs.
    """
    values = flatten(section.model_dump(mode="json"))
    automatic = (PAPERS if data.papers_protocol else OTHERS).get(group, {})
    tag = _TAG.get(group)

    def words(choice: str) -> list[str]:
        file = {
            key: automatic.get(key, it) if it == AUTO else it
            for key, it in _choices(group)[choice].items()
        }
        return [
            f"{group}.{key}={as_typed(value)}"
            for key, value in values.items()
            if key in file and file[key] != value and f"{group}.{key}" not in _MACHINE
        ]

    fitting = [
        choice
        for choice, of_choice in _choices(group).items()
        if tag is None or of_choice.get(tag) == values.get(tag)
    ]
    if not fitting:
        return []
    best = min(fitting, key=lambda choice: (len(words(choice)), choice))
    return [f"{group}={best}", *words(best)]


def config_words(config: Config) -> list[str]:
    """Return the words that ask for a configuration's cross-validation, all repeats of it.

    Args:
        config: As a run has recorded it.
    """
    defaults = yaml.safe_load((Path(CONF_DIR) / "config.yaml").read_text(encoding="utf-8"))
    sections = ("data", "features", "protocol", "subset", "model", "trainer")
    by_group = [section_words(it, getattr(config, it), config.data) for it in sections]
    chosen = {k: v for it in defaults["defaults"] if isinstance(it, dict) for k, v in it.items()}
    words = [
        word
        for of_group in by_group
        for word in of_group
        if chosen.get(word.partition("=")[0]) != word.partition("=")[2]
    ]
    for key in _SINGLE:
        value = getattr(config, key)
        if value not in (defaults[key], None, ""):
            words.append(f"{key}={as_typed(value)}")
    return words


@cache
def _choices(group: str) -> dict[str, dict[str, Any]]:
    """Return what each file of a group says, by its name, with dotted keys."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted((Path(CONF_DIR) / group).glob("*.yaml")):
        values: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        based_on = [it for it in values.pop("defaults", []) if it != "_self_"]
        for name in based_on:
            base = (file.parent / f"{name}.yaml").read_text(encoding="utf-8")
            values = yaml.safe_load(base) | values
        # A file that sets keys beside its section has the section by its name.
        found[file.stem] = flatten(values.get(group, values))
    return found
