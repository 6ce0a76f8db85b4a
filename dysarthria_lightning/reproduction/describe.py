"""What a report's header says of a reproduction's settings, and the command that repeats it."""

from functools import partial

from hydra.core.override_parser.overrides_parser import OverridesParser

from dysarthria_lightning.cli.following import across_command
from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.cli.typed_words import as_typed
from dysarthria_lightning.config import Reproduction
from dysarthria_lightning.config.trainer import TrainerSection
from dysarthria_lightning.data.protocols import KnownSpeakers, NovelSpeakers
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.matrix import CellCommand
from dysarthria_lightning.reproduction.plan import ReproductionRun
from dysarthria_lightning.schema.automatic import AUTO

# Settings that are the paper's unless they are changed.
_PAPER_SECTIONS = {"protocol", "trainer", "model", "features"}

# Options that do not affect results.
_PASSING = {"train", "report_dir", "overwrite"}
_MACHINE = {"trainer.accelerator", "trainer.threads"}


def describe_settings(planned: list[ReproductionRun]) -> dict[str, str]:
    """Describe the protocols and the training for reading, and say where they are the paper's."""
    described = {}
    for protocol in {run.cell.protocol: run.config.protocol for run in planned}.values():
        if isinstance(protocol, NovelSpeakers):
            described["New speakers"] = _describe_folds(protocol)
        elif isinstance(protocol, KnownSpeakers):
            parts = (protocol.train_parts, protocol.test_parts, protocol.validation_parts)
            described["Known speakers"] = f"recordings split {':'.join(map(str, parts))}"
    trainer = max((run.config.trainer for run in planned), key=lambda each: each.max_epochs)
    described["Epochs"] = f"at most {trainer.max_epochs}"
    described["Tested epoch"] = _describe_choice(trainer)
    return described


def _describe_folds(protocol: NovelSpeakers) -> str:
    fixed = protocol.validation == "fixed"
    if not fixed:
        validation = "the fold after the tested one validates"
    elif protocol.validation_speakers == AUTO:
        validation = "as large a part validates as in the paper (9 of 69 speakers; two at least)"
    else:
        validation = f"{protocol.validation_speakers} validation speakers"
    drawn = "stratified by class and gender" if protocol.stratify else "drawn at random"
    papers = fixed and (protocol.folds, protocol.validation_speakers) == (10, 9)
    as_there = ", as in the paper" if papers and not protocol.stratify else ""
    return f"{protocol.folds} folds, {validation}, {drawn}{as_there}"


def _describe_choice(trainer: TrainerSection) -> str:
    chosen = {
        "error": "the lowest validation error",
        "loss": "the lowest validation loss",
        "auroc": "the highest validation AUROC",
    }[trainer.monitor]
    if trainer.min_steps:
        return (
            f"{chosen}, after {trainer.min_steps} optimisation steps at least, or three quarters "
            "of all if they are fewer"
        )
    return f"{chosen}, as in the paper" if trainer.monitor == "error" else chosen


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


def audit_commands(planned: list[ReproductionRun]) -> dict[Cell, str]:
    """Return the command that audits each cell."""
    varying = ("fold", "repeat", "split_seed", "seed")
    words = {run.cell: run.overrides for run in planned}
    return {
        cell: shell_command("audit", [it for it in its if it.split("=")[0] not in varying])
        for cell, its in words.items()
    }


def matrix_commands(planned: list[ReproductionRun]) -> dict[str, CellCommand]:
    """Return what trains a cell of each model's matrix of corpora."""
    words = {run.cell.model: run.overrides for run in planned}
    return {model: partial(across_command, its) for model, its in words.items()}


def _by_key(words: list[str]) -> list[tuple[str, str]]:
    """Pair each override with its key, whatever signs stand before that."""
    overrides = OverridesParser.create().parse_overrides(words)
    return [(each.key_or_group, str(each.input_line)) for each in overrides]
