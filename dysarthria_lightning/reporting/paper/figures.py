"""What the paper's Figures 2 to 5 show, before anything is drawn."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import numpy as np

from dysarthria_lightning.evaluation.curves import BAND_DRAWS
from dysarthria_lightning.evaluation.levels import (
    NOISY_OR,
    RECORDING,
    SOFT_MAJORITY,
    SPEAKER_LEVELS,
    Level,
    score_levels,
)
from dysarthria_lightning.evaluation.study import Cell, CrossValidation
from dysarthria_lightning.reporting.content import ReportContent, number
from dysarthria_lightning.reporting.display import capitalised, with_interval
from dysarthria_lightning.reporting.drawings import Line, Panel
from dysarthria_lightning.reporting.estimands import POINTWISE
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.cells import cells_by_model, cells_by_subset
from dysarthria_lightning.reporting.paper.error_figure import error_figure, errors_asked
from dysarthria_lightning.reporting.paper.figure import PaperFigure, other_features
from dysarthria_lightning.reporting.paper.references import reference_of

_CURVES = {
    # curve: title, abscissa, ordinate, the metric that sums it up, its name
    "roc": ("ROC", "False positive rate", "True positive rate", "auroc", "AUROC, pooled"),
    "pr": ("Precision-recall", "Recall", "Precision", "average_precision", "Average precision"),
}
# A little more than 0 to 1, so that lines along the edges are seen whole.
_SHARE_RANGE = (-0.01, 1.01)
# More panels in a row could not be read in a journal.
_SIDE_BY_SIDE = 3


def paper_figures(content: ReportContent) -> list[PaperFigure]:
    """Arrange Figures 2 to 5 as the paper does; on other corpora they are not called that.

    Args:
        content: Of the report.

    Returns:
        Those of which something was asked for; what is not finished is not in them.
    """
    cells = cells_by_model(content, "novel_speakers")
    models = [(cell, cell.model, paper.model_name(cell.model)) for cell in cells]
    subsets = {
        model: of_model
        for model, of_model in cells_by_subset(content).items()
        if reference_of(content.study, model) is None
    }
    single = RECORDING.describe(content.noun.plural)
    as_there = ", as in the paper" if content.beside_paper else ""
    band = (
        f"Curves and their AUROCs are of the scores of all folds pooled{as_there}. "
        f"{_band(content)} Dotted: chance. Precision is of this mix of dysarthric and healthy "
        "speakers."
    )
    figure3 = PaperFigure(
        "figure3",
        f"Figure 3. New speakers, {single}",
        f"{band}{_about(content, f'The paper has {_absent(content, cells)} here.', cells)}",
        [_curve_panels(content, "figure3", single, models, RECORDING)],
    )
    figure4 = _speaker_figure(content, models, band)
    by_model = [
        _curve_panels(
            content,
            f"figure5-{model}",
            paper.model_name(model),
            [(cell, cell.subset, paper.subset_name(cell.subset)) for cell in of_model],
            SOFT_MAJORITY,
        )
        for model, of_model in subsets.items()
    ]
    figure5 = PaperFigure(
        "figure5",
        f"Figure 5. {'Types of syllables' if content.beside_paper else 'Subsets'}, speaker level",
        f"{band} Soft majority."
        + _about(
            content,
            "The paper overlays the models; here each has a column.",
            chain(*subsets.values()),
        ),
        _side_by_side(by_model),
    )
    found = [error_figure(content), figure3, figure4, figure5]
    asked = [bool(errors_asked(content)), bool(cells), bool(cells), bool(subsets)]
    shown = [figure for figure, is_asked in zip(found, asked, strict=True) if is_asked]
    if content.beside_paper:
        return shown
    return [replace(it, title=capitalised(it.title.partition(". ")[2])) for it in shown]


def _about(content: ReportContent, beside_paper: str, cells: Iterable[Cell]) -> str:
    """Say how a figure differs from the paper's, where that is compared, or has its features."""
    return f" {beside_paper}{other_features(cells)}" if content.beside_paper else ""


def _speaker_figure(
    content: ReportContent, models: list[tuple[Cell, str, str]], band: str
) -> PaperFigure:
    """Arrange Figure 4: noisy-OR, which the paper does not show, is folded away."""
    cells = [cell for cell, _, _ in models]

    def rows(levels: Iterable[Level]) -> list[list[Panel]]:
        return [_curve_panels(content, "figure4", level.name, models, level) for level in levels]

    folded = PaperFigure(
        "figure4-noisy-or", "Noisy-OR", f"{band}{other_features(cells)}", rows([NOISY_OR])
    )
    return PaperFigure(
        "figure4",
        "Figure 4. New speakers, speaker level",
        f"{band}{_about(content, f'The paper has {_absent(content, cells)} here.', cells)}",
        rows(level for level in SPEAKER_LEVELS.values() if level != NOISY_OR),
        folded=folded,
    )


def _side_by_side(columns: list[list[Panel]]) -> list[list[Panel]]:
    """Set columns of panels beside each other, in as many strips as they need."""
    n_strips = -(-len(columns) // _SIDE_BY_SIDE)
    width = -(-len(columns) // n_strips) if n_strips else 1
    return [
        list(row)
        for first in range(0, len(columns), width)
        for row in zip(*columns[first : first + width], strict=True)
    ]


def prevalence(crossvalidation: CrossValidation, level: Level) -> float:
    """Return the dysarthric share of what is judged: the precision of a guess.

    Args:
        crossvalidation: Any.
        level: Recordings or speakers.
    """
    return float(np.mean(score_levels(crossvalidation.test, [level])[level.key].labels))


def _band(content: ReportContent) -> str:
    """Say what the bands around curves hold."""
    drawn = "speakers and repeats" if content.repeats_there > 1 else "speakers"
    return f"Bands: the middle 95 % of {BAND_DRAWS:,} bootstrap draws of {drawn}. {POINTWISE}"


def _absent(content: ReportContent, cells: Iterable[Cell]) -> str:
    """Say which of our models the paper does not have for novel speakers."""
    has_references = any(reference_of(content.study, cell.model) for cell in cells)
    return "neither the baseline nor the references" if has_references else "no baseline"


def _curve_panels(
    content: ReportContent,
    prefix: str,
    what: str,
    cells: list[tuple[Cell, str, str]],
    level: Level,
) -> list[Panel]:
    panels = []
    for curve, (title, x_label, y_label, metric, summary_name) in _CURVES.items():
        lines = [
            _line(content, cell, key, name, level.key, curve, metric)
            for cell, key, name in cells
            if (cell, level.key) in content.analysis.curves
        ]
        there = [cell for cell, _, _ in cells if cell in content.study.crossvalidations]
        chance: tuple[tuple[float, float], tuple[float, float]] | None = None
        if curve == "roc":
            chance = ((0, 0), (1, 1))
        elif there:
            share = prevalence(content.study.crossvalidations[there[0]][0], level)
            chance = ((0, share), (1, share))
        panels.append(
            Panel(
                "-".join([prefix, *([] if "figure5" in prefix else [level.key]), curve]),
                f"{title}, {what}",
                x_label,
                y_label,
                lines,
                summary_name=summary_name,
                chance=chance,
                x_range=_SHARE_RANGE,
                y_range=_SHARE_RANGE,
            )
        )
    return panels


def _line(
    content: ReportContent, cell: Cell, key: str, name: str, level: str, curve: str, metric: str
) -> Line:
    table = content.analysis.curves[cell, level]
    rows = table[(table["curve"] == curve) & table["y"].notna()]
    found = content.metric(cell, level, metric)
    summary = ""
    if found:
        ends = (number(found[end]) for end in ("value", "low", "high"))
        summary = with_interval(*ends, reason=str(found.get("reason") or ""))
    x, y, low, high = (rows[column].to_numpy(float) for column in ("x", "y", "low", "high"))
    return Line(key, name, x, y, low, high, summary)
