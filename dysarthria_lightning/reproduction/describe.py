"""What a report says of how a reproduction was asked for: what was changed, what repeats it."""

from hydra.core.override_parser.overrides_parser import OverridesParser

from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.cli.typed_words import as_typed
from dysarthria_lightning.config import Reproduction

# Settings that are the paper's unless they are changed.
_PAPER_SECTIONS = {"protocol", "trainer", "model", "features"}

# Options that do not affect results.
_PASSING = {"train", "report_dir", "overwrite"}
_MACHINE = {"trainer.accelerator", "trainer.threads"}


def changed_settings(reproduction: Reproduction, command_line: list[str]) -> list[str]:
    """List the settings of protocol, training, networks and features that were changed."""
    profile = reproduction.profiles[reproduction.profile]
    words = [*(as_typed(f"{key}={value}") for key, value in profile.items()), *command_line]
    return [
        word
        for key, word in dict(_by_key(words)).items()
        if key.split(".")[0] in _PAPER_SECTIONS and key not in _MACHINE
    ]


def repeating_command(command_line: list[str], repeats: int | None = None) -> str:
    """Return the command that trains and reports all of it.

    Args:
        command_line: The overrides given to ``reproduce``.
        repeats: How many it shall train; None: as many as were given.
    """
    kept = [(key, word) for key, word in _by_key(command_line) if key not in _PASSING]
    if repeats is None:
        return shell_command("reproduce", [word for _, word in kept])
    others = [word for key, word in kept if key != "repeats"]
    return shell_command("reproduce", [*others, f"repeats={repeats}"])


def _by_key(words: list[str]) -> list[tuple[str, str]]:
    """Pair each override with its key, whatever signs stand before that."""
    overrides = OverridesParser.create().parse_overrides(words)
    return [(each.key_or_group, str(each.input_line)) for each in overrides]
