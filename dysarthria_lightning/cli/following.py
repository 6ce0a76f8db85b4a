"""The command that one types next, in the words of the one that has ended."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.data.protocols import ALL_SPEAKERS
from dysarthria_lightning.errors import RunError

if TYPE_CHECKING:
    from dysarthria_lightning.config import Config
    from dysarthria_lightning.data.protocols import AnyProtocol

# What is of one run, or of one command, and not of what is studied.
_OF_ONE_RUN = ("fold", "from", "repeat", "split_seed", "seed", "overwrite")
# What ``reproduce`` takes of the words of a run.
_REPRODUCED = ("data", "features", "trainer", "tag", "outputs_dir")


def after_prepare(config: "Config", words: Sequence[str]) -> str:
    """Return the line that says how models are trained on a corpus.

    Args:
        config: What was prepared.
        words: The overrides.
    """
    kept = _studied(words)
    if not any(_key(word) == "model" for word in kept):
        kept.append("model=lstm1,functionals")
    sweep = ["-m", "fold=all"] if config.protocol.folds > 1 else ["-m"]
    return _line("train", [*kept, *sweep])


def crossvalidation_command(words: Sequence[str]) -> str:
    """Return the command that trains all folds.

    Args:
        words: The overrides of a run of the model.
    """
    of_repeat = [word for word in words if _key(word) in ("repeat", "split_seed", "seed")]
    return shell_command("train", [*_studied(words), *of_repeat, "-m", "fold=all"])


def after_training(config: "Config", words: Sequence[str]) -> str:
    """Return the line that says how a model is judged or used, or how its other folds are trained.

    Args:
        config: One of the runs that were trained.
        words: Its overrides.
    """
    from dysarthria_lightning.runs import layout
    from dysarthria_lightning.runs.crossvalidation import MissingFoldsError, finished_folds

    if config.fold == ALL_SPEAKERS:
        folder = layout.run_folder(config)
        return _line("predict", [f"model={folder}", "recordings=FOLDER"])
    experiment = [word.partition("=")[2] for word in words if _key(word) == "experiment"]
    if experiment:
        kept = [word for word in words if _key(word).split(".")[0] in _REPRODUCED]
        return _line("reproduce", ["train=false", f"experiments=[{experiment[0]}]", *kept])
    try:
        finished_folds(config)
    except MissingFoldsError:
        return f"Next: {crossvalidation_command(words)}"
    except RunError:  # which the report explains
        pass
    return _line("report", _studied(words))


def after_report(suggested: Sequence[str], words: Sequence[str]) -> str:
    """Return the line that says what a result still lacks.

    Args:
        suggested: Commands that the report gives, the most wanted last.
        words: The overrides.
    """
    if suggested:
        return f"Next: {suggested[-1]}"
    return _line("reproduce", [word for word in words if _key(word).split(".")[0] in _REPRODUCED])


def across_command(words: Sequence[str], source: str, tested: str) -> str:
    """Return the command that trains on some corpora and tests on another.

    Args:
        words: The overrides of a run of the model, under any protocol.
        source: What is trained on, joined by a plus.
        tested: What is tested.
    """
    kept = [
        word
        for word in _studied(words)
        if _key(word) != "experiment"
        and (_key(word).split(".")[0] != "protocol" or _key(word) == "protocol.folds")
    ]
    pair = [
        f"protocol.test_corpus={tested}",
        f"protocol.train_corpora=[{source.replace('+', ',')}]",
    ]
    return shell_command("train", [*kept, "protocol=across_corpora", *pair, "-m", "fold=all"])


def about_folds(protocols: Sequence["AnyProtocol"], words: Sequence[str]) -> str | None:
    """Say that a number of folds that was given counts for none of the runs.

    Args:
        protocols: Of the runs that are trained.
        words: The overrides.
    """
    from dysarthria_lightning.data.protocols import AcrossCorpora

    given = [
        word for word in words if _key(word) == "protocol.folds" and word.partition("=")[2] != "1"
    ]
    across = all(isinstance(it, AcrossCorpora) and not it.is_within for it in protocols)
    if not (given and across):
        return None
    return (
        f"{given[0]} counts within a corpus only. Across corpora there is one fold, fold 0: all "
        "speakers of the tested corpus are tested at once."
    )


def _studied(words: Sequence[str]) -> list[str]:
    return [
        word
        for word in words
        if _key(word) not in _OF_ONE_RUN and not _key(word).startswith("hydra")
    ]


def _key(word: str) -> str:
    return word.partition("=")[0].lstrip("+~")


def _line(command: str, words: Sequence[str]) -> str:
    return f"Next: {shell_command(command, list(words))}"
