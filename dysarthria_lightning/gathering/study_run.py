"""A run that a report is about."""

from dataclasses import dataclass

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.sweeps.plan import PlannedRun


@dataclass(frozen=True)
class StudyRun(PlannedRun):
    """One run of a study.

    Attributes:
        repeat: From 0.
    """

    repeat: int

    @property
    def cell(self) -> Cell:
        """What its results are about."""
        return Cell.of(self.config)
