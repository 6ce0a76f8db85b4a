"""Which cells the paper's tables and figures show: the paper's own and the study's others."""

from collections import defaultdict
from collections.abc import Iterable

from dysarthria_lightning.evaluation.study import MAIN_FEATURES, MAIN_SUBSET, Cell, main_setting
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper import values as paper


def ordered_cells(content: ReportContent) -> list[Cell]:
    """List all cells that were asked for or are finished, in the paper's order."""
    return sorted(content.cells, key=paper.order_of_cell)


def cells_by_model(content: ReportContent, protocol: str) -> list[Cell]:
    """List one cell per model: Table II under known speakers, Table III under novel ones.

    Args:
        content: Of the report.
        protocol: Of the cells.

    Returns:
        Cells with all recordings and the study's main features, in the paper's order.
    """
    return [cell for cell in _main_cells(content, protocol) if cell.subset == MAIN_SUBSET]


def has_further_models(content: ReportContent) -> bool:
    """Say whether Table III has models that the paper lacks."""
    cells = cells_by_model(content, "novel_speakers")
    return any(cell.model not in paper.MODELS for cell in cells)


def cells_by_subset(content: ReportContent) -> dict[str, list[Cell]]:
    """List each model's cells with the study's main features, one per subset: Table IV.

    Args:
        content: Of the report.

    Returns:
        By model: those that the paper compares, and those that have several subsets.
    """
    found = _comparable(_main_cells(content, "novel_speakers"))
    # What has no subsets to compare leaves the paper's table as it is.
    return found or _comparable(
        cell for cell in paper.NOVEL_CELLS if cell.features == MAIN_FEATURES
    )


def cells_by_coefficients(content: ReportContent) -> dict[str, list[Cell]]:
    """List each model's cells with all recordings, one per number of coefficients: Table V.

    Args:
        content: Of the report.

    Returns:
        By model: those that the paper compares, and those with several numbers.
    """
    return _comparable(
        cell
        for cell in _with_the_papers(content, "novel_speakers")
        if cell.subset == MAIN_SUBSET and paper.n_coefficients(cell.features)
    )


def _main_cells(content: ReportContent, protocol: str) -> list[Cell]:
    _, features = main_setting(cell for cell in content.cells if cell.protocol == protocol)
    cells = _with_the_papers(content, protocol)
    return [cell for cell in cells if cell.features == features]


def _with_the_papers(content: ReportContent, protocol: str) -> list[Cell]:
    cells = {cell for cell in (*content.cells, *paper.CELLS) if cell.protocol == protocol}
    return sorted(cells, key=paper.order_of_cell)


def _comparable(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    by_model: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_model[cell.model].append(cell)
    return {model: of_model for model, of_model in by_model.items() if len(of_model) > 1}
