"""What a study came to, in plain sentences that follow from its numbers."""

import math
from dataclasses import replace

import pandas as pd

from dysarthria_lightning.evaluation.levels import RECORDING, SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import (
    ReportContent,
    number,
)
from dysarthria_lightning.reporting.display import MINUS, listed, percent
from dysarthria_lightning.reporting.headline import (
    MEANS_NOTHING,
    auroc_of,
    best_sentences,
    means_nothing,
    tested_pairs,
)
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.cells import cells_by_model
from dysarthria_lightning.reporting.paper.references import reference_of
from dysarthria_lightning.reporting.selection import (
    in_paper_order,
    shown_cells,
)


def summarise(content: ReportContent) -> list[str]:
    """Say what was found, and what is missing.

    Args:
        content: Of the report.

    Returns:
        A sentence or two each.
    """
    if means_nothing(content):
        return [MEANS_NOTHING, *_missing(content)]
    cells = shown_cells(content)
    sentences = [
        *best_sentences(content, cells),
        *_levels(content, cells),
        *_known_and_new(content),
        *_distinguishable(content, cells),
        *_missing(content),
    ]
    if not content.study.crossvalidations:
        sentences.insert(0, "Nothing is finished yet: no cross-validation is complete.")
    return sentences


def _levels(content: ReportContent, cells: list[Cell]) -> list[str]:
    gains = {
        cell.model: auroc_of(content, cell, SOFT_MAJORITY.key)
        - auroc_of(content, cell, RECORDING.key)
        for cell in cells
        # They give all recordings of a speaker one score.
        if reference_of(content.study, cell.model) is None
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
            f"Judging whole speakers beats judging {single} for {listed(higher)} only, "
            f"{len(higher)} of {len(gains)} models"
        )
    else:
        said = f"Judging whole speakers does not beat judging {single}"
    return [f"{said}: the difference in AUROC is {points} points."]


def _known_and_new(content: ReportContent) -> list[str]:
    gaps = []
    for known in cells_by_model(content, "known_speakers"):
        if reference_of(content.study, known.model):
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
    tested = in_paper_order(tested_pairs(content, cells))
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
    found = content.metric(cell, level, metric)
    return number(found["value"]) if found else math.nan


def _points_range(differences: list[float]) -> str:
    ends = (min(differences), max(differences))
    low, high = (f"{100 * end:+z.1f}".replace("-", MINUS) for end in ends)
    return low if low == high else f"{low} to {high}"
