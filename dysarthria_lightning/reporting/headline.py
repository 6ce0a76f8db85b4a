"""The first sentence of a report: the best network, and how it stands to the references."""

import math
from typing import Any

import pandas as pd

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, number, primary_auroc, select
from dysarthria_lightning.reporting.display import TOO_FEW, percent
from dysarthria_lightning.reporting.nouns import Noun
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.references import reference_of
from dysarthria_lightning.reporting.selection import best_cell, setting_name, shown_cells

# An AUROC that says nothing.
_CHANCE = 0.5
_REFERENCES = {
    "functionals": "logistic regression on means and SDs of columns",
    "demographics": "age and sex alone",
}

MEANS_NOTHING = (
    "Nothing can be concluded here: this is a quick profile, which only shows that everything "
    "works, and its numbers mean nothing."
)


def means_nothing(content: ReportContent) -> bool:
    """Whether the numbers mean nothing, because the settings only show that everything works."""
    return content.profile == "quick"


def headline_cell(content: ReportContent) -> Cell | None:
    """Return the cell that the first sentence is about: the best network, else reference.

    Args:
        content: Of the report.
    """
    references, networks = part_references(content, shown_cells(content))
    return best_cell(content, networks) or best_cell(content, references)


def headline(content: ReportContent) -> str:
    """Return the first sentence: the best network on new speakers; nothing where none is there.

    Args:
        content: Of the report.
    """
    if means_nothing(content):
        return MEANS_NOTHING
    return next(iter(best_sentences(content, shown_cells(content))), "")


def part_references(content: ReportContent, cells: list[Cell]) -> tuple[list[Cell], list[Cell]]:
    """Part references from networks.

    Args:
        content: Of the report.
        cells: To part; both keep their order.
    """
    references = [cell for cell in cells if reference_of(content.study, cell.model)]
    return references, [cell for cell in cells if cell not in references]


def best_sentences(content: ReportContent, cells: list[Cell]) -> list[str]:
    """Say which network is best, and how it stands to the simple references.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    references, networks = part_references(content, cells)
    best = best_cell(content, networks)
    setting = setting_name(cells, content.noun)
    where = f"On speakers never heard in training (soft majority, {setting}),"
    if best is None:
        best = best_cell(content, references)
        if best is None:
            return []
        first = "the best reference is" if len(references) > 1 else "there is one reference,"
        return [
            f"{where} no network was judged; {first} {best.model} "
            f"({describe_reference(content, best)}): speaker-level {_with_interval(content, best)}."
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
        if reference_of(content.study, cell.model) is None
    ]
    highest = best_cell(content, sorted(novel, key=paper.order_of_cell))
    if highest and highest != best:
        top = percent(auroc_of(content, highest, SOFT_MAJORITY.key))
        sentences.append(
            f"The highest of all {len(novel)} results of networks is {top} % "
            f"({short_name(highest, content.noun)}); the highest of many is an optimistic pick."
        )
    return sentences


def describe_reference(content: ReportContent, reference: Cell) -> str:
    """Say in words what a simple reference is."""
    return _REFERENCES[str(reference_of(content.study, reference.model))]


def _with_interval(content: ReportContent, cell: Cell) -> str:
    row = primary_auroc(content, cell, SOFT_MAJORITY.key)
    assert row is not None
    value, low, high = (number(row[name]) for name in ("value", "low", "high"))
    pooled = "" if row["metric"] == WITHIN_FOLDS else " of pooled scores, which is biased low,"
    interval = f"no interval: {row.get('reason') or TOO_FEW}"
    if math.isfinite(low) and math.isfinite(high):
        interval = f"95 % interval {percent(low)} to {percent(high)}"
    no_better = ", no better than chance" if is_chance(row) else ""
    return f"AUROC{pooled} {percent(value)} % ({interval}){no_better}"


def is_chance(row: dict[str, Any]) -> bool:
    """Whether an AUROC is no better than chance.

    Args:
        row: What :func:`content.primary_auroc` returns.
    """
    value, low = number(row["value"]), number(row["low"])
    # Where there is nothing to hear, more than 2.5 % are above the range, for which nothing was
    # trained, but hardly an interval (docs/statistics.md).
    return value <= number(row["chance_high"]) or low <= _CHANCE


def _beside_references(content: ReportContent, references: list[Cell], best: Cell) -> str:
    """Say how a network stands to the simple references, as every sentence about one must."""
    ours = auroc_of(content, best, SOFT_MAJORITY.key)
    there = []
    for cell in references:
        theirs = auroc_of(content, cell, SOFT_MAJORITY.key)
        if math.isfinite(theirs):
            relation = "above" if ours > theirs else "below" if ours < theirs else "equal to"
            there.append(
                f"{relation} {cell.model} ({describe_reference(content, cell)}, {percent(theirs)} %"
                f"{_told_apart(content, cell, best)})"
            )
    if not there:
        return "with no simple reference beside it"
    return ("but " if there[0].startswith("below") else "") + " and ".join(there)


def _told_apart(content: ReportContent, cell: Cell, other: Cell) -> str:
    return "; the two cannot be told apart" if differ(content, cell, other) is False else ""


def differ(content: ReportContent, cell: Cell, other: Cell) -> bool | None:
    """Say whether two models of one setting differ at the speaker level; None if not compared.

    Args:
        content: Of the report.
        cell: The one's.
        other: The other's.
    """
    for one, two in ((cell, other), (other, cell)):
        found = select(
            content.analysis.comparisons,
            subset=cell.subset,
            features=cell.features,
            level=SOFT_MAJORITY.key,
            model=one.model,
            other=two.model,
        )
        if len(found):
            return bool(found.iloc[0]["differs"])
    return None


def tested_pairs(content: ReportContent, cells: list[Cell]) -> pd.DataFrame:
    """Return the comparisons of a setting's models at the speaker level that a test was made of.

    Args:
        content: Of the report.
        cells: Of one setting, one at least.

    Returns:
        Rows of ``Analysis.comparisons``.
    """
    pairs = select(
        content.analysis.comparisons,
        subset=cells[0].subset,
        features=cells[0].features,
        level=SOFT_MAJORITY.key,
    )
    return pairs if pairs.empty else pairs[pairs["p_holm"].notna()]


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
