"""A trained model opened from a path, with what its runs know of whom they were trained on."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.protocols import ALL_SPEAKERS
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.scoring.estimate import Behind, find_behind
from dysarthria_lightning.scoring.finding import find_runs
from dysarthria_lightning.scoring.opened_run import OpenedRun, open_runs
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.scorer import Scorer


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
