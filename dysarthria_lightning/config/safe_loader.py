"""No configuration runs code of its own, whoever wrote it.

Hydra instantiates its launcher, sweeper and callbacks and sets up logging, from classes that the
configuration names: a file somebody sent could name any. Everything composed is therefore checked
against what this package and Hydra's plugins bring, before Hydra does anything with it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from hydra._internal import hydra as hydra_internal
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from dysarthria_lightning.config.names import name_keys
from dysarthria_lightning.errors import ConfigError, UserError

_TARGETS = {
    "hydra.launcher._target_": (
        "hydra._internal.core_plugins.basic_launcher.BasicLauncher",
        "hydra_plugins.hydra_joblib_launcher.joblib_launcher.JoblibLauncher",
        "hydra_plugins.dysarthria_lightning.SlurmLauncher",
        "hydra_plugins.dysarthria_lightning.RayLauncher",
    ),
    "hydra.sweeper._target_": ("hydra._internal.core_plugins.basic_sweeper.BasicSweeper",),
    "hydra.callbacks.sweep._target_": ("dysarthria_lightning.sweeps.callback.SweepCallback",),
}

# No handlers of files: they would append what a configuration says to any file, ~/.bashrc too.
_LOGGING_CLASSES = (
    *("logging.StreamHandler", "logging.NullHandler", "rich.logging.RichHandler"),
    *("logging.Formatter", "colorlog.ColoredFormatter"),
)
_STREAMS = ("ext://sys.stdout", "ext://sys.stderr")

# What Hydra instantiates, or hands to logging.config.dictConfig, which does.
_LOGGING = ("job_logging", "hydra_logging")
_INSTANTIATED = ("launcher", "sweeper", "callbacks", *_LOGGING)

# An interpolation can become anything, later even something else than now. These point at what
# is judged itself, or can only become text where text does no harm.
_HARMLESS_INTERPOLATIONS = {
    "launcher": r"\$\{hydra\.launcher\.\w+\}",
    "sweeper": r"\w[^$]*\$\{[\w.]+\}[^$]*",
}


class CheckedConfigLoader(ConfigLoaderImpl):
    """Composes configurations and refuses those that would run code."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._composed_for_mode: tuple[str | None, list[str], DictConfig] | None = None

    def load_configuration(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        """Compose a configuration; every run's and every sweep's passes here.

        Hydra asks twice when a command starts: first only to look up the mode of the run, then with
        the mode behind the same words. The second answer is made from the first.
        """
        earlier, self._composed_for_mode = self._composed_for_mode, None
        if earlier is not None and (config_name, overrides[:-1]) == earlier[:2]:
            *_, mode = typed = OverridesParser.create().parse_overrides(overrides)
            self.validate_sweep_overrides_legal(typed, run_mode, from_shell)
            composed = earlier[2]
            # Only a sweep may leave choices open.
            open_choices = OmegaConf.missing_keys(composed.hydra.runtime.choices)
            if mode.key_or_group == "hydra.mode" and not open_choices:
                self._apply_overrides_to_config([mode], composed)
                composed.hydra.overrides.hydra.append(mode.input_line)
                return composed
        composed = self._compose(
            config_name, overrides, run_mode, from_shell, validate_sweep_overrides
        )
        if not validate_sweep_overrides:
            self._composed_for_mode = config_name, list(overrides), composed
        return composed

    def _compose(
        self, config_name: str | None, overrides: list[str], *arguments: Any
    ) -> DictConfig:
        for word in overrides:
            if word.lstrip("+~").startswith("="):
                raise ConfigError(f"{word}: write key=value")
        try:
            composed = super().load_configuration(config_name, overrides, *arguments)
        except (HydraException, OmegaConfBaseException, YAMLError, OSError, UserError):
            raise
        except Exception as error:  # Hydra stumbles over some overrides instead of refusing them
            if "Config group override" in str(error):
                raise ConfigError(
                    "data, protocol, model and the like need the name of a choice"
                ) from None
            raise ConfigError(f"the configuration cannot be composed: {error}") from error
        typed = OverridesParser.create().parse_overrides(overrides)
        check_runs_no_code(composed, typed)
        _check_names(composed, {str(word.key_or_group) for word in typed})
        verbose = composed.hydra.verbose
        if not isinstance(verbose, bool | str | ListConfig):
            raise ConfigError(f"hydra.verbose = {verbose}: true, false or loggers' names")
        return composed

    def _process_config_searchpath(
        self,
        config_name: str | None,
        parsed_overrides: list[Override],
        repo: CachingConfigRepository,
    ) -> None:
        """Refuse packages to search, which Hydra would import before anything is composed."""
        searched = [
            override.value()
            for override in parsed_overrides
            if override.get_key_element() == "hydra.searchpath"
        ]
        primary = None if config_name is None else repo.load_config(config_name)
        if primary is not None:
            searched.append(OmegaConf.select(primary.config, "hydra.searchpath"))
        for paths in searched:
            for path in paths if isinstance(paths, list | ListConfig) else []:
                if "://" in str(path) and not str(path).startswith("file://"):
                    raise ConfigError(
                        f"hydra.searchpath: {path} would run code that is not part of this "
                        "package; only folders are searched"
                    )
        super()._process_config_searchpath(config_name, parsed_overrides, repo)


def install_checked_loader() -> None:
    """Have Hydra compose with :class:`CheckedConfigLoader`, in its worker processes too."""
    # Hydra has no other place for it. Workers import this module along with the loader they get.
    hydra_internal.ConfigLoaderImpl = CheckedConfigLoader  # type: ignore[misc]


def check_runs_no_code(composed: DictConfig, typed: Sequence[Override]) -> None:
    """Refuse a configuration that names code to be run.

    Args:
        composed: Hydra's configuration with its ``hydra`` node.
        typed: The overrides that it was composed with.

    Raises:
        ConfigError: It names some, one line for each key; or it has no launcher or sweeper, or
            not the callback that checks sweeps.
    """
    # As it is written, interpolations and all.
    written = list(_flattened(OmegaConf.to_container(composed, throw_on_missing=False), ""))
    values = dict(written)
    typed_keys = {
        key for word in typed for key, _ in _flattened(word.value(), str(word.key_or_group))
    }
    problems = [f"{key} = {value!r}" for key, value in written if _runs_code(key, value)]
    problems += [
        f"{key}: give it on the command line"
        for key, value in written
        if _has_to_be_typed(key, value) and key not in typed_keys
    ]
    if values.get("hydra.job.env_set") != {}:
        problems.append("hydra.job.env_set: set environment variables in the shell")
    # Hydra composes the runs of a sweep with these, as if they had been typed.
    words: dict[str, list[str | None]] = {"hydra": [], "task": []}
    for word in typed:
        words["hydra" if word.is_hydra_override() else "task"].append(word.input_line)
    if values.get("hydra.overrides") != words:
        problems.append("hydra.overrides: give them on the command line")
    if problems:
        raise ConfigError(
            "the configuration would run code that is not part of this package:\n  "
            + "\n  ".join(problems)
        )
    for section in ("launcher", "sweeper"):
        if f"hydra.{section}._target_" not in values:
            raise ConfigError(f"hydra.{section}: choose one, such as hydra/{section}=basic")
    if "hydra.callbacks.sweep._target_" not in values:
        raise ConfigError("hydra.callbacks.sweep checks sweeps before they start; leave it in")


def _check_names(composed: DictConfig, typed: set[str]) -> None:
    """Refuse numbers that files have where names are wanted: of 1.10 only 1.1 is left.

    Raises:
        ConfigError: There are some, one line for each key.
    """
    written = _flattened(OmegaConf.to_container(composed, throw_on_missing=False), "")
    lines = [
        f"{key} = {value}: a name that is read as a number; quote it where it is written, as in "
        f"{key.rsplit('.', 1)[-1]}: '{value}'"
        for key, value in written
        if isinstance(value, int | float) and key in name_keys() and key not in typed
    ]
    if lines:
        raise ConfigError("\n".join(lines))


def _runs_code(key: str, value: Any) -> bool:
    section, name = key.partition("hydra.")[2].split(".")[0], key.rsplit(".", 1)[-1]
    if name == "_target_":
        return value not in _TARGETS.get(key, ())
    if not key.startswith("hydra.") or section not in _INSTANTIATED:
        return False
    if section in _LOGGING and name in ("()", "class", "factory", "listener"):
        return value not in _LOGGING_CLASSES
    if not isinstance(value, str):
        return False
    if "${" in value:
        return not re.fullmatch(_HARMLESS_INTERPOLATIONS.get(section, "never"), value)
    if section == "launcher":  # sbatch would take a second line for a command
        return "\n" in value
    return "ext://" in value and value not in _STREAMS


def _has_to_be_typed(key: str, value: Any) -> bool:
    """Tell what a cluster takes for shell commands, or names a machine that could run any."""
    if key == "hydra.launcher.setup":
        return value != []
    if key == "hydra.launcher.options":
        return not isinstance(value, dict)
    if key == "hydra.launcher.address":
        return value not in ("auto", None)
    return key.startswith(("hydra.launcher.setup.", "hydra.launcher.options."))


def _flattened(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Yield every value under its dotted key, and sections and lists as well as their members."""
    yield key, value
    if isinstance(value, dict | list):
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            # Quoted, a name with dots cannot pass for a section and its key.
            plain = str(name) if re.fullmatch(r"[\w-]+|\(\)", str(name)) else repr(name)
            yield from _flattened(member, f"{key}.{plain}" if key else plain)
