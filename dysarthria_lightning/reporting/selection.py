"""Cells shown in single-setting sections, and the order of models."""

import math

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, number, primary_auroc
from dysarthria_lightning.reporting.estimands import describe_no_pairs
from dysarthria_lightning.reporting.nouns import Noun
from dysarthria_lightning.reporting.paper import values as paper


def shown_cells(content: ReportContent) -> list[Cell]:
    """List the finished cells of new speakers under the main setting, in the paper's order."""
    return sorted(content.study.main_cells(), key=paper.order_of_cell)


def best_cell(content: ReportContent, cells: list[Cell]) -> Cell | None:
    """Return the cell of the highest speaker-level AUROC, soft majority; None where undefined."""

    def auroc(cell: Cell) -> float:
        found = primary_auroc(content, cell, SOFT_MAJORITY.key)
        return math.nan if found is None else number(found["value"])

    defined = [cell for cell in cells if math.isfinite(auroc(cell))]
    return max(defined, key=auroc, default=None)


def setting_name(cells: list[Cell], noun: Noun) -> str:
    """Say which setting the cells share; nothing where there are none."""
    if not cells:
        return ""
    cell = cells[0]
    return f"{paper.describe_features(cell.features)}, {paper.describe_subset(cell.subset, noun)}"


def no_pairs_note(table: pd.DataFrame) -> str:
    """Say why nothing of a table is defined, with a space behind; nothing where something is.

    Args:
        table: With AUROCs within folds as ``value``.
    """
    if table.empty or table["value"].notna().any():
        return ""
    return f"{describe_no_pairs()} "


def in_paper_order(pairs: pd.DataFrame) -> pd.DataFrame:
    """Name the model that the paper has first before the other, with differences to match.

    Args:
        pairs: ``Analysis.comparisons`` or rows of it.
    """
    if pairs.empty:
        return pairs
    models = zip(pairs["model"], pairs["other"], strict=True)
    swap = np.array([paper.order_of_model(a) > paper.order_of_model(b) for a, b in models])
    turned = {
        "model": pairs["other"],
        "other": pairs["model"],
        "auroc": pairs["other_auroc"],
        "other_auroc": pairs["auroc"],
        "difference": -pairs["difference"],
        "low": -pairs["high"],
        "high": -pairs["low"],
    }
    return pairs.assign(
        **{name: np.where(swap, values, pairs[name]) for name, values in turned.items()}
    )
