"""What a study came to, in plain sentences that follow from its numbers."""

import math
from dataclasses import replace

import pandas as pd

from dysarthria_lightning.evaluation.levels import NOISY_OR, RECORDING, SOFT_MAJORITY
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import (
    CELL_COLUMNS,
    ReportContent,
    number,
    primary_auroc,
    select,
    select_cell,
)
from dysarthria_lightning.reporting.display import MINUS, TOO_FEW, percent
from dysarthria_lightning.reporting.nouns import Noun
from dysarthria_lightning.reporting.paper import tables as paper_tables
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.cells import cells_by_model
from dysarthria_lightning.reporting.selection import (
    best_cell,
    in_paper_order,
    setting_name,
    shown_cells,
)

_PAPER_CORPUS = "mayle2018"
_REFERENCES = {
    "functionals": "logistic regression on means and SDs of columns",
    "demographics": "age and sex alone",
}


def summarise(content: ReportContent) -> list[str]:
    """Say what was found, how it compares with the paper, and what is missing.

    Args:
        content: Of the report.

    Returns:
        A sentence or two each.
    """
    cells = shown_cells(content)
    sentences = [
        *_best(content, cells),
        *_levels(content, cells),
        *_known_and_new(content),
        *_distinguishable(content, cells),
        *_paper(content),
        *_missing(content),
    ]
    if not content.study.crossvalidations:
        sentences.insert(0, "Nothing is finished yet: no cross-validation is complete.")
    return sentences


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
    return next(iter(_best(content, shown_cells(content))), "")


def _parted(cells: list[Cell]) -> tuple[list[Cell], list[Cell]]:
    """Part references from networks."""
    references = [cell for cell in cells if cell.model in paper.REFERENCES]
    return references, [cell for cell in cells if cell not in references]


def _best(content: ReportContent, cells: list[Cell]) -> list[str]:
    """Say which network is best, and how it stands to the simple references."""
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
        top = percent(_auroc(content, highest, SOFT_MAJORITY.key))
        sentences.append(
            f"The highest of all {len(novel)} results of networks is {top} % "
            f"({_short_name(highest, content.noun)}); the highest of many is an optimistic pick."
        )
    return sentences


def _with_interval(content: ReportContent, cell: Cell) -> str:
    row = primary_auroc(content.analysis.metrics, cell, SOFT_MAJORITY.key)
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
    ours = _auroc(content, best, SOFT_MAJORITY.key)
    there = []
    for cell in references:
        theirs = _auroc(content, cell, SOFT_MAJORITY.key)
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


def _levels(content: ReportContent, cells: list[Cell]) -> list[str]:
    gains = {
        cell.model: _auroc(content, cell, SOFT_MAJORITY.key) - _auroc(content, cell, RECORDING.key)
        for cell in cells
        # They give all recordings of a speaker one score.
        if cell.model not in paper.REFERENCES
    }
    gains = {model: gain for model, gain in gains.items() if math.isfinite(gain)}
    if not gains:
        return []
    points, single = _points_range(list(gains.values())), RECORDING.describe(content.noun.plural)
    higher = [paper.model_name(model) for model, gain in gains.items() if gain > 0]
    if len(higher) == len(gains):
        which = "each model" if len(gains) > 1 else higher[0]
        said = f"Judging whole speakers beats judging {single} for {which}"
    elif higher:
        said = (
            f"Judging whole speakers beats judging {single} for {_list(higher)} only, "
            f"{len(higher)} of {len(gains)} models"
        )
    else:
        said = f"Judging whole speakers does not beat judging {single}"
    return [f"{said}: the difference in AUROC is {points} points."]


def _known_and_new(content: ReportContent) -> list[str]:
    gaps = []
    for known in cells_by_model(content, "known_speakers"):
        if known.model in paper.REFERENCES:
            continue
        new = replace(known, protocol="novel_speakers")
        there = [_value(content, cell, RECORDING.key, "accuracy") for cell in (known, new)]
        if all(math.isfinite(value) for value in there):
            gaps.append(there[0] - there[1])
    if not gaps:
        return []
    models = f"{len(gaps)} models" if len(gaps) > 1 else "one model"
    return [
        f"On {RECORDING.describe(content.noun.plural)} the accuracy for speakers heard in training "
        f"differs from that for new speakers by {_points_range(gaps)} points ({models})."
    ]


def _distinguishable(content: ReportContent, cells: list[Cell]) -> list[str]:
    if not cells:
        return []
    pairs = select(
        content.analysis.comparisons,
        subset=cells[0].subset,
        features=cells[0].features,
        level=SOFT_MAJORITY.key,
    )
    if pairs.empty:
        return []
    tested = in_paper_order(pairs[pairs["p_holm"].notna()])
    if tested.empty:
        return []
    found = _detectable(tested)
    differ = tested[tested["differs"].astype(bool)]
    if differ.empty:
        several = len(tested) > 1
        return [
            f"{'No two models can' if several else 'The two models cannot'} be told apart by their "
            f"speaker-level AUROC ({len(tested)} comparison{'s' if several else ''} with Holm's "
            f"correction{found}): the order of the models may be chance."
        ]
    names = [
        f"{paper.model_name(str(pair['model']))} and {paper.model_name(str(pair['other']))}"
        for _, pair in differ.iterrows()
    ]
    same_sign = ", the same sign in every repeat" if tested["repeats"].max() > 1 else ""
    return [
        f"{len(differ)} of {len(tested)} pairs of these trained models "
        f"{'differs' if len(differ) == 1 else 'differ'} in speaker-level AUROC on these speakers "
        f"(Holm's correction, p < 0.05{same_sign}{found}): {'; '.join(names)}."
    ]


def _detectable(pairs: pd.DataFrame) -> str:
    """Say which differences could have been found, where that is known of any pair."""
    # Models that rank speakers alike in every draw leave open what could have been found.
    known = pairs.loc[pairs["detectable"] > 0, "detectable"]
    if known.empty:
        return ""
    low, high = percent(known.min()), percent(known.max())
    points = low if low == high else f"{low} to {high}"
    return f"; the smallest difference that could have been found is {points} points"


def _paper(content: ReportContent) -> list[str]:
    levels = paper_tables.levels_table(content)
    entries = pd.concat(
        [
            paper_tables.known_speakers_table(content),
            # The paper prints no values of noisy-OR.
            levels[levels["level"] != NOISY_OR.key],
            paper_tables.subsets_table(content),
            paper_tables.coefficients_table(content),
        ]
    ).drop_duplicates([*CELL_COLUMNS, "level", "metric"])
    compared = entries["paper_within"].dropna()
    if compared.empty:
        return []
    others = "" if content.corpus == _PAPER_CORPUS else " Its recordings were not these."
    return [
        f"{int(compared.sum())} of {len(compared)} values that the paper prints in Tables II to V "
        "lie within our 95 % intervals (of pooled AUROCs, as the paper's are)."
        f"{others} Its values have intervals of their own, which it "
        "does not give."
    ]


def _missing(content: ReportContent) -> list[str]:
    runs = content.runs
    unfinished = runs[runs["state"] != "finished"]
    if unfinished.empty:
        return (
            ["Nothing is missing: every run that was asked for is finished."] if len(runs) else []
        )
    failed = int((unfinished["state"] == "failed").sum())
    said = f"{len(unfinished)} of {len(runs)} runs are not finished"
    said += f" ({failed} failed)" if failed else ""
    return [f"{said}; results that need them show a dash, or the mean of fewer repeats."]


def _value(content: ReportContent, cell: Cell, level: str, metric: str) -> float:
    found = select_cell(content.analysis.metrics, cell, level=level, metric=metric)
    return number(found.iloc[0]["value"]) if len(found) else math.nan


def _auroc(content: ReportContent, cell: Cell, level: str) -> float:
    row = primary_auroc(content.analysis.metrics, cell, level)
    return math.nan if row is None else number(row["value"])


def _short_name(cell: Cell, noun: Noun) -> str:
    return f"{paper.model_name(cell.model)}, {setting_name([cell], noun)}"


def _points_range(differences: list[float]) -> str:
    ends = (min(differences), max(differences))
    low, high = (f"{100 * end:+z.1f}".replace("-", MINUS) for end in ends)
    return low if low == high else f"{low} to {high}"


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
