"""``--help`` and ``--version``."""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from dysarthria_lightning.cli.described_keys import (
    DescribedKey,
    Group,
    describe_keys,
    describe_plain_keys,
)
from dysarthria_lightning.config.location import CONF_DIR

# Where comments begin; keys that are longer stand on a line of their own.
_COLUMN = 38
# Of a file or a pipe.
_WIDTH = 100


def print_help(config_name: str, words: Sequence[str], settled: Sequence[str]) -> None:
    """Print what a command does, and each key with its default, its choices and its comment.

    Args:
        config_name: The command's primary configuration.
        words: The command line's: it may choose members of groups, whose keys are shown then.
        settled: Keys that the command sets itself.
    """
    print("\n".join(_lines(config_name, words, settled)))


def print_plain_help(config_name: str) -> None:
    """Print what a command without groups does, and each key with its default and its comment.

    Args:
        config_name: The command's file in ``conf/``.
    """
    header, footer = _frame()
    keys = _describe(describe_plain_keys(config_name))
    lines = [header, "Keys with their defaults, change with key=value", *keys, "", footer]
    print("\n".join(lines))


def command_name() -> str:
    """Return the name of the command that this process runs, such as ``train``."""
    return Path(sys.argv[0].split()[-1]).stem


def _lines(config_name: str, words: Sequence[str], settled: Sequence[str]) -> Iterator[str]:
    header, footer = _frame()
    keys, groups, experiments = describe_keys(config_name, words)
    yield header
    yield "Keys with their defaults, change with key=value"
    yield from _describe([key for key in keys if key.name.split(".")[0] not in settled])
    for group in groups:
        yield ""
        if group.name in settled:  # the command chooses, and lets sections be changed
            yield f"{group.name}: chosen by this command"
        else:
            yield from _choices(group)
        yield from _describe(group.keys)
    if config_name == "config" and command_name() == "train":
        yield f"\nExperiments, with train -m +experiment=CHOICE: {', '.join(experiments)}"
    yield ""
    yield (
        "The keys of another choice, such as your own recordings: "
        f"{command_name()} data=manifest --help"
    )
    yield ""
    yield footer


def _choices(group: Group) -> Iterator[str]:
    yield f"{group.name}={group.choice}; choices of {group.name}="
    for name, about in group.choices.items():
        yield from _entry(f"    {name}", about)


def _describe(keys: list[DescribedKey]) -> Iterator[str]:
    for key in keys:
        yield from _entry(f"  {key.name}={key.default}", key.comment)


def _entry(start: str, text: str) -> list[str]:
    """Put a text beside what it is about, in as many lines as it needs."""
    width = max(shutil.get_terminal_size((_WIDTH, 24)).columns, _COLUMN + 30)
    lines = textwrap.wrap(text, width - _COLUMN, break_on_hyphens=False) or [""]
    if len(start) + 2 > _COLUMN:
        return [start, *(" " * _COLUMN + line for line in lines if line)]
    first = f"{start:<{_COLUMN}}{lines[0]}".rstrip()
    return [first, *(" " * _COLUMN + line for line in lines[1:])]


def _frame() -> tuple[str, str]:
    """Read what stands above and below the keys."""
    from omegaconf import OmegaConf

    texts = OmegaConf.load(Path(CONF_DIR) / "hydra/help/commands.yaml")
    job = {"job": {"name": command_name()}, "help": texts}
    resolved = OmegaConf.create({"hydra": job}).hydra.help
    return str(resolved.header), str(resolved.footer).rstrip()
