"""What a report's header says of a reproduction's settings, and the command that repeats it."""

from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.config import Reproduction
from dysarthria_lightning.data.protocols import KnownSpeakers, NovelSpeakers
from dysarthria_lightning.reproduction.plan import ReproductionRun

# Settings that are the paper's unless they are changed.
_PROTOCOL_SECTIONS = ("protocol.", "trainer.", "model.", "features.")

# What belongs to one call of the command and not to what it reproduces.
_PASSING = ("train=", "report_dir=", "overwrite=")


def describe_settings(planned: list[ReproductionRun]) -> dict[str, str]:
    """Describe the protocols and the longest training, for reading."""
    described = {}
    for protocol in {run.cell.protocol: run.config.protocol for run in planned}.values():
        if isinstance(protocol, NovelSpeakers):
            described["New speakers"] = (
                f"{protocol.folds} folds, {protocol.validation_speakers} validation speakers"
            )
        elif isinstance(protocol, KnownSpeakers):
            parts = (protocol.train_parts, protocol.test_parts, protocol.validation_parts)
            described["Known speakers"] = f"recordings split {':'.join(map(str, parts))}"
    described["Epochs"] = f"at most {max(run.config.trainer.max_epochs for run in planned)}"
    return described


def changed_settings(reproduction: Reproduction, command_line: list[str]) -> list[str]:
    """List the settings of protocol, training, networks and features that were changed."""
    profile = reproduction.profiles[reproduction.profile]
    words = [*(f"{key}={value}" for key, value in profile.items()), *command_line]
    last = {word.split("=")[0]: word for word in words}
    return [word for word in last.values() if word.startswith(_PROTOCOL_SECTIONS)]


def repeating_command(command_line: list[str]) -> str:
    """Return the command that trains and reports all of it."""
    return shell_command(
        "reproduce", [word for word in command_line if not word.startswith(_PASSING)]
    )
