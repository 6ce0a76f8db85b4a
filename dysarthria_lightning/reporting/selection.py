"""Which cells the parts of a report that show one setting are about."""

import math

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, number, select_cell
from dysarthria_lightning.reporting.paper import values as paper


def shown_cells(content: ReportContent) -> list[Cell]:
    """List the finished cells of new speakers under the main setting, in the paper's order."""
    return sorted(content.study.main_cells(), key=paper.order_of_cell)


def best_cell(content: ReportContent, cells: list[Cell]) -> Cell | None:
    """Return the cell of the highest speaker-level AUROC, soft majority; None where undefined."""

    def auroc(cell: Cell) -> float:
        metrics = content.analysis.metrics
        found = select_cell(metrics, cell, level=SOFT_MAJORITY.key, metric="auroc")
        return number(found.iloc[0]["value"]) if len(found) else math.nan

    defined = [cell for cell in cells if math.isfinite(auroc(cell))]
    return max(defined, key=auroc, default=None)


def setting_name(cells: list[Cell]) -> str:
    """Say which setting the cells share; nothing where there are none."""
    if not cells:
        return ""
    cell = cells[0]
    return f"{paper.describe_features(cell.features)}, {paper.describe_subset(cell.subset)}"
