"""The commands that a report suggests: what trains what it still lacks."""

from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.config import Config
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.reporting.estimands import ENOUGH_REPEATS, FEW_REPEATS, ONE_REPEAT
from dysarthria_lightning.runs.crossvalidation import MissingFoldsError, recorded_source

#: Who names one of these asks for one cross-validation; else the report is of all repeats.
REPEAT_KEYS = ("repeat", "split_seed", "seed")


def with_command(error: RunError, first: Config, overrides: list[str], *, named: bool) -> RunError:
    """Add the command that trains the folds that are missing."""
    if not isinstance(error, MissingFoldsError):
        return error
    words = [*overrides, f"repeat={first.repeat}"] if first.repeat and not named else overrides
    return RunError(f"{error}; run with:\n  {_train_command(first, words, error.folds)}")


def ask_for_references(repeats: list[Config], overrides: list[str], *, named: bool) -> str:
    """Give the command that trains the references in the same repeats."""
    words = [word for word in overrides if word.split("=")[0] not in ("fold", "model")]
    words = [word for word in words if not word.startswith("model.")]
    sweep = ["model=functionals,demographics", "-m", "fold=all"]
    if not named:
        sweep.append(_sweep("repeat", [config.repeat for config in repeats]))
    command = shell_command("train", [*with_source(repeats[0], words), *sweep])
    return f"No simple reference stands beside it. For two:\n  {command}"


def ask_for_repeats(finished: list[Config], overrides: list[str]) -> list[str]:
    """Give the command that trains the repeats that an interval wants, where there are few."""
    if len(finished) >= ENOUGH_REPEATS:
        return []
    there = {config.repeat for config in finished}
    wanted = [number for number in range(ENOUGH_REPEATS) if number not in there]
    words = [word for word in overrides if word.split("=")[0] not in ("fold", *REPEAT_KEYS)]
    command = shell_command(
        "train", [*with_source(finished[0], words), "-m", "fold=all", _sweep("repeat", wanted)]
    )
    return [f"{ONE_REPEAT if len(finished) == 1 else FEW_REPEATS} For five:\n  {command}"]


def _train_command(config: Config, overrides: list[str], folds: list[int]) -> str:
    words = [word for word in overrides if not word.startswith("fold=")]
    return shell_command("train", [*with_source(config, words), "-m", _sweep("fold", folds)])


def with_source(config: Config, words: list[str]) -> list[str]:
    """Add where the corpus is, for commands that need it, as far as that is known."""
    places: dict[str, str | None] = {"root": "FOLDER", "manifest": "TABLE"}
    places |= dict.fromkeys(("pseudonym_key_file", "speakers_table", "roots", "options"))
    added = [
        f"data.{key}={source}"
        for key, unknown in places.items()
        if getattr(config.data, key, ...) is None
        and (source := recorded_source(config, key) or unknown)
    ]
    return [*words, *added]


def _sweep(key: str, values: list[int]) -> str:
    return f"{key}={','.join(map(str, values))}"
