"""The cross-validation behind one model of all speakers: for how long it trains, how well it does.

Nobody is left to choose that model's epoch or to test it, so other models answer for it, which were
trained the same way on parts of the speakers.
"""

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import compare
from dysarthria_lightning.config.schema import TestedEpochs
from dysarthria_lightning.data.protocols import ALL_SPEAKERS, KnownSpeakers
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.models.base import EstimatorSection
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.loading import open_run
from dysarthria_lightning.runs.record import read_run
from dysarthria_lightning.runs.repeats import find_repeats, finished_repeats
from dysarthria_lightning.runs.training_length import epoch_tested
from dysarthria_lightning.scoring.finding import find_runs
from dysarthria_lightning.scoring.opened_run import OpenedRun

#: The level at which a model's performance is told.
LEVEL = "speaker_soft_majority"
#: What is told of it: the first that is there.
HEADLINES = ("auroc_within_folds", "auroc")

# In which a cross-validation may differ from the model that it answers for.
_MAY_DIFFER = ("version", "corpus", "protocol", "fold", "split_seed", "seed", "tested_epochs")


def with_tested_epochs(config: Config, store_key: str) -> Config:
    """Look up for how many epochs one model of all speakers is trained.

    Args:
        config: Any run's; it is returned as it is unless its fold is ``all_speakers``.
        store_key: Of the corpus.

    Raises:
        RunError: The cross-validation is not finished, or is of other models or another corpus.
    """
    if config.fold != ALL_SPEAKERS:
        return config
    config = config.model_copy(update={"tested_epochs": None})
    folders = _named(config) if config.from_ is not None else _of_same_settings(config, store_key)
    records = [_record(folder) for folder in folders]
    for folder, record in zip(folders, records, strict=True):
        _check_alike(folder, record, config, store_key)
    epochs = [epoch_tested(record) for record in records]
    fitted = isinstance(config.model, EstimatorSection)
    outputs = os.path.realpath(config.outputs_dir)
    parents = dict.fromkeys(folder.parent for folder in folders)
    found = TestedEpochs(
        folders=[Path(os.path.relpath(os.path.realpath(it), outputs)).as_posix() for it in parents],
        n_runs=len(folders),
        runs=_digest(records),
        epochs=None if fitted else math.floor(median(epochs) + 0.5),
        lowest=None if fitted else min(epochs),
        highest=None if fitted else max(epochs),
    )
    return config.model_copy(update={"tested_epochs": found})


class Behind(NamedTuple):
    """The cross-validation behind a model of all speakers, as far as it is there.

    Attributes:
        folders: Of its runs; none where it is gone or another.
        why_not: Why there are none.
        place: Where it was looked for.
    """

    folders: list[Path]
    why_not: str = ""
    place: str = ""


def find_behind(config: Config, outputs_dir: Path) -> Behind:
    """Find the runs that answer for a model of all speakers.

    Args:
        config: The model's.
        outputs_dir: The folder of outputs that it lies in now.
    """
    asked = config.tested_epochs
    assert asked is not None
    folders: list[Path] = []
    records: list[dict[str, Any]] = []
    for name in asked.folders:
        parent = Path(os.path.normpath(Path(os.path.realpath(outputs_dir)) / name))
        first = read_run(parent / "fold0")
        if first is None:
            return Behind([], "the cross-validation that it was trained after is gone", str(parent))
        own = [parent / f"fold{it}" for it in range(first["fingerprint"]["protocol"]["folds"])]
        found = [record for record in map(read_run, own) if record]
        if len(found) < len(own):
            why = "folds of the cross-validation that it was trained after are gone"
            return Behind([], why, str(parent))
        folders, records = folders + own, records + found
    if _digest(records) != asked.runs:
        why = "the cross-validation that it was trained after is another now"
        return Behind([], why, ", ".join(asked.folders))
    return Behind(folders)


def judge_runs(runs: Sequence[OpenedRun]) -> tuple[dict[str, Any], ...]:
    """Judge runs by their own test speakers.

    Args:
        runs: Of one model.

    Returns:
        Rows of ``level``, ``metric``, ``value``, ``low`` and ``high``; none where the speakers were
        trained on, or are of one class.
    """
    from dysarthria_lightning.evaluation.analysis import judge
    from dysarthria_lightning.evaluation.predictions import pool_folds
    from dysarthria_lightning.evaluation.study import Cell

    if not runs or isinstance(runs[0].config.protocol, KnownSpeakers):
        return ()
    repeats: dict[tuple[int, int], list[pd.DataFrame]] = {}
    for run in sorted(runs, key=lambda it: (it.config.split_seed, it.config.seed, it.config.fold)):
        draw = (run.config.split_seed, run.config.seed)
        repeats.setdefault(draw, []).append(run.test_predictions().assign(fold=run.config.fold))
    tests = [pool_folds(folds) for folds in repeats.values()]
    if pd.concat(tests)["label"].nunique() < 2:
        return ()
    # As a report judges them, so that both say the same.
    judged = judge(Cell.of(runs[0].config), tests)[["level", "metric", "value", "low", "high"]]
    # JSON knows no NaN.
    rows = judged.astype(object).where(judged.notna(), None).to_dict("records")
    return tuple({str(name): value for name, value in row.items()} for row in rows)


def headline(values: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Take the value that tells how well a model does; None where there is none.

    Args:
        values: What :func:`judge_runs` returned.
    """
    found = {row["metric"]: row for row in values if row["level"] == LEVEL}
    for metric in HEADLINES:
        row = found.get(metric)
        if row is not None and row["value"] is not None and not math.isnan(row["value"]):
            return dict(row)
    return None


def _of_same_settings(config: Config, store_key: str) -> list[Path]:
    first = config.model_copy(update={"fold": 0})
    repeats, _ = finished_repeats(find_repeats(first) or [first], store_key)
    return [folder for repeat in repeats for folder in repeat.folders]


def _named(config: Config) -> list[Path]:
    found = find_runs(Path(str(config.from_)), key="from")
    for parent in dict.fromkeys(folder.parent for folder in found.folders):
        own = [folder for folder in found.folders if folder.parent == parent]
        wanted = {f"fold{it}" for it in range(open_run(own[0])[0].protocol.folds)}
        if {folder.name for folder in own} != wanted:
            raise RunError(
                f"from = {config.from_}: a whole cross-validation is needed, fold0 to "
                f"fold{len(wanted) - 1} of {parent}, and not {', '.join(it.name for it in own)} "
                "alone; name the folder above them, and train what is missing"
            )
    return found.folders


def _check_alike(folder: Path, record: dict[str, Any], config: Config, store_key: str) -> None:
    """Refuse a cross-validation of other models, or of other recordings."""
    there = dict(record["fingerprint"])
    content = there["corpus"]["content"]
    differences = compare(
        {key: it for key, it in there.items() if key not in _MAY_DIFFER},
        {key: it for key, it in config.settings().items() if key not in _MAY_DIFFER},
    )
    if content != store_key:
        differences.append("the corpus: other recordings, labels or features than there are now")
    if there["protocol"].get("name") != "novel_speakers":
        differences.append(f"protocol.name: {there['protocol'].get('name')}")
    if differences:
        lines = "\n".join(f"  {difference}" for difference in differences)
        raise RunError(
            f"{folder} is of models that are trained otherwise, so it says neither for how long to "
            f"train this one nor how well it does:\n{lines}"
        )


def _record(folder: Path) -> dict[str, Any]:
    record = read_run(folder)
    if record is None:
        raise RunError(f"{folder} holds no finished run")
    return record


def _digest(records: Sequence[dict[str, Any]]) -> str:
    """Digest what runs were made of and what they predicted, not when or how quickly."""
    known = [
        [it["fingerprint"], it["files"].get(layout.PREDICTIONS), epoch_tested(it)] for it in records
    ]
    return hashlib.blake2b(json.dumps(known, sort_keys=True).encode(), digest_size=8).hexdigest()
