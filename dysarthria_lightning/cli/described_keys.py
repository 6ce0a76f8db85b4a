"""What ``conf/`` says of each key: its default, and the comment beside it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf, open_dict

from dysarthria_lightning.cli.shell import given_config_dir
from dysarthria_lightning.config.location import CONF_DIR

_KEY = re.compile(
    r"""( *)"?([\w/]+)"?:(?:\ +(?:\[[^\]]*\]|\{[^}]*\}|"[^"]*"|[^\s#]+))?(?:\ +\#\ (.*))?"""
)
_ORDER = [
    *("data", "features", "protocol", "subset", "model", "trainer", "logger"),
    "hydra/launcher",
]
_ALONE = re.compile(r"( *)# (.*)")


@dataclass(frozen=True)
class DescribedKey:
    """A key as one types it.

    Attributes:
        name: With its sections, such as ``trainer.max_epochs``.
        default: As one would type it.
        comment: What ``conf/`` says of it; empty where that says nothing.
    """

    name: str
    default: str
    comment: str


@dataclass(frozen=True)
class Group:
    """A group of the configuration, of which a command line chooses one member.

    Attributes:
        name: Such as ``data`` or ``hydra/launcher``.
        choice: The one that is chosen.
        choices: What each is, in a sentence.
        keys: Those of the chosen one.
    """

    name: str
    choice: str
    choices: dict[str, str]
    keys: list[DescribedKey]


def group_choices(words: Sequence[str]) -> list[str]:
    """Return the words of a command line that choose a member of a group, and no more.

    Args:
        words: The command line's; of several values that are swept over the first counts.
    """
    groups = "|".join({*group_files(), "hydra/launcher"} - {"experiment"})
    found = (re.fullmatch(rf'({groups})="?([\w-][\w.-]*)"?(,.*)?', word) for word in words)
    return [f"{match[1]}={match[2]}" for match in found if match]


def group_files() -> dict[str, dict[str, Path]]:
    """Return the file of each choice of each group."""
    return {
        folder.name: {path.stem: path for path in sorted(folder.glob("*.yaml"))}
        for folder in Path(CONF_DIR).iterdir()
        if folder.is_dir() and folder.name != "hydra"
    }


def compose_groups(config_name: str, words: Sequence[str], with_hydra: bool) -> DictConfig:
    """Compose the configuration with the group choices of a command line alone.

    Args:
        config_name: The primary configuration.
        words: The command line's.
        with_hydra: Keep the ``hydra`` node.
    """
    GlobalHydra.instance().clear()
    overrides = group_choices(words)
    if folder := given_config_dir():
        overrides.append(f'hydra.searchpath=["file://{folder}"]')
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        return compose(config_name, overrides=overrides, return_hydra_config=with_hydra)


def describe_keys(
    config_name: str, words: Sequence[str]
) -> tuple[list[DescribedKey], list[Group], list[str]]:
    """Describe the keys of a command.

    Args:
        config_name: Its primary configuration.
        words: The command line's, whose group choices count.

    Returns:
        The keys that belong to no group, the groups, and the experiments.
    """
    composed = compose_groups(config_name, words, with_hydra=True)
    chosen = {
        name: choice
        for name, choice in composed.hydra.runtime.choices.items()
        if choice is not None and (name in group_files() or name == "hydra/launcher")
    }
    launcher = composed.hydra.launcher
    with open_dict(composed):
        del composed["hydra"]
    comments = _comments_of(Path(CONF_DIR) / f"{config_name}.yaml", "")
    groups = []
    for name, choice in chosen.items():
        for folder in _folders():
            file = folder / name / f"{choice}.yaml"
            comments |= _comments_of(file, f"{name.replace('/', '.')}.")
    everything = {key.name: key for key in _flatten(composed, "", comments)}
    for name, choice in sorted(chosen.items(), key=lambda item: _ORDER.index(item[0])):
        start = f"{name.replace('/', '.')}."
        if name == "hydra/launcher":
            keys = [key for key in _flatten(launcher, start, comments) if key.comment]
        else:
            keys = [everything.pop(key) for key in [*everything] if key.startswith(start)]
        files = [file for folder in _folders() for file in sorted((folder / name).glob("*.yaml"))]
        about = {path.stem: _about(path.read_text(encoding="utf-8")) for path in files}
        groups.append(Group(name, choice, about, keys))
    return [*everything.values()], groups, [*group_files()["experiment"]]


def describe_plain_keys(config_name: str) -> list[DescribedKey]:
    """Describe the keys of a command that has no groups.

    Args:
        config_name: Its file in ``conf/``.
    """
    file = Path(CONF_DIR) / f"{config_name}.yaml"
    return [*_flatten(OmegaConf.load(file), "", _comments_of(file, ""))]


def _folders() -> list[Path]:
    """Return the folders of configurations, the user's own last: it counts first."""
    own = given_config_dir()
    return [Path(CONF_DIR), *([own] if own else [])]


def _flatten(node: Any, start: str, comments: dict[str, str]) -> Iterator[DescribedKey]:
    """Yield the keys of a node, those of its sections one by one."""
    values = OmegaConf.to_container(node, resolve=False)
    assert isinstance(values, dict)
    for name, value in values.items():
        key = f"{start}{name!s}"
        if isinstance(value, dict) and key not in comments:
            yield from _flatten(OmegaConf.create(value), f"{key}.", comments)
        else:
            yield DescribedKey(key, _typed(value), comments.get(key, ""))


def _typed(value: Any) -> str:
    """Write a value as one types it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{','.join(map(_typed, value))}]"
    return str(value)


def _comments_of(path: Path, start: str) -> dict[str, str]:
    """Return the comment of each key of a file, and of the files beside it that it builds on."""
    if not path.is_file():  # it is in the other folder
        return {}
    text = path.read_text(encoding="utf-8")
    if text.startswith("# @package _global_"):
        start = ""
    comments: dict[str, str] = {}
    for built_on in re.findall(r"(?m)^  - (\w+)$", text.partition("defaults:")[2]):
        if built_on != "_self_":
            comments |= _comments_of(path.parent / f"{built_on}.yaml", start)
    return comments | {f"{start}{key}": comment for key, comment in _read_comments(text)}


def _read_comments(text: str) -> Iterator[tuple[str, str]]:
    """Yield each key that has a comment: beside it, and under that in the same column, or above.

    A comment that is alone at the head of the file is about the file.
    """
    body = text[len(re.match(r"(#.*\n)*", text)[0]) :]  # type: ignore[index]
    sections: list[tuple[int, str]] = []
    above: list[str] = []
    key, column, comment = "", -1, ""
    for line in [*body.splitlines(), ""]:
        alone = _ALONE.fullmatch(line)
        if alone and column > 0 and len(alone[1]) == column:
            comment += f" {alone[2]}"
            continue
        if comment:
            yield key, comment
        key, column, comment = "", -1, ""
        if alone:
            above.append(alone[2])
        elif match := _KEY.fullmatch(line):
            indent = len(match[1])
            sections = [(depth, name) for depth, name in sections if depth < indent]
            sections.append((indent, match[2]))
            key = ".".join(name for _, name in sections)
            comment = match[3] or " ".join(above)
            column = line.index(" # ") + 1 if match[3] else -1
            above = []
        else:
            above = []


def _about(text: str) -> str:
    """Return the first sentence of what a file says at its head."""
    head = re.match(r"(#.*\n)*", text)
    assert head is not None
    lines = [line[1:].strip() for line in head[0].splitlines() if "@package" not in line]
    return re.split(r"(?<=[a-z)])\. ", " ".join(lines))[0].rstrip(".")
