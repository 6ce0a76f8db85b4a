"""What a report's header says of a study's settings, and what audits and completes it."""

from functools import partial

from dysarthria_lightning.cli.following import across_command
from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.config.trainer import TrainerSection
from dysarthria_lightning.data.protocols import KnownSpeakers, NovelSpeakers
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.reporting.matrix import CellCommand
from dysarthria_lightning.schema.automatic import AUTO


def describe_settings(planned: list[StudyRun]) -> dict[str, str]:
    """Describe the protocols and the training for reading, and say where they are the paper's."""
    described, beside_paper = {}, planned[0].config.data.papers_protocol
    for protocol in {run.cell.protocol: run.config.protocol for run in planned}.values():
        if isinstance(protocol, NovelSpeakers):
            described["New speakers"] = _describe_folds(protocol, beside_paper)
        elif isinstance(protocol, KnownSpeakers):
            parts = (protocol.train_parts, protocol.test_parts, protocol.validation_parts)
            described["Known speakers"] = f"recordings split {':'.join(map(str, parts))}"
    trainer = max((run.config.trainer for run in planned), key=lambda each: each.max_epochs)
    described["Epochs"] = f"at most {trainer.max_epochs}"
    described["Tested epoch"] = _describe_choice(trainer, beside_paper)
    return described


def _describe_folds(protocol: NovelSpeakers, beside_paper: bool) -> str:
    fixed = protocol.validation == "fixed"
    if not fixed:
        validation = "the fold after the tested one validates"
    elif protocol.validation_speakers == AUTO:
        as_large = "as large a part validates as in the paper (9 of 69 speakers; two at least)"
        validation = as_large if beside_paper else "9 in 69 of the speakers validate (two at least)"
    else:
        validation = f"{protocol.validation_speakers} validation speakers"
    drawn = "stratified by class and gender" if protocol.stratify else "drawn at random"
    papers = beside_paper and fixed and (protocol.folds, protocol.validation_speakers) == (10, 9)
    as_there = ", as in the paper" if papers and not protocol.stratify else ""
    return f"{protocol.folds} folds, {validation}, {drawn}{as_there}"


def _describe_choice(trainer: TrainerSection, beside_paper: bool) -> str:
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
    return f"{chosen}, as in the paper" if beside_paper and trainer.monitor == "error" else chosen


def audit_commands(planned: list[StudyRun]) -> dict[Cell, str]:
    """Return the command that audits each cell."""
    varying = ("fold", "repeat", "split_seed", "seed")
    words = {run.cell: run.overrides for run in planned}
    return {
        cell: shell_command("audit", [it for it in its if it.split("=")[0] not in varying])
        for cell, its in words.items()
    }


def matrix_commands(planned: list[StudyRun]) -> dict[str, CellCommand]:
    """Return what trains a cell of each model's matrix of corpora."""
    words = {run.cell.model: run.overrides for run in planned}
    return {model: partial(across_command, its) for model, its in words.items()}
