"""No configuration runs code of its own, whoever wrote it.

Hydra instantiates its launcher, sweeper and callbacks and sets up logging, from classes that the
configuration names: a file somebody sent could name any. Everything composed is therefore checked
against what this package and Hydra's plugins bring, before Hydra does anything with it.
"""

import re
from collections.abc import Iterator
from typing import Any

from hydra._internal import hydra as hydra_internal
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from dysarthria_lightning.errors import ConfigError

# Hydra itself makes sure that these two are plugins: it instantiates no other classes here.
_PLUGINS = {"hydra.launcher._target_", "hydra.sweeper._target_"}
_PLUGIN = re.compile(r"(hydra_plugins|hydra\._internal\.core_plugins)\.[\w.]+")
_CALLBACKS = {"hydra.callbacks.sweep._target_": "dysarthria_lightning.sweep.SweepCallback"}

_LOGGING_CLASSES = {
    *("logging.StreamHandler", "logging.FileHandler", "logging.NullHandler", "logging.Formatter"),
    *("logging.handlers.RotatingFileHandler", "rich.logging.RichHandler"),
    "colorlog.ColoredFormatter",
}
_STREAMS = {"ext://sys.stdout", "ext://sys.stderr"}

# What Hydra instantiates, or hands to logging.config.dictConfig, which does.
_INSTANTIATED = ("launcher", "sweeper", "callbacks", "job_logging", "hydra_logging")

# What a cluster would take for shell commands, or a machine that runs whatever it likes in this
# process: anything but these values has to be typed, not sent.
_HARMLESS: dict[str, list[Any]] = {"setup": [[]], "options": [{}], "address": ["auto", None]}


class CheckedConfigLoader(ConfigLoaderImpl):
    """Composes configurations and refuses those that would run code."""

    def load_configuration(self, *arguments: Any, **options: Any) -> DictConfig:
        """Compose a configuration; every run's and every sweep's passes here."""
        composed = super().load_configuration(*arguments, **options)
        check_runs_no_code(composed)
        return composed


def install_checked_loader() -> None:
    """Have Hydra compose with :class:`CheckedConfigLoader`, in its worker processes too."""
    # Hydra has no other place for it. Workers import this module along with the loader they get.
    hydra_internal.ConfigLoaderImpl = CheckedConfigLoader  # type: ignore[misc]


def check_runs_no_code(composed: DictConfig) -> None:
    """Refuse a configuration that names code to be run.

    Args:
        composed: Hydra's configuration with its ``hydra`` node.

    Raises:
        ConfigError: It names some. One line for each key.
    """
    problems = [
        f"{key} = {value!r}"
        for key, value in (*_plain_values(composed), *_resolved_values(composed))
        if _runs_code(key, value)
    ]
    typed = [word.lstrip("+") for word in composed.hydra.overrides.hydra]
    problems += [
        f"hydra.launcher.{name}: give it on the command line"
        for name, values in _HARMLESS.items()
        if name in composed.hydra.launcher
        and composed.hydra.launcher[name] not in values
        and not any(re.match(rf"hydra\.launcher\.{name}\b", word) for word in typed)
    ]
    if composed.hydra.job.env_set:
        problems.append("hydra.job.env_set: set environment variables in the shell")
    if problems:
        raise ConfigError(
            "the configuration would run code that is not part of this package:\n  "
            + "\n  ".join(dict.fromkeys(problems))
        )


def _runs_code(key: str, value: Any) -> bool:
    """Judge one key's value, which may be anything where it could not be resolved."""
    name = key.rsplit(".", 1)[-1]
    if name == "_target_":
        if key in _PLUGINS:
            return not (isinstance(value, str) and _PLUGIN.fullmatch(value))
        return value != _CALLBACKS.get(key, ...)
    if not re.match(r"hydra\.(job|hydra)_logging\.", key):
        return False
    if name in ("()", "class", "factory", "listener"):
        return value not in _LOGGING_CLASSES
    return isinstance(value, str) and "ext://" in value and value not in _STREAMS


def _plain_values(composed: DictConfig) -> Iterator[tuple[str, Any]]:
    """Yield every value as it is written, interpolations and all, but for what is resolved."""
    yield from _flattened(OmegaConf.to_container(composed, throw_on_missing=False), "")


def _resolved_values(composed: DictConfig) -> Iterator[tuple[str, Any]]:
    """Yield the values of what is instantiated, for an interpolation can become anything.

    One that cannot be resolved yet is passed over where only text can come of it.

    Raises:
        ConfigError: Something else may come of it.
    """
    for section in _INSTANTIATED:
        key = f"hydra.{section}"
        yield from _resolve(OmegaConf.select(composed, key, throw_on_missing=False), key)


def _resolve(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(node, DictConfig | ListConfig):
        yield key, node
        return
    if node._is_none() or node._is_missing():
        return
    written: Any = OmegaConf.to_container(node, throw_on_missing=False)
    for name in written if isinstance(written, dict) else range(len(written)):
        if OmegaConf.is_missing(node, name):
            continue
        try:
            value = node[name]
        except OmegaConfBaseException:
            text = str(written[name]).strip()
            if text.startswith("${") and text.endswith("}"):
                raise ConfigError(f"{key}.{name} = {text}: cannot be resolved") from None
            continue
        yield from _resolve(value, f"{key}.{name}")


def _flattened(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flattened(member, f"{key}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _flattened(member, f"{key}.{number}")
    elif key.rsplit(".", 1)[-1] == "_target_":
        yield key, value
