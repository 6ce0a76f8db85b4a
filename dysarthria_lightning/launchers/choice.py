"""Makes the chosen launcher known to Hydra, once all that it needs is there."""

import importlib.util
import re
import shutil
import socket
import sys
from types import ModuleType

from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from omegaconf import DictConfig

from dysarthria_lightning.config import RaySettings, SlurmSettings, check_launcher
from dysarthria_lightning.errors import ConfigError

# Hydra takes launchers only from packages of such a name.
_PACKAGE = "hydra_plugins.dysarthria_lightning"
# A machine that has not answered by then is not there.
_PATIENCE_S = 20.0


def prepare_launcher(launcher: DictConfig) -> None:
    """Check the launcher of a sweep before anything is prepared for it.

    Args:
        launcher: The node ``hydra.launcher``.

    Raises:
        ConfigError: A key is wrong, or what the launcher needs is not installed.
    """
    if launcher["_target_"] == f"{_PACKAGE}.SlurmLauncher":
        _check_extra("slurm", "submitit")
        if shutil.which("sbatch") is None:
            raise ConfigError(
                "hydra/launcher=slurm needs sbatch, which is not on this machine; start the "
                "command where you queue other jobs"
            )
        check_launcher(SlurmSettings, launcher)
        from dysarthria_lightning.launchers.slurm import SlurmLauncher

        _register(SlurmLauncher)
    elif launcher["_target_"] == f"{_PACKAGE}.RayLauncher":
        _check_extra("ray", "ray")
        _check_answers(check_launcher(RaySettings, launcher).address)
        from dysarthria_lightning.launchers.ray import RayLauncher

        _register(RayLauncher)


def _check_extra(extra: str, package: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise ConfigError(
            f"hydra/launcher={extra} needs {package}, which is not installed; "
            f"pip install 'dysarthria-lightning[{extra}]'"
        )


def _check_answers(address: str | None) -> None:
    """Ask the machine ourselves: Ray would try for minutes and then end the process."""
    host_and_port = re.fullmatch(r"([\w.-]+):(\d{1,5})", address or "")
    if host_and_port is None:
        return
    host, port = host_and_port.groups()
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE_S).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(f"no Ray cluster at hydra.launcher.address={address}: {error}") from None


def _register(launcher: type[Launcher]) -> None:
    """Put it where Hydra looks for launchers."""
    launcher.__module__ = _PACKAGE
    package = sys.modules.setdefault(_PACKAGE, ModuleType(_PACKAGE))
    setattr(package, launcher.__name__, launcher)
    Plugins.instance().register(launcher)
