"""What every command shares: where ``conf/`` lies, and errors written for people."""

import difflib
import errno
import logging
import os
import re
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import hydra
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from dysarthria_lightning.config.safe_loader import install_checked_loader
from dysarthria_lightning.errors import UserError

log = logging.getLogger(__name__)

install_checked_loader()

_PACKAGE = Path(__file__).parents[1]
# The wheel carries conf/ inside the package; a checkout has it beside the package.
CONF_DIR = str(
    next(folder for folder in (_PACKAGE / "conf", _PACKAGE.parent / "conf") if folder.is_dir())
)


def command(config_name: str) -> Callable[[Callable[[DictConfig], Any]], Callable[[], None]]:
    """Make a function that takes a configuration into a command that composes it.

    Args:
        config_name: The primary configuration in ``conf/``.
    """

    def decorate(task: Callable[[DictConfig], Any]) -> Callable[[], None]:
        @wraps(task)
        def friendly(composed: DictConfig) -> Any:
            try:
                return task(composed)
            except UserError as error:
                if HydraConfig.get().mode == RunMode.MULTIRUN:
                    raise
                # An exit, for Hydra announces exceptions in words of its own.
                sys.exit(f"error: {error}")
            except OSError as error:
                if HydraConfig.get().mode == RunMode.MULTIRUN or isinstance(error, BrokenPipeError):
                    raise
                sys.exit(f"error: {explain_os_error(error)}")

        made: Callable[[], None] = hydra.main(
            version_base="1.3", config_path=CONF_DIR, config_name=config_name
        )(friendly)
        return made

    return decorate


def run_command(main: Callable[[], None]) -> None:
    """Run a command's ``hydra.main`` function.

    Exits with 1 and a message on a user's error or one of the disk's and with 130 on Ctrl-C.
    Anything else is a bug and shows its traceback.
    """
    # Makes Hydra raise instead of printing, so that this function alone decides what people see.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    # Hydra's parser takes overrides in one stretch only: "a=1 -m b=1,2" would be an error.
    sys.argv[1:] = sorted(sys.argv[1:], key=lambda word: word not in ("-m", "--multirun"))
    if any(word.startswith("--e") for word in sys.argv[1:]):
        # The option unpickles a file, which runs whatever the file says.
        sys.exit("error: --experimental-rerun is refused; give the run's own command again")
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
    except (HydraException, OmegaConfBaseException) as error:
        sys.exit(f"error: {explain_hydra_error(error)}")
    except BrokenPipeError:
        # Whoever read the output, such as head, wants no more; nor must Python flush it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        sys.exit(f"error: {explain_os_error(error)}")
    except YAMLError as error:
        sys.exit(f"error: a file of the configuration cannot be read: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def explain_os_error(error: OSError) -> str:
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


def explain_hydra_error(error: Exception) -> str:
    """Turn Hydra's error into one that names the valid keys."""
    text = str(error).split("Config search path:")[0].strip()
    unknown = re.match(r"Could not override '([^'@]+)", text)
    if unknown:
        return _explain_unknown_key(unknown.group(1))
    if error.__cause__ is not None and str(error.__cause__) not in text:
        text += f"\n{error.__cause__}"
    return text


def _explain_unknown_key(key: str) -> str:
    *section, name = re.split(r"[./]", key)
    chosen = _compose_groups(with_hydra=section[:1] == ["hydra"])
    while section and not isinstance(OmegaConf.select(chosen, ".".join(section)), DictConfig):
        name = section.pop()
    where = OmegaConf.select(chosen, ".".join(section)) if section else chosen
    valid = [str(option) for option in where]
    close = difflib.get_close_matches(name, valid, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    if len(section) == 1:
        hint += "".join(
            f" {section[0]}={choice.stem} has it."
            for choice in sorted((Path(CONF_DIR) / section[0]).glob("*.yaml"))
            if name in OmegaConf.load(choice)
        )
    title = ".".join(section) or "the configuration"
    return f"{key}: there is no such key.{hint}\n{title} has: {', '.join(valid)}"


def _compose_groups(with_hydra: bool) -> DictConfig:
    """Compose the configuration with the group choices of the command line alone."""
    groups = {entry.name for entry in Path(CONF_DIR).iterdir() if entry.is_dir()} - {"hydra"}
    groups.add("hydra/launcher")
    choices = [word for word in sys.argv[1:] if word.split("=")[0] in groups and "," not in word]
    GlobalHydra.instance().clear()
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        return compose("config", overrides=choices, return_hydra_config=with_hydra)
