"""The finished runs that a path names: one run, or all of a cross-validation or of its repeats."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.manifest_schema import bullet_list
from dysarthria_lightning.data.protocols import ALL_SPEAKERS
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.crossvalidation import made_from
from dysarthria_lightning.runs.loading import open_run
from dysarthria_lightning.runs.record import read_run

_VARYING = ("fold", "split_seed", "seed")


class FoundRuns(NamedTuple):
    """The runs of one model.

    Attributes:
        folders: Of those that are finished, in order.
        notes: What the user should know, such as folds that are not finished.
    """

    folders: list[Path]
    notes: list[str]


def find_runs(path: Path, key: str = "model") -> FoundRuns:
    """Find the finished runs of one model.

    Args:
        path: The folder of a run, of a cross-validation (above ``fold0``, ``fold1``, ...), or any
            folder above runs of one model alone, such as its repeats. The one model of all speakers
            beside the folds is not theirs: it is named by its own folder.
        key: What the user has given the path for.

    Raises:
        RunError: There is none, or there are runs of several models.
    """
    if not path.exists():
        raise RunError(f"{key} = {path}: there is no such folder; {_name_one(key)}")
    if not path.is_dir():
        raise RunError(f"{key} = {path}: is a file and holds no runs; {_name_one(key)}")
    if (path / layout.RUN).exists():
        return FoundRuns([path], [])
    # A run that is being trained again waits in a hidden folder meanwhile.
    found = (record.parent for record in path.rglob(layout.RUN))
    finished = sorted((it for it in found if not it.name.startswith(".")), key=_in_order)
    folders = [folder for folder in finished if folder.name != ALL_SPEAKERS]
    if not folders:
        begun = (path / layout.CONFIG).exists()
        what = "its training is not finished" if begun else "there is no finished run in it"
        if finished:
            what = f"there is one model of all speakers in it; name it: {key}={finished[0]}"
        raise RunError(f"{key} = {path}: {what}; {_name_one(key)}")
    _check_one_model(path, folders, key)
    config, _ = open_run(folders[0])
    return FoundRuns(folders, _unfinished(folders, config))


def check_model(path: Path) -> None:
    """Refuse what is no model, as far as that shows at once.

    Args:
        path: A bundle, which is a file, or what :func:`find_runs` takes.

    Raises:
        RunError: There is no such file and no run.
    """
    if not path.exists():
        raise RunError(f"model = {path}: there is no such folder or bundle; {_name_one()}")
    if not is_bundle(path):
        find_runs(path)


def is_bundle(path: Path) -> bool:
    """Say whether a path names a file, and so a bundle if it names a model at all."""
    return path.is_file()


def _name_one(key: str = "model") -> str:
    return (
        "name the folder of a finished run, or of a cross-validation, the one above fold0, fold1, "
        f"..., as in {key}=outputs/runs/mine/novel_speakers/split0/all/mfcc13/lstm1/seed0"
    )


def _in_order(folder: Path) -> tuple[str, int, str]:
    number = folder.name.removeprefix("fold")
    return str(folder.parent), int(number) if number.isdecimal() else -1, folder.name


def _check_one_model(path: Path, folders: Sequence[Path], key: str) -> None:
    """Refuse runs that differ in more than the speakers whom they were trained on."""
    kinds: dict[str, list[Path]] = {}
    for folder in folders:
        record = read_run(folder)
        assert record is not None
        settings = {name: it for name, it in record["fingerprint"].items() if name not in _VARYING}
        kinds.setdefault(json.dumps(settings | made_from(record), sort_keys=True), []).append(
            folder
        )
    if len(kinds) > 1:
        parents = sorted({str(folder.parent) for folder in folders})
        listed = parents if len(parents) > 1 else [str(its[0]) for its in kinds.values()]
        raise RunError(
            f"{key} = {path}: holds runs that were made otherwise than each other, which cannot "
            f"score together; name one of\n{bullet_list(listed)}"
        )


def _unfinished(folders: Sequence[Path], config: Config) -> list[str]:
    """Say which folds of the cross-validations have no part."""
    notes = []
    for parent in dict.fromkeys(folder.parent for folder in folders):
        there = {folder.name for folder in folders if folder.parent == parent}
        wanted = [f"fold{fold}" for fold in range(config.protocol.folds)]
        missing = [name for name in wanted if name not in there]
        if missing and len(wanted) > 1:
            notes.append(
                f"{', '.join(missing)} of {parent} {'is' if len(missing) == 1 else 'are'} not "
                "finished and not scored with."
            )
    return notes
