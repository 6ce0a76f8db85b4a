"""From finished runs on disk to the tables that a report is made from."""

from collections import defaultdict
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.evaluation.predictions import pool_folds, read_predictions
from dysarthria_lightning.evaluation.study import Cell, CrossValidation, Study
from dysarthria_lightning.gathering.recordings import study_recordings
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import OtherSettingsError, is_finished, read_run
from dysarthria_lightning.runs.training_length import epoch_tested, hardly_trained

_RECORD_COLUMNS = [
    *(
        "wall_time_s",
        "epochs",
        "steps",
        "finished",
        "host",
        "processor",
        "cpus",
        "device",
        "precision",
    ),
    *("python", "torch", "lightning", "torchaudio", "hydra", "numpy", "sklearn", "git_commit"),
]


def usable_runs(
    planned: list[StudyRun], key_of: Callable[[Config], str], failed: Container[Path]
) -> tuple[set[Path], list[str]]:
    """Find the finished runs that a report may use.

    Args:
        planned: All runs of the study.
        key_of: Returns the key of the feature store that a run is trained on.
        failed: Folders of runs that were to be trained anew just now and failed; what stands there
            is the run before.

    Returns:
        Their folders, and a note on finished runs that were made with other settings, one per
        list of differences.
    """
    usable: set[Path] = set()
    others: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for run in planned:
        try:
            if is_finished(run.config, key_of(run.config)) and run.folder not in failed:
                usable.add(run.folder)
        except OtherSettingsError as error:
            others[tuple(error.differences)].append(error.folder)
    return usable, [_note(differences, folders) for differences, folders in others.items()]


def _note(differences: tuple[str, ...], folders: list[Path]) -> str:
    """Say which finished runs a report leaves out, and how it may have them."""
    which = (
        f"{folders[0]} is finished, but was made with other settings:"
        if len(folders) == 1
        else f"{len(folders)} finished runs, such as {folders[0]}, were made with other settings:"
    )
    lines = "\n".join(f"  {difference}" for difference in differences)
    return (
        f"{which}\n{lines}\nLeft out of the report. Give the settings of before to report on them, "
        "or train=true with tag=NAME or overwrite=true to train with these."
    )


def collect_study(planned: list[StudyRun], recordings: pd.DataFrame, usable: set[Path]) -> Study:
    """Gather the cross-validations of which all folds are finished.

    Args:
        planned: All runs of the study.
        recordings: What is known of the corpus's.
        usable: Folders of the runs that count.

    Raises:
        RunError: The files of a finished run are damaged.
    """
    folds: dict[tuple[Cell, int], list[StudyRun]] = defaultdict(list)
    for run in planned:
        folds[run.cell, run.repeat].append(run)
    crossvalidations: dict[Cell, list[CrossValidation]] = defaultdict(list)
    for (cell, repeat), members in folds.items():
        if all(run.folder in usable for run in members):
            crossvalidations[cell].append(_read(cell, repeat, members))
    models = [run.config.model for run in planned]
    return Study(
        study_recordings(recordings),
        crossvalidations,
        {model.name: model.architecture for model in models},
    )


def list_runs(planned: list[StudyRun], usable: set[Path]) -> pd.DataFrame:
    """Describe every run: what it is, whether it is finished, where it lies, what it took.

    Args:
        planned: All runs of the study.
        usable: Folders of the finished ones that count.

    Returns:
        One row per run: the cell's columns, ``repeat``, ``fold``, ``state`` (``finished``,
        ``failed`` or ``missing``), ``folder`` (relative to the outputs), ``command``, ``log`` (of
        a failed one), ``version`` and the record's own columns.
    """
    return pd.DataFrame([_describe(run, run.folder in usable) for run in planned])


def find_hardly_trained(planned: list[StudyRun], usable: set[Path]) -> dict[Cell, tuple[str, str]]:
    """Find cells whose networks were tested when they had hardly been trained.

    Args:
        planned: All runs of the study.
        usable: Folders of the finished ones that count.

    Returns:
        What :func:`training_length.hardly_trained` says of each.
    """
    records: dict[Cell, list[dict[str, Any]]] = defaultdict(list)
    for run in planned:
        if run.folder in usable and (record := read_run(run.folder)):
            records[run.cell].append(record)
    found = {cell: hardly_trained(of_cell) for cell, of_cell in records.items()}
    return {cell: said for cell, said in found.items() if said}


def _read(cell: Cell, repeat: int, members: list[StudyRun]) -> CrossValidation:
    def tables(file: str) -> list[pd.DataFrame]:
        return [read_predictions(run.folder / file).assign(fold=run.config.fold) for run in members]

    return CrossValidation(
        cell,
        repeat,
        test=pool_folds(tables(layout.PREDICTIONS)),
        validation=pd.concat(tables(layout.VALIDATION_PREDICTIONS), ignore_index=True),
        history=pd.concat([_read_history(run) for run in members], ignore_index=True),
    )


def _read_history(run: StudyRun) -> pd.DataFrame:
    path = run.folder / layout.HISTORY
    try:
        history = pd.read_csv(path)[["epoch", "train_error", "validation_error"]]
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"{path} cannot be read ({error}); train the run again with overwrite=true"
        ) from None
    return history.assign(fold=run.config.fold)


def _describe(run: StudyRun, is_usable: bool) -> dict[str, Any]:
    folder = run.folder
    outputs = Path(run.config.outputs_dir)
    record = read_run(folder) if is_usable else None
    log = folder / layout.FAILURE
    failed = record is None and log.exists()
    return {
        **vars(run.cell),
        "repeat": run.repeat,
        "fold": run.config.fold,
        "state": "finished" if record else "failed" if failed else "missing",
        "folder": folder.relative_to(outputs).as_posix(),
        "command": run.command,
        "log": log.relative_to(outputs).as_posix() if failed else None,
        "version": record["fingerprint"]["version"] if record else None,
        "epoch_tested": epoch_tested(record) if record and "epochs" in record else None,
        **{name: record.get(name) if record else None for name in _RECORD_COLUMNS},
    }
