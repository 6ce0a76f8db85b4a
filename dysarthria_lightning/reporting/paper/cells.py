"""Which cells tables and figures show, in the paper's order: those that were asked for."""

from collections import defaultdict
from collections.abc import Iterable

from dysarthria_lightning.evaluation.study import MAIN_SUBSET, Cell, main_setting
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper import values as paper


def ordered_cells(content: ReportContent) -> list[Cell]:
    """List all cells that were asked for or are finished, in the paper's order."""
    return sorted(content.cells, key=paper.order_of_cell)


def settings_of(content: ReportContent) -> list[tuple[str, str, str]]:
    """List what models are compared under: protocol, subset and features, in order.

    Args:
        content: Of the report.
    """
    cells = ordered_cells(content)
    return list(dict.fromkeys((it.protocol, it.subset, it.features) for it in cells))


def has_papers_tables(content: ReportContent) -> bool:
    """Say whether the paper's tables are shown; else there is one table for each setting.

    Args:
        content: Of the report.
    """
    return content.beside_paper and len(settings_of(content)) > 1


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
        By model, those that have several subsets.
    """
    return _comparable(_main_cells(content, "novel_speakers"))


def cells_by_coefficients(content: ReportContent) -> dict[str, list[Cell]]:
    """List each model's cells with all recordings, one per number of coefficients: Table V.

    Args:
        content: Of the report.

    Returns:
        By model, those with several numbers.
    """
    return _comparable(
        cell
        for cell in _of_protocol(content, "novel_speakers")
        if cell.subset == MAIN_SUBSET and paper.n_coefficients(cell.features)
    )


def _main_cells(content: ReportContent, protocol: str) -> list[Cell]:
    _, features = main_setting(cell for cell in content.cells if cell.protocol == protocol)
    cells = _of_protocol(content, protocol)
    return [cell for cell in cells if cell.features == features]


def _of_protocol(content: ReportContent, protocol: str) -> list[Cell]:
    return [cell for cell in ordered_cells(content) if cell.protocol == protocol]


def _comparable(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    by_model: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_model[cell.model].append(cell)
    return {model: of_model for model, of_model in by_model.items() if len(of_model) > 1}
