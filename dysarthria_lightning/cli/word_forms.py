"""Words that are not of the form ``key=value``: what was meant, in the one form that works."""

import difflib
import os
import re
import shlex
from collections.abc import Sequence
from functools import cache

from dysarthria_lightning.errors import UserError

# Hydra's options, and how many of them take a value.
_FLAGS = {"-h", "--help", "--hydra-help", "--version", "--resolve", "-r", "--run", "-m"}
_FLAGS |= {"--multirun", "-sc", "--shell-completion"}
_WITH_VALUE = {"-c", "--cfg", "-p", "--package", "-cp", "--config-path", "-cn", "--config-name"}
_WITH_VALUE |= {"-cd", "--config-dir"}
_MAY_HAVE_VALUE = {"-i", "--info"}
_TABLES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")


def check_forms(words: Sequence[str], config_name: str) -> None:
    """Check that words are options or ``key=value``.

    Args:
        words: Of a command line.
        config_name: The command's primary configuration.

    Raises:
        UserError: One is not; says what to write instead.
    """
    place = 0
    while place < len(words):
        word = words[place]
        name, has_value, _ = word.partition("=")
        if name in _FLAGS and has_value:
            raise UserError(f"{word}: write {name}")
        is_override = re.fullmatch(r"\+{0,2}[^=+~-][^=]*=.*|~.+", word, re.DOTALL) is not None
        if name in _FLAGS or is_override:
            _check_followed(words, place, config_name)
            place += 1
            continue
        if name in _WITH_VALUE:
            place += 1 if has_value else 2
            continue
        if name in _MAY_HAVE_VALUE:
            place += 2 if [*words, ""][place + 1] and "=" not in [*words, ""][place + 1] else 1
            continue
        typed, form = _meant(list(words[place:]), config_name)
        raise UserError(f"{' '.join(typed)}: {form}")


def _check_followed(words: Sequence[str], place: int, config_name: str) -> None:
    """Refuse ``model= lstm1`` and a value with blanks that a shell has taken apart."""
    rest: list[str] = []
    for word in words[place + 1 :]:
        if "=" in word or word.startswith(("-", "~")):
            break
        rest.append(word)
    word = words[place]
    if not rest or word.startswith(("-", "~")):
        return
    if word.endswith("="):
        raise UserError(f"{word} {rest[0]}: write {shlex.quote(word + rest[0])}")
    if word.endswith(",") or rest[0].startswith(","):
        joined = "".join([word, *rest])
        raise UserError(f"{' '.join([word, *rest])}: write {shlex.quote(joined)}, without blanks")
    known, choices = _known(config_name)
    if rest[0] in known or rest[0] in choices:
        return
    from dysarthria_lightning.config.names import name_keys

    if word.partition("=")[0].lstrip("+") in name_keys() and not _is_table(rest[0]):
        raise _with_blanks(word, rest)
    if _is_table(rest[-1]) and word.partition("=")[0] == "data.manifest":
        raise _with_blanks(word, rest)


def _with_blanks(word: str, rest: list[str]) -> UserError:
    joined = " ".join([word, *rest])
    return UserError(f"{joined}: a value with blanks is quoted: write {shlex.quote(joined)}")


def _meant(words: list[str], config_name: str) -> tuple[list[str], str]:
    """Say what the first words were meant to be: those words, and what to write."""
    word, following = words[0], [*words[1:], "", ""]
    defaults, choices = _known(config_name)
    if word.startswith("-"):
        return _option(word, following[0], defaults, choices)
    if word == "=" or word.startswith("="):
        return [word], "write key=value"
    if following[0] == "=" and following[1]:
        return [word, "=", following[1]], _write(word, following[1], defaults, choices)
    if following[0].startswith("=") and len(following[0]) > 1:
        return [word, following[0]], _write(word, following[0][1:], defaults, choices)
    if (pair := re.fullmatch(r"([\w.]+):(.+)", word)) and _key(pair[1], defaults):
        return [word], _write(pair[1], pair[2], defaults, choices)
    if word in defaults:
        value = following[0]
        if value and "=" not in value and not value.startswith(("-", "+", "~")):
            return [word, value], _write(word, value, defaults, choices)
        listed = [choice for choice, group in choices.items() if group == word]
        either = f" (or {', '.join(listed[1:])})" if listed[1:] else ""
        example = listed[0] if listed else defaults[word]
        return [word], f"write key=value, as in {shlex.quote(f'{word}={example}')}{either}"
    if word in choices:
        start = "+" if choices[word] == "experiment" else ""
        return [word], f"write {start}{choices[word]}={word}"
    if _is_table(word):
        return [word], f"write data=manifest {shlex.quote(f'data.manifest={word}')}"
    if os.path.isdir(word):
        return [word], f"write {shlex.quote(f'data.root={word}')}, after data=minsk2020 or the like"
    if close := difflib.get_close_matches(word, choices, n=1):
        return [word], f"write key=value. Did you mean {choices[close[0]]}={close[0]}?"
    if close := difflib.get_close_matches(word, defaults, n=1):
        return [word], f"write key=value. Did you mean {close[0]}=...?"
    return [word], "write key=value; --help lists the keys"


def _option(
    word: str, value: str, defaults: dict[str, str], choices: dict[str, str]
) -> tuple[list[str], str]:
    name, has_value, given = word.partition("=")
    key = _key(name.lstrip("-").replace("-", "_"), defaults)
    if key is None:
        return [word], (
            "there is no such option. Keys are written key=value, without dashes; --help lists them"
        )
    if has_value:
        return [word], _write(key, given, defaults, choices)
    if value and "=" not in value and not value.startswith(("-", "+", "~")):
        return [word, value], _write(key, value, defaults, choices)
    return [word], _write(key, _example(key, defaults, choices), defaults, choices)


def _example(key: str, defaults: dict[str, str], choices: dict[str, str]) -> str:
    if defaults[key] in ("true", "false"):
        return "true"
    return next((choice for choice, group in choices.items() if group == key), defaults[key])


def _write(key: str, value: str, defaults: dict[str, str], choices: dict[str, str]) -> str:
    key = _key(key, defaults) or key
    start = "-m " if key == "fold" and value == "all" else ""
    start += "data=manifest " if key == "data.manifest" else ""
    return f"write {start}{shlex.quote(f'{key}={value}')}"


def _key(name: str, defaults: dict[str, str]) -> str | None:
    """Return the key that a name is, or that it ends, or that resembles it."""
    if name in defaults:
        return name
    ends: dict[str, list[str]] = {}
    for key in defaults:
        ends.setdefault(key.rpartition(".")[2], []).append(key)
    for end in (name, *difflib.get_close_matches(name, ends, n=1)):
        if len(ends.get(end, ())) == 1:
            return ends[end][0]
    return None


def _is_table(word: str) -> bool:
    return word.lower().endswith(_TABLES)


@cache
def _known(config_name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the keys and groups with their defaults, and each choice's group."""
    from dysarthria_lightning.cli.described_keys import describe_keys, group_files

    ungrouped, groups, _ = describe_keys(config_name, ())
    keys = [*ungrouped, *(key for group in groups for key in group.keys)]
    defaults = {key.name: key.default for key in keys}
    # Needed of one's own recordings, and of no other choice.
    defaults |= {"data.manifest": "TABLE", "data.root": "FOLDER"}
    defaults |= {group.name: group.choice for group in groups}
    choices = {choice: group for group, files in group_files().items() for choice in files}
    return defaults, choices
