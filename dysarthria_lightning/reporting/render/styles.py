"""Colours and dashes that can be told apart without seeing colours, on white and on black.

The first colours are of Okabe and Ito's palette (Color Universal Design, 2008). The greys, the two
darkened ones and those of other models were chosen for a contrast of 3:1 to either background.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dysarthria_lightning.reporting.content import ReportContent


class Style(NamedTuple):
    """Of a line and its markers.

    Attributes:
        color: As #rrggbb.
        matplotlib_dash: Pattern of the line.
        plotly_dash: The same pattern.
        symbol: Of markers, in plotly's words.
    """

    color: str
    matplotlib_dash: Any
    plotly_dash: str
    symbol: str


Styles = Mapping[str, Style]

#: Of the paper's models, the references beside them, and the paper's subsets.
STYLES = {
    "baseline": Style("#767676", (0, (6, 2, 1, 2)), "9px,3px,1.5px,3px", "square"),
    "lstm1": Style("#0072B2", "solid", "solid", "circle"),
    "lstm2": Style("#D55E00", (0, (5, 2)), "7.5px,3px", "diamond"),
    "bilstm1": Style("#009E73", (0, (1.5, 1.5)), "2.5px,2.5px", "triangle-up"),
    "functionals": Style(
        "#6A70D8", (0, (7, 1.5, 1, 1.5, 1, 1.5)), "10.5px,2px,1.5px,2px,1.5px,2px", "triangle-left"
    ),
    "demographics": Style("#4F8F2E", (0, (2, 4)), "3px,6px", "x"),
    "all": Style("#0072B2", "solid", "solid", "circle"),
    "no_cv": Style("#B5548D", (0, (5, 2)), "7.5px,3px", "diamond"),
    "no_ca": Style("#B26B00", (0, (1.5, 1.5)), "2.5px,2.5px", "triangle-up"),
}
_FURTHER = (
    Style("#9656C8", (0, (10, 2)), "15px,3px", "triangle-down"),
    Style("#7E7A00", (0, (4, 1, 1, 1, 1, 1)), "6px,1.5px,1.5px,1.5px,1.5px,1.5px", "star"),
    Style("#C2347A", (0, (8, 2, 3, 2)), "12px,3px,4.5px,3px", "pentagon"),
    Style("#008C9E", (0, (3, 3)), "4.5px,4.5px", "hexagon"),
    Style("#9C5A3C", (0, (1, 3)), "1.5px,4.5px", "cross"),
)


def styles_of(content: ReportContent) -> Styles:
    """Choose a style for each model and subset of a report.

    Args:
        content: Of the report.
    """
    cells = content.cells
    models, subsets = ({getattr(cell, name) for cell in cells} for name in ("model", "subset"))
    return assign_styles([*sorted(models), *sorted(subsets)])


def assign_styles(keys: Iterable[str]) -> Styles:
    """Choose styles, of which no two are the same.

    Args:
        keys: Models and subsets, in order; those that have no style of their own take the
            further ones, one after the other.
    """
    others = [key for key in dict.fromkeys(keys) if key not in STYLES]
    return STYLES | {key: _further(number) for number, key in enumerate(others)}


def _further(number: int) -> Style:
    # Each time the colours are used up, they come with other dashes and markers.
    n = len(_FURTHER)
    again = number // n
    color, dash, marker = (_FURTHER[(number + shift * again) % n] for shift in range(3))
    return Style(color.color, dash.matplotlib_dash, dash.plotly_dash, marker.symbol)
