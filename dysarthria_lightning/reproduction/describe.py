"""What a report's header says of a reproduction's settings, and the command that repeats it."""

from hydra.core.override_parser.overrides_parser import OverridesParser

from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.cli.typed_words import as_typed
from dysarthria_lightning.config import Reproduction
from dysarthria_lightning.data.protocols import KnownSpeakers, NovelSpeakers
from dysarthria_lightning.reproduction.plan import ReproductionRun

# Settings that are the paper's unless they are changed.
_PAPER_SECTIONS = {"protocol", "trainer", "model", "features"}

# Options that do not affect results.
_PASSING = {"train", "report_dir", "overwrite"}
_MACHINE = {"trainer.accelerator", "trainer.threads"}


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
    words = [*(as_typed(f"{key}={value}") for key, value in profile.items()), *command_line]
    return [
        word
        for key, word in dict(_by_key(words)).items()
        if key.split(".")[0] in _PAPER_SECTIONS and key not in _MACHINE
    ]


def repeating_command(command_line: list[str]) -> str:
    """Return the command that trains and reports all of it."""
    return shell_command(
        "reproduce", [word for key, word in _by_key(command_line) if key not in _PASSING]
    )


def _by_key(words: list[str]) -> list[tuple[str, str]]:
    """Pair each override with its key, whatever signs stand before that."""
    overrides = OverridesParser.create().parse_overrides(words)
    return [(each.key_or_group, str(each.input_line)) for each in overrides]
