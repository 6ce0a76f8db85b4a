"""A command with a few keys of its own and no groups: ``model=`` is a path here, no choice."""

import difflib
import logging.config
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.errors import ConfigError, UserError
from dysarthria_lightning.version import __version__

Task = Callable[[dict[str, Any]], None]


class PlainCommand:
    """A function that takes plain values, as a command. Calling it runs it with ``sys.argv``.

    Attributes:
        config_name: Its file in ``conf/``, with every key, its default and a comment.
        paths: Keys whose values are taken as they are typed.
    """

    def __init__(self, task: Task, config_name: str, paths: Sequence[str]) -> None:
        self.config_name = config_name
        self.paths = paths
        self._task = task

    def __call__(self) -> None:
        """Run it.

        Raises:
            ConfigError: A key is unknown, or a value cannot be read.
            UserError: A word is no ``key=value``.
        """
        words = sys.argv[1:]
        if "--version" in words:
            print(f"dysarthria-lightning {__version__}")
            return
        if {"-h", "--help"} & {*words}:
            from dysarthria_lightning.cli.help import print_plain_help

            print_plain_help(self.config_name)
            return
        values = self._read(words)
        _log_plainly()
        self._task(values)

    def _read(self, words: Sequence[str]) -> dict[str, Any]:
        from omegaconf import OmegaConf

        from dysarthria_lightning.cli.described_keys import describe_plain_keys

        values = OmegaConf.to_container(OmegaConf.load(_conf(f"{self.config_name}.yaml")))
        assert isinstance(values, dict)
        keys = [key.name for key in describe_plain_keys(self.config_name)]
        for word in words:
            match = re.fullmatch(r"([\w./]+)=(.*)", word, re.DOTALL)
            if match is None:
                raise UserError(f"{word}: {self._meant(word)}")
            key, text = match.groups()
            if key not in keys:
                raise ConfigError(_unknown(key, keys))
            *sections, name = key.split(".")
            section = values
            for each in sections:
                section = section[each]
            section[name] = _as_typed(text) if key in self.paths else _value(key, text)
        return {str(key): value for key, value in values.items()}

    def _meant(self, word: str) -> str:
        if word in ("-m", "--multirun"):
            return f"{self.config_name} takes one model at a time; leave {word} out"
        if word.startswith("-"):
            return "there is no such option. Keys are written key=value; --help lists them"
        if os.path.exists(word):
            return f"write key=value, as in {self.paths[0]}={word} or {self.paths[1]}={word}"
        return "write key=value; --help lists the keys"


def plain_command(config_name: str, paths: Sequence[str]) -> Callable[[Task], PlainCommand]:
    """Make a function that takes plain values into a :class:`PlainCommand`.

    Args:
        config_name: Its file in ``conf/``.
        paths: Keys whose values are paths, the two that are needed first.
    """
    return lambda task: PlainCommand(task, config_name, paths)


def _unknown(key: str, keys: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, keys, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    if key in ("data.manifest", "data.root", "data"):
        hint = " The recordings to be scored are named with recordings=FOLDER or TABLE."
    return f"{key}: there is no such key.{hint}\nThere are: {', '.join(keys)}"


def _as_typed(text: str) -> str | None:
    """Take a path as it is typed; of spellings of accents the one that is there."""
    if text in ("", "null"):
        return None
    path = os.path.expanduser(text)
    spellings = [path, *(unicodedata.normalize(form, path) for form in ("NFC", "NFD"))]
    return next((each for each in spellings if os.path.exists(each)), path)


def _value(key: str, text: str) -> Any:
    """Read a value as the other commands do."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        override = OverridesParser.create().parse_override(f"{key}={text}")
        if override.is_sweep_override():
            raise ConfigError(f"{key}={text} are several values; give one")
        return override.value()
    except HydraException:
        raise ConfigError(f"{key}={text}: cannot be read; --help shows what is meant") from None


def _log_plainly() -> None:
    from omegaconf import OmegaConf

    settings = OmegaConf.to_container(OmegaConf.load(_conf("hydra/job_logging/plain.yaml")))
    assert isinstance(settings, dict)
    logging.config.dictConfig({str(key): value for key, value in settings.items()})


def _conf(name: str) -> Path:
    return Path(CONF_DIR) / name
