"""What acting on a model's probability is worth, beside acting on everybody or nobody."""

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, select, select_cell
from dysarthria_lightning.reporting.drawings import Drawing, Floats, Line, Panel, Policy
from dysarthria_lightning.reporting.estimands import POINTWISE
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.section import Section
from dysarthria_lightning.reporting.selection import setting_name

_PER_100 = 100
# Of the axis: so much of the prevalence is seen below nothing and above everything.
_BELOW, _ABOVE = -0.3, 1.1
# Of the axis of thresholds: beyond so many times the prevalence hardly anybody is called.
_FURTHEST = 6


def net_benefit_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show decision curves at the prevalences stated.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    table = select(content.analysis.net_benefit, level=SOFT_MAJORITY.key)
    prevalences = sorted(table["prevalence"].unique()) if len(table) else []
    charts: list[Drawing] = [
        panel for it in prevalences if (panel := _panel(table, cells, float(it)))
    ]
    return Section(
        "net-benefit",
        "Net benefit",
        "Is it better to examine those whom a model calls dysarthric than everybody, or nobody? "
        "A model is of use where its curve is above both dotted lines. "
        f"Speakers, {SOFT_MAJORITY.name}. Shown: {setting_name(cells, content.noun)}.",
        ("net_benefit.csv",),
        charts=charts,
        reading="Net benefit is the number of dysarthric speakers found per 100 people, less the "
        "healthy ones called dysarthric, weighed by the odds of the threshold probability: at 5 %, "
        "19 healthy ones count as much as one found (Vickers & Elkin 2006). Probabilities are "
        "moved to the prevalence stated (report.prevalences sets others), as long as patients and "
        f"healthy speakers are like these. Bands: percentiles of bootstrap draws. {POINTWISE}",
    )


def _panel(table: pd.DataFrame, cells: list[Cell], prevalence: float) -> Panel | None:
    lines = []
    for cell in cells:
        rows = select_cell(table, cell, prevalence=prevalence)
        if len(rows):
            lines.append(_line(cell, rows, prevalence))
            treat_all = _PER_100 * rows["treat_all"].to_numpy(float)
    if not lines:
        return None
    x, top = lines[0].x, _PER_100 * prevalence
    seen = np.flatnonzero(treat_all > _BELOW * top)
    return Panel(
        f"net-benefit-{_PER_100 * prevalence:g}".replace(".", "-"),
        f"Where {_PER_100 * prevalence:g} % are dysarthric",
        "Threshold probability (%)",
        "Net benefit per 100 people",
        lines,
        y_range=(_BELOW * top, _ABOVE * top),
        x_range=(0, min(_FURTHEST * top, float(x[-1]))),
        policies=(
            Policy("everybody", x, treat_all, int(seen[len(seen) // 2])),
            Policy("nobody", x, np.zeros(len(x)), int(0.4 * len(x))),
        ),
    )


def _line(cell: Cell, rows: pd.DataFrame, prevalence: float) -> Line:
    x, y, low, high = (
        _PER_100 * rows[column].to_numpy(float) for column in ("threshold", "value", "low", "high")
    )
    nearest = int(np.argmin(np.abs(x - _PER_100 * prevalence)))
    said = _said(y[nearest], low[nearest], high[nearest])
    summary = f"{said} at {x[nearest]:.2g} %"
    return Line(cell.model, paper.model_name(cell.model), x, y, low, high, summary)


def _said(value: Floats, low: Floats, high: Floats) -> str:
    return f"{value:z.2f} ({low:z.2f} to {high:z.2f})".replace("-", "−")
