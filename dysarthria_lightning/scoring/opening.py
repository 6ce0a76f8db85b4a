"""A trained model opened from a path, with what its runs know of whom they were trained on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.protocols import ALL_SPEAKERS
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import CorpusError, RunError
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.loading import open_run
from dysarthria_lightning.scoring.estimate import Behind, find_behind
from dysarthria_lightning.scoring.finding import find_runs
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.scorer import Scorer


@dataclass(frozen=True)
class OpenedRun:
    """One run of a model.

    Attributes:
        folder: Where it lies.
        config: Its settings.
        record: What ``run.json`` holds.
        split: By side what ``split.json`` lists: ``speakers``, and ``recordings`` where speakers do
            not decide the side.
    """

    folder: Path
    config: Config
    record: dict[str, Any]
    split: dict[str, dict[str, list[str]]]

    @property
    def outputs_dir(self) -> Path:
        """The folder of outputs that it lies in now; it may have been moved."""
        relative = layout.run_folder(self.config).relative_to(Path(self.config.outputs_dir))
        folder = self.folder.resolve()
        if folder.parts[-len(relative.parts) :] == relative.parts:
            return folder.parents[len(relative.parts) - 1]
        return Path(self.config.outputs_dir)

    @property
    def heard(self) -> set[str]:
        """The speakers whom it was trained on, or who chose its epoch."""
        return {*self.split["train"]["speakers"], *self.split["validation"]["speakers"]}

    def test_predictions(self) -> pd.DataFrame:
        """Read what it made of its own test recordings."""
        return read_predictions(self.folder / layout.PREDICTIONS)


@dataclass(frozen=True)
class OpenedModel:
    """A model that is ready to score: one run, or all that score together.

    Attributes:
        path: What it was opened from.
        runs: Of which it consists, in the order of the scorer's models.
        saved: What they were trained to.
        scorer: Scores recordings with them.
        notes: What the user should know of it.
    """

    path: Path
    runs: tuple[OpenedRun, ...]
    saved: SavedModels
    scorer: Scorer
    notes: tuple[str, ...]

    @property
    def config(self) -> Config:
        """Of the first run; the others differ in whom they were trained on only."""
        return self.runs[0].config

    @property
    def store_key(self) -> str:
        """Identifies the recordings that it was trained on, and their features."""
        return str(self.runs[0].record["fingerprint"]["corpus"]["content"])

    @property
    def is_of_all(self) -> bool:
        """Whether it is the one model of all speakers, of whom nobody was left to test it."""
        return self.config.fold == ALL_SPEAKERS

    @cached_property
    def behind(self) -> Behind | None:
        """The runs that answer for a model of all speakers; None of others."""
        return find_behind(self.config, self.outputs_dir) if self.is_of_all else None

    @cached_property
    def testers(self) -> tuple[OpenedRun, ...]:
        """The runs whose test speakers say how well it does: its own, or those behind it."""
        return self.runs if self.behind is None else open_runs(self.behind.folders)

    @property
    def outputs_dir(self) -> Path:
        """The folder of outputs that the runs lie in now; they may have been moved."""
        return self.runs[0].outputs_dir

    @cached_property
    def store(self) -> FeatureStore | None:
        """The features that it was trained on; None where they are gone."""
        name = self.runs[0].record["fingerprint"]["corpus"]["name"]
        try:
            return FeatureStore.open(self.outputs_dir / "features" / name / self.store_key)
        except CorpusError:
            return None


def open_model(path: str | Path) -> OpenedModel:
    """Open a trained model. Everything that scores with a path begins here.

    Args:
        path: See :func:`finding.find_runs`.

    Raises:
        RunError: There is no finished run, files are damaged, or there are runs of several models.
    """
    found = find_runs(Path(path))
    saved = SavedModels.of_runs(found.folders)
    runs = open_runs(found.folders)
    return OpenedModel(Path(path), runs, saved, Scorer.of(saved), tuple(found.notes))


def open_runs(folders: Sequence[Path]) -> tuple[OpenedRun, ...]:
    """Open finished runs.

    Args:
        folders: Theirs.

    Raises:
        RunError: Files are damaged.
    """
    runs = []
    for folder in folders:
        config, record = open_run(folder)
        try:
            split = json.loads((folder / layout.SPLIT).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{folder} cannot be read ({error}); train the run again") from None
        runs.append(OpenedRun(folder, config, record, split))
    return tuple(runs)
