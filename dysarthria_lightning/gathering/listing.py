"""Finds every cross-validation that is on disk, whoever trained it."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.config import Config, read_config
from dysarthria_lightning.data.protocols import ALL_SPEAKERS
from dysarthria_lightning.errors import UserError
from dysarthria_lightning.evaluation.analysis import judge
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.metrics import AUROCS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.files.progress import progress_bar
from dysarthria_lightning.gathering.found import report_folder
from dysarthria_lightning.gathering.typed_settings import config_words
from dysarthria_lightning.reporting.content import number, select
from dysarthria_lightning.reporting.folder import PAGE
from dysarthria_lightning.reporting.listing import Listed, Listing
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.crossvalidation import MissingFoldsError
from dysarthria_lightning.runs.repeats import Repeat, finished_repeats

_PLACE = re.compile(r"(.+)/split(\d+)/([^/]+/[^/]+/[^/]+)/seed(\d+)/fold(\d+)")
_PLACES = ("root", "manifest", "roots", "speakers_table", "pseudonym_key_file", "options")


def list_crossvalidations(outputs_dir: Path, words: Sequence[str]) -> Listing:
    """List what is trained in an outputs folder; folders that cannot be read are named.

    Args:
        outputs_dir: The folder.
        words: The overrides that name it, which the commands need, too.
    """
    notes: list[str] = []
    groups = _groups(outputs_dir / "runs", notes)
    if not groups:
        return Listing(outputs_dir, [], notes)
    rows = []
    with progress_bar() as bar:
        for folders in bar.track(list(groups.values()), description="cross-validations"):
            try:
                rows.append(_listed(outputs_dir, folders, words, notes))
            except (UserError, OSError, ValueError, KeyError, TypeError) as error:
                notes.append(f"{folders[0]} is left out: {error}")
    rows.sort(key=lambda it: (it.corpus, it.tag, it.cell, it.command))
    return Listing(outputs_dir, rows, notes)


def _groups(runs: Path, notes: list[str]) -> dict[tuple[str, ...], list[Path]]:
    """Group the folders of runs by cross-validation; a split with another seed is one of its own.

    A folder counts that a run's settings are in, finished or not.
    """
    groups: dict[tuple[str, ...], list[Path]] = {}
    found = {path.parent for name in (layout.CONFIG, layout.RUN) for path in runs.rglob(name)}
    for folder in sorted(it for it in found if it.name != ALL_SPEAKERS):  # not tested, not judged
        place = _PLACE.fullmatch(folder.relative_to(runs).as_posix())
        if place is None:
            notes.append(f"{folder} is left out: it is not where a run of this package would lie.")
            continue
        before, split, what, seed, _ = place.groups()
        key = (before, what) if split == seed else (before, what, split, seed)
        groups.setdefault(key, []).append(folder)
    return groups


def _listed(
    outputs_dir: Path, folders: list[Path], words: Sequence[str], notes: list[str]
) -> Listed:
    config = _config_of(outputs_dir, folders, notes)
    seeds = sorted({_seeds(folder) for folder in folders})
    repeats = [
        config.model_copy(update={"repeat": split, "split_seed": split, "seed": seed, "fold": 0})
        for split, seed in seeds
    ]
    finished: list[Repeat] = []
    try:
        finished, left_out = finished_repeats(repeats)
        notes += [f"{folders[0].parent.parent}: {it}" for it in left_out if "missing" not in it]
    except MissingFoldsError:
        pass
    except UserError as error:
        notes.append(f"{folders[0].parent}: {error}")
    tests = [repeat.test_predictions() for repeat in finished]
    dates = [str(it["finished"])[:10] for repeat in finished for it in repeat.records()]
    named = seeds[0][0] != seeds[0][1]
    its_words = [*_words_of(config), *words]
    if named:
        its_words += [f"split_seed={seeds[0][0]}", f"seed={seeds[0][1]}"]
    page = report_folder(repeats[0], one_repeat=named) / PAGE
    auroc, reason = _auroc(Cell.of(config), tests)
    return Listed(
        layout.corpus_folder(config),
        config.tag,
        Cell.of(config),
        finished=len(finished),
        begun=len(repeats),
        n_speakers=pd.concat(tests)["speaker_id"].nunique() if tests else None,
        auroc=auroc,
        reason=reason,
        date=max(dates, default=""),
        command=shell_command("report", its_words),
        page=page if finished and page.exists() else None,
    )


def _config_of(outputs_dir: Path, folders: list[Path], notes: list[str]) -> Config:
    """Read the settings of the first run that has them, and see that they are of its folder."""
    error: UserError | None = None
    for folder in folders:
        try:
            config = read_config(folder / layout.CONFIG)
        except UserError as caught:
            error = error or caught
            notes.append(f"{folder} cannot be read: {caught}")
            continue
        config = config.model_copy(update={"outputs_dir": str(outputs_dir)})
        if layout.run_folder(config) != folder:
            raise UserError(
                f"its settings are of a run that lies in {layout.run_folder(config)}; "
                "was it renamed or copied?"
            )
        return config
    assert error is not None
    raise error


def _seeds(folder: Path) -> tuple[int, int]:
    place = _PLACE.fullmatch(folder.as_posix())
    assert place is not None
    return int(place[2]), int(place[4])


def _auroc(cell: Cell, tests: Sequence[pd.DataFrame]) -> tuple[tuple[float, float, float], str]:
    """Judge whole speakers, of pairs within folds if there are any; NaN where nothing is there."""
    if tests:
        metrics = judge(cell, tests, aurocs_only=True)
        for row in _rows(metrics):
            if math.isfinite(number(row["value"])):
                value, low, high = (number(row[name]) for name in ("value", "low", "high"))
                return (value, low, high), str(row.get("reason") or "")
    return (math.nan, math.nan, math.nan), ""


def _rows(metrics: pd.DataFrame) -> Iterator["pd.Series"]:
    for metric in AUROCS:
        for _, row in select(metrics, level=SOFT_MAJORITY.key, metric=metric).iterrows():
            yield row


def _words_of(config: Config) -> list[str]:
    """Return the words that ask for a cross-validation, without places that are gone."""
    words = config_words(config)
    places = {f"data.{key}" for key in _PLACES}
    named = [it for it in words if it.partition("=")[0] in places]
    if all(Path(it.partition("=")[2]).exists() for it in named if "{" not in it):
        return words
    kept = [it for it in words if it not in named]
    if any(it.startswith("data.manifest=") for it in named):
        kept = [it for it in kept if not it.startswith("data.name=")]
        kept.append(f"data.name={config.data.corpus}")
    return kept
