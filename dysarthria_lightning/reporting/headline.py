"""The first sentence of a report: the best network, and how it stands to the references."""

import math

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, number, primary_auroc, select
from dysarthria_lightning.reporting.display import TOO_FEW, percent
from dysarthria_lightning.reporting.nouns import Noun
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.selection import best_cell, setting_name, shown_cells

_REFERENCES = {
    "functionals": "logistic regression on means and SDs of columns",
    "demographics": "age and sex alone",
}


def headline_cell(content: ReportContent) -> Cell | None:
    """Return the cell that the first sentence is about: the best network, else reference.

    Args:
        content: Of the report.
    """
    references, networks = _parted(shown_cells(content))
    return best_cell(content, networks) or best_cell(content, references)


def headline(content: ReportContent) -> str:
    """Return the first sentence: the best network on new speakers; nothing where none is there.

    Args:
        content: Of the report.
    """
    return next(iter(best_sentences(content, shown_cells(content))), "")


def _parted(cells: list[Cell]) -> tuple[list[Cell], list[Cell]]:
    """Part references from networks."""
    references = [cell for cell in cells if cell.model in paper.REFERENCES]
    return references, [cell for cell in cells if cell not in references]


def best_sentences(content: ReportContent, cells: list[Cell]) -> list[str]:
    """Say which network is best, and how it stands to the simple references.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    references, networks = _parted(cells)
    best = best_cell(content, networks)
    setting = setting_name(cells, content.noun)
    where = f"On speakers never heard in training (soft majority, {setting}),"
    if best is None:
        best = best_cell(content, references)
        if best is None:
            return []
        first = "the best reference is" if len(references) > 1 else "there is one reference,"
        return [
            f"{where} no network was judged; {first} {best.model} ({_REFERENCES[best.model]}): "
            f"speaker-level {_with_interval(content, best)}."
        ]
    name = paper.model_name(best.model)
    ranks = f"ranks first of {len(networks)} networks" if len(networks) > 1 else "was judged"
    sentences = [
        f"{where} {name} {ranks}: speaker-level {_with_interval(content, best)}, "
        f"{_beside_references(content, references, best)}."
    ]
    novel = [
        cell
        for cell, _ in content.study.of_protocol("novel_speakers")
        if cell.model not in paper.REFERENCES
    ]
    highest = best_cell(content, sorted(novel, key=paper.order_of_cell))
    if highest and highest != best:
        top = percent(auroc_of(content, highest, SOFT_MAJORITY.key))
        sentences.append(
            f"The highest of all {len(novel)} results of networks is {top} % "
            f"({short_name(highest, content.noun)}); the highest of many is an optimistic pick."
        )
    return sentences


def _with_interval(content: ReportContent, cell: Cell) -> str:
    row = primary_auroc(content, cell, SOFT_MAJORITY.key)
    assert row is not None
    value, low, high = (number(row[name]) for name in ("value", "low", "high"))
    pooled = "" if row["metric"] == WITHIN_FOLDS else " of pooled scores, which is biased low,"
    interval = f"no interval: {row.get('reason') or TOO_FEW}"
    if math.isfinite(low) and math.isfinite(high):
        interval = f"95 % interval {percent(low)} to {percent(high)}"
    # Of what chance gives 2.5 % are above this.
    is_chance = value <= number(row["chance_high"])
    no_better = ", no better than chance" if is_chance else ""
    return f"AUROC{pooled} {percent(value)} % ({interval}){no_better}"


def _beside_references(content: ReportContent, references: list[Cell], best: Cell) -> str:
    """Say how a network stands to the simple references, as every sentence about one must."""
    ours = auroc_of(content, best, SOFT_MAJORITY.key)
    there = []
    for cell in references:
        theirs = auroc_of(content, cell, SOFT_MAJORITY.key)
        if math.isfinite(theirs):
            relation = "above" if ours > theirs else "below" if ours < theirs else "equal to"
            there.append(
                f"{relation} {cell.model} ({_REFERENCES[cell.model]}, {percent(theirs)} %"
                f"{_told_apart(content, cell, best)})"
            )
    if not there:
        return "with no simple reference beside it"
    return ("but " if there[0].startswith("below") else "") + " and ".join(there)


def _told_apart(content: ReportContent, cell: Cell, other: Cell) -> str:
    pairs = content.analysis.comparisons
    for one, two in ((cell, other), (other, cell)):
        found = select(
            pairs,
            subset=cell.subset,
            features=cell.features,
            level=SOFT_MAJORITY.key,
            model=one.model,
            other=two.model,
        )
        if len(found):
            return "" if found.iloc[0]["differs"] else "; the two cannot be told apart"
    return ""


def auroc_of(content: ReportContent, cell: Cell, level: str) -> float:
    """Return the AUROC that results are about; NaN where a cell has none.

    Args:
        content: Of the report.
        cell: Which one.
        level: Its key.
    """
    row = primary_auroc(content, cell, level)
    return math.nan if row is None else number(row["value"])


def short_name(cell: Cell, noun: Noun) -> str:
    """Name a cell by its model and setting.

    Args:
        cell: Which one.
        noun: What the corpus's recordings are called.
    """
    return f"{paper.model_name(cell.model)}, {setting_name([cell], noun)}"
