"""What is drawn, before anything is: the page, and files for print, draw the same."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A curve with its band.

    Attributes:
        key: Model or subset, which decides the style.
        name: For the legend.
        x: (n,) abscissae.
        y: (n,) ordinates.
        low: (n,) lower edge of the band.
        high: (n,) upper edge of the band.
        summary: The number that sums it up, with its interval; empty where there is none.
    """

    key: str
    name: str
    x: Floats
    y: Floats
    low: Floats
    high: Floats
    summary: str = ""


@dataclass(frozen=True)
class Policy:
    """A curve to compare with that needs no model, such as acting on everybody.

    Attributes:
        name: Stands beside it.
        x: (n,) abscissae.
        y: (n,) ordinates.
        label_at: Number of the point at which the name stands.
    """

    name: str
    x: Floats
    y: Floats
    label_at: int


@dataclass(frozen=True)
class Panel:
    """A pair of axes with curves.

    Attributes:
        name: Unique on the page.
        title: Stands above it.
        x_label: Under it.
        y_label: Beside it.
        lines: What is drawn.
        summary_name: What the lines' summaries are, such as AUROC.
        chance: Ends (x, y) of the line of a classifier that knows nothing.
        x_range: Of the axis; None fits the data.
        y_range: Likewise.
        x_ticks: Where the abscissa is labelled; None leaves it to the drawing.
        log_x: The abscissa is logarithmic; then its range is left to the data.
        policies: Curves without a model, drawn in grey on the page.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    lines: list[Line]
    summary_name: str = ""
    chance: tuple[tuple[float, float], tuple[float, float]] | None = None
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    x_ticks: tuple[float, ...] | None = None
    log_x: bool = False
    policies: tuple[Policy, ...] = ()

    def describe(self) -> str:
        """Say in words what is seen, with the key numbers."""
        if not self.lines:
            return f"{self.title}: nothing finished to draw."
        parts = [f"{line.name} {line.summary}".strip() for line in self.lines]
        return f"{self.title}. {self.summary_name or self.y_label}: {'; '.join(parts)}."


@dataclass(frozen=True)
class Points:
    """A model's values with intervals, one per group.

    Attributes:
        key: Model, which decides the style.
        name: For the legend.
        values: (n_groups,).
        low: (n_groups,) lower ends.
        high: (n_groups,) upper ends.
        visible: Shown before anything is chosen.
    """

    key: str
    name: str
    values: Floats
    low: Floats
    high: Floats
    visible: bool = True


@dataclass(frozen=True)
class Forest:
    """Values with intervals, a line per group and a mark per model.

    Attributes:
        name: Unique on the page.
        title: Stands above.
        x_label: What the values are.
        groups: From the top.
        rows: One per model.
    """

    name: str
    title: str
    x_label: str
    groups: list[str]
    rows: list[Points]


@dataclass(frozen=True)
class Reliability:
    """The observed share over the predicted probability.

    Attributes:
        name: Unique on the page.
        title: Stands above.
        models: By key the name and the bins: ``predicted``, ``observed``, ``low``, ``high``, ``n``.
        summaries: By key slope and intercept with their intervals.
    """

    name: str
    title: str
    models: dict[str, tuple[str, pd.DataFrame]]
    summaries: dict[str, str]


@dataclass(frozen=True)
class SeverityScatter:
    """Patients' scores over their severity.

    Attributes:
        name: Unique on the page.
        models: By key the name and the patients: ``speaker_id``, ``severity``, ``score``.
        shown: The model visible before anything is chosen.
    """

    name: str
    models: dict[str, tuple[str, pd.DataFrame]]
    shown: str


@dataclass(frozen=True)
class Cues:
    """How well cues tell the classes apart, beside chance and beside the model.

    Attributes:
        name: Unique on the page.
        title: Stands above.
        groups: The cues, from the top.
        lights: Of each.
        values: (n_groups,) AUROCs.
        chance: (n_groups,) means under permuted labels.
        chance_high: (n_groups,) what 95 % of those do not exceed.
        model: The model's AUROC, NaN without one.
    """

    name: str
    title: str
    groups: list[str]
    lights: list[str]
    values: Floats
    chance: Floats
    chance_high: Floats
    model: float


@dataclass(frozen=True)
class HeatMap:
    """Values in a table of cells, each with its text.

    Attributes:
        name: Unique on the page.
        title: Stands above.
        x_label: What the columns are.
        y_label: What the rows are.
        columns: From the left.
        rows: From the top.
        values: (n_rows, n_columns) shares, NaN where there is none.
        texts: By row, in the cells; lines are apart by a line's end.
        details: By row, what is shown of the cell under the pointer.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    columns: list[str]
    rows: list[str]
    values: Floats
    texts: list[list[str]]
    details: list[list[str]]


Drawing = Cues | Panel | Forest | HeatMap | Reliability | SeverityScatter
