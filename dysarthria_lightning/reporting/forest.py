"""The models of the setting that is shown: AUROC, interval, and what chance gives."""

import math
from dataclasses import dataclass

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, number, primary_auroc
from dysarthria_lightning.reporting.display import Text, TextTable, interval_of, value_range
from dysarthria_lightning.reporting.display import percent as in_percent
from dysarthria_lightning.reporting.estimands import describe_chance
from dysarthria_lightning.reporting.headline import means_nothing, part_references
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.selection import setting_name, shown_cells


@dataclass(frozen=True)
class Row:
    """A model's speaker-level AUROC, soft majority; shares from 0 to 1, NaN where not defined.

    Attributes:
        name: Of the model.
        anchor: Id of the place of its runs on the page.
        is_reference: Whether it is a simple one, beside which networks stand.
        value: Its AUROC.
        low: The lower end of the 95 % interval.
        high: The upper one.
        chance_low: The lower end of what chance gives.
        chance_high: The upper one.
        reason: Why it has no interval.
        is_pooled: Whether scores of several models are pooled.
    """

    name: str
    anchor: str
    is_reference: bool
    value: float
    low: float
    high: float
    chance_low: float
    chance_high: float
    reason: str
    is_pooled: bool

    @property
    def interval(self) -> str:
        """The interval in per cent, or why there is none."""
        return interval_of(self.value, self.low, self.high, reason=self.reason)


@dataclass(frozen=True)
class Forest:
    """All models of a setting.

    Attributes:
        title: Names the setting.
        rows: The networks in the paper's order, then the references.
    """

    title: str
    rows: list[Row]

    def describe(self) -> str:
        """Say what is drawn, for whoever does not see it."""
        said = "; ".join(
            f"{row.name} {in_percent(row.value)} %"
            + (f", 95 % interval {row.interval}" if math.isfinite(row.low) else "")
            for row in self.rows
        )
        return f"{self.title}: {said}. The table below has the same numbers."

    def table(self) -> TextTable:
        """Show the same numbers as a table."""
        rows = [
            (
                row.name,
                [
                    Text(in_percent(row.value)),
                    Text(row.interval),
                    Text(value_range(row.chance_low, row.chance_high)),
                ],
            )
            for row in self.rows
        ]
        header = ["Model", "AUROC, %", "95 % interval", "Chance"]
        notes = [("", describe_chance())]
        if any(row.is_pooled for row in self.rows):
            notes.append(("", "AUROCs are of pooled scores, which are biased low."))
        return TextTable("forest", f"{self.title}, in numbers", header, rows, notes)


def forest(content: ReportContent) -> Forest | None:
    """Gather the models of the setting that is shown; None where no number means anything.

    Args:
        content: Of the report.
    """
    cells = shown_cells(content)
    if means_nothing(content) or not cells:
        return None
    references, networks = part_references(content, cells)
    rows = [_row(content, cell, cell in references) for cell in (*networks, *references)]
    defined = [row for row in rows if math.isfinite(row.value)]
    if not defined:
        return None
    return Forest(f"AUROC of each model: {setting_name(cells, content.noun)}", defined)


def _row(content: ReportContent, cell: Cell, is_reference: bool) -> Row:
    found = primary_auroc(content, cell, SOFT_MAJORITY.key) or {}
    columns = ("value", "low", "high", "chance_low", "chance_high")
    value, low, high, chance_low, chance_high = (number(found.get(it)) for it in columns)
    name = paper.model_name(cell.model)
    if is_reference and name == cell.model:
        name = f"{name} (reference)"
    return Row(
        name,
        paper.cell_anchor(cell),
        is_reference,
        value,
        low,
        high,
        chance_low,
        chance_high,
        reason=str(found.get("reason") or ""),
        is_pooled=found.get("metric") != WITHIN_FOLDS,
    )
