"""Where things stand in the drawing of a forest plot, whose width the page decides."""

import math
from dataclasses import dataclass

from dysarthria_lightning.reporting.display import with_interval
from dysarthria_lightning.reporting.forest import Forest, Row

ROW_PX = 44
_AXIS_PX = 38
# In per cent of the width: a marker at an end must not be cut off.
_MARGIN = 3.0
# Longer names would run into the numbers on a narrow screen.
_LONGEST_NAME = 26


@dataclass(frozen=True)
class DrawnRow:
    """A row; x in per cent of the drawing's width, None where nothing is drawn.

    Attributes:
        name: Of the model, cut where it is long.
        numbers: Its AUROC and interval in per cent.
        is_reference: Whether it is a simple one.
        top_px: Where the row begins.
        x: Of the marker.
        interval: Where the line begins, and how wide it is.
        chance: Where the band begins, and how wide it is.
    """

    name: str
    numbers: str
    is_reference: bool
    top_px: int
    x: float
    interval: tuple[float, float] | None
    chance: tuple[float, float] | None


@dataclass(frozen=True)
class DrawnForest:
    """A forest plot.

    Attributes:
        description: For whoever does not see it.
        height_px: Of all.
        axis_px: Where the axis is.
        rows: From above.
        ticks: x and text of each.
        guessing: x of an AUROC of a half.
    """

    description: str
    height_px: int
    axis_px: int
    rows: list[DrawnRow]
    ticks: list[tuple[float, str]]
    guessing: float


def draw_forest(forest: Forest) -> DrawnForest:
    """Find the place of everything in a forest plot.

    Args:
        forest: What is drawn.
    """
    low = _lowest(forest)

    def x(share: float) -> float:
        return round(_MARGIN + (100 - 2 * _MARGIN) * (share - low) / (1 - low), 2)

    def between(start: float, end: float) -> tuple[float, float] | None:
        if not (math.isfinite(start) and math.isfinite(end)):
            return None
        return x(start), round(x(end) - x(start), 2)

    rows = [
        DrawnRow(
            _cut(row.name),
            _numbers(row),
            row.is_reference,
            place * ROW_PX,
            x(row.value),
            between(row.low, row.high),
            between(row.chance_low, row.chance_high),
        )
        for place, row in enumerate(forest.rows)
    ]
    step = 10 if low >= 0.4 else 20
    ticks = [(x(tick / 100), str(tick)) for tick in range(round(100 * low), 101, step)]
    axis_px = ROW_PX * len(rows)
    return DrawnForest(forest.describe(), axis_px + _AXIS_PX, axis_px, rows, ticks, x(0.5))


def _lowest(forest: Forest) -> float:
    """Return where the axis begins: at a multiple of 20 %, which leaves all on it."""
    values = [end for row in forest.rows for end in (row.value, row.low, row.chance_low, 0.5)]
    return math.floor(5 * min(filter(math.isfinite, values)) + 1e-9) / 5


def _numbers(row: Row) -> str:
    return with_interval(row.value, row.low, row.high, reason="no interval")


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
