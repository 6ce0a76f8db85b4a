"""A figure of the paper, before anything is drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dysarthria_lightning.evaluation.study import MAIN_FEATURES, Cell
from dysarthria_lightning.reporting.drawings import Panel
from dysarthria_lightning.reporting.paper import values as paper


@dataclass(frozen=True)
class PaperFigure:
    """Panels in rows.

    Attributes:
        name: ``figure2`` and so on: its id and the stem of its files.
        title: Stands above it.
        caption: What the reader must know.
        rows: Of panels.
        remark: The part of the caption that is also drawn in the figure's files.
        folded: What is shown on demand, in files of its own.
    """

    name: str
    title: str
    caption: str
    rows: list[list[Panel]] = field(default_factory=list)
    remark: str = ""
    folded: "PaperFigure | None" = None

    @property
    def parts(self) -> "list[PaperFigure]":
        """The figure itself, and what is folded away."""
        return [self, *(self.folded.parts if self.folded else [])]


def other_features(cells: Iterable[Cell]) -> str:
    """Say which features a figure is about if they are not the paper's.

    Args:
        cells: That are drawn.
    """
    others = {cell.features for cell in cells} - {MAIN_FEATURES}
    return "".join(f" Features: {paper.describe_features(name)}." for name in sorted(others))
