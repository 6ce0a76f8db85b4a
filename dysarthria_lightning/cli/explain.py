"""Errors explained to people: what was wrong, where, what is allowed, what to do."""

import difflib
import errno
import logging
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from hydra.errors import HydraException, OverrideParseException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from dysarthria_lightning.cli.command import running_command
from dysarthria_lightning.cli.described_keys import compose_groups, group_files
from dysarthria_lightning.cli.paths import PLACES, quoted
from dysarthria_lightning.config.names import name_keys
from dysarthria_lightning.errors import UserError

log = logging.getLogger(__name__)


def explain(error: Exception) -> str | None:
    """Say what went wrong and what to do; None where the error is a bug."""
    if isinstance(error, UserError):
        return str(error) + _hint_at_deletions(str(error))
    if isinstance(error, HydraException | OmegaConfBaseException):
        return _explain_hydra_error(error)
    if isinstance(error, OSError):
        return _explain_os_error(error)
    if isinstance(error, YAMLError):
        return f"a file of the configuration cannot be read: {error}"
    return None


def _hint_at_deletions(text: str) -> str:
    deletions = [word for word in sys.argv[1:] if word.startswith("~")]
    if "this key is missing" not in text or not deletions:
        return ""
    return f"\nEvery key is needed: leave {' and '.join(deletions)} out"


def _explain_os_error(error: OSError) -> str:
    """Say what to do about a disk that is full or a folder that may not be written."""
    log.debug("where it happened", exc_info=error)
    text = error.strerror or str(error)
    if error.filename is not None:
        text += f": {error.filename}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        text += "\nMake room, or write elsewhere with outputs_dir=FOLDER."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        text += "\nA folder that may be written is named with outputs_dir=FOLDER."
    return text + "\nWhat is finished is kept; the same command goes on from there."


def _explain_hydra_error(error: Exception) -> str:
    """Turn Hydra's error into one that names the valid keys, and what to type instead."""
    text = str(error).split("Config search path:")[0].split("See https://hydra.cc")[0].strip()
    if match := re.match(r"Could not override '([^'@]+)", text):
        return _explain_unknown_key(match[1], text)
    if match := re.match(r"(?:In '\S+': )?Could not find '(\S+)/([^/']+)'\s+Available", text):
        return _explain_unknown_choice(match[1], match[2], re.findall(r"\t(\S+)", text))
    if match := re.match(r"force-add of .*'\+\+([^=]+)|(\S+) appears more than once in", text):
        group = match[1] or match[2]
        return f"{group} has a choice already; change it with {group}=..., without +"
    if match := re.match(r"(?:Ambiguous value for argument|Sweep parameters) '(.+)'", text):
        return _explain_sweep(match[1])
    if isinstance(error, OverrideParseException):
        reason = text if "=" in error.override else "write key=value"
        return f"{error.override}: {reason.removeprefix('Error parsing override ')}"
    if error.__cause__ is not None and str(error.__cause__) not in text:
        text += f"\n{error.__cause__}"
    return text.removeprefix("In 'config': ")


def _explain_sweep(word: str) -> str:
    key, _, value = word.partition("=")
    if isinstance(OmegaConf.select(_compose_groups(with_hydra=False), key), ListConfig):
        advice = f"write '{key}=[{value}]'"
    else:
        advice = "add -m to run with each" if _config_name() == "config" else "give one"
    if key in name_keys():
        plain = value.replace('"', "")
        advice += f"; a name with a comma is quoted: {shlex.quote(f'{key}={quoted(plain)}')}"
    return f"{word} are several values; {advice}"


def _explain_unknown_key(key: str, text: str) -> str:
    *section, name = re.split(r"[./]", key)
    chosen = _compose_groups(with_hydra=section[:1] == ["hydra"])
    while section and not isinstance(OmegaConf.select(chosen, ".".join(section)), DictConfig):
        name = section.pop()
    where = OmegaConf.select(chosen, ".".join(section)) if section else chosen
    refused = _settled() if name == key else ()  # though it takes what is in their sections
    valid = [str(option) for option in where if option not in refused]
    if key in group_files() and key in valid:
        return f"{key}: give the name of a choice: {', '.join(group_files()[key])}"
    close = difflib.get_close_matches(name, valid, n=1)
    if section and name in chosen and name not in _settled():
        close = [name]
    hint = f" Did you mean {close[0]}?" if close else ""
    if section == ["data"] and f"data.{name}" in PLACES:
        hint += _needed_instead(name)
    if (added := re.search(r"\+experiment=\S+", text)) and "experiment" not in _settled():
        hint = f" An experiment is a sweep of many runs: train -m {added[0]}"
    if len(section) == 1 and section[0] not in _settled():
        hint += "".join(
            f" {section[0]}={choice} has it."
            for choice, path in group_files().get(section[0], {}).items()
            if name in _section_of(path, section[0])
        )
    title = ".".join(section) or "the configuration"
    return f"{key}: there is no such key.{hint}\n{title} has: {', '.join(valid)}"


def _explain_unknown_choice(group: str, choice: str, choices: list[str]) -> str:
    """List the choices of a group; a table of recordings is one's own corpus."""
    by_lower = {name.lower(): name for name in choices}
    close = difflib.get_close_matches(choice.lower(), by_lower, n=1)
    hint = f" Did you mean {group}={by_lower[close[0]]}?" if close else ""
    if group == "data":
        is_table = Path(choice).suffix.lower() in (".csv", ".tsv", ".txt", ".parquet")
        table = shlex.quote(f"data.manifest={choice}") if is_table else "data.manifest=TABLE"
        hint += f" For your own recordings write data=manifest {table}"
    return f"Could not find '{group}/{choice}'.{hint}\n{group} has: {', '.join(choices)}"


def _needed_instead(name: str) -> str:
    """Say what the corpus that is chosen needs, where another one's place was given."""
    words = [word.partition("=") for word in sys.argv[1:]]
    chosen = {key: value.strip("\"'") for key, _, value in words}.get("data", "synthetic")
    if chosen == "manifest":
        return " data=manifest needs your table of recordings, data.manifest=TABLE."
    if chosen.startswith("synthetic"):
        return ""
    return f" data={chosen} needs the folder of the corpus, data.root=FOLDER."


def _section_of(path: Path, group: str) -> DictConfig:
    """Return what a choice's file says of its group; a file of the whole has a section for it."""
    content = OmegaConf.load(path)
    assert isinstance(content, DictConfig)
    section = content.get(group)
    return section if isinstance(section, DictConfig) else content


def _compose_groups(with_hydra: bool) -> DictConfig:
    return compose_groups(_config_name(), sys.argv[1:], with_hydra)


def _config_name() -> str:
    running = running_command()
    return "config" if running is None else running.config_name


def _settled() -> Sequence[str]:
    running = running_command()
    return () if running is None else running.settled
