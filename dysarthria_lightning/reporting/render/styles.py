"""Colours and dashes that can be told apart without seeing colours, on white and on black.

The colours are of Okabe and Ito's palette (Color Universal Design, 2008), the greys and the two
darkened ones chosen for a contrast of 3:1 to either background.
"""

from typing import Any, NamedTuple


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


STYLES = {
    "baseline": Style("#767676", (0, (6, 2, 1, 2)), "9px,3px,1.5px,3px", "square"),
    "lstm1": Style("#0072B2", "solid", "solid", "circle"),
    "lstm2": Style("#D55E00", (0, (5, 2)), "7.5px,3px", "diamond"),
    "bilstm1": Style("#009E73", (0, (1.5, 1.5)), "2.5px,2.5px", "triangle-up"),
    "all": Style("#0072B2", "solid", "solid", "circle"),
    "no_cv": Style("#B5548D", (0, (5, 2)), "7.5px,3px", "diamond"),
    "no_ca": Style("#B26B00", (0, (1.5, 1.5)), "2.5px,2.5px", "triangle-up"),
}
_OTHER = Style("#767676", "solid", "solid", "cross")


def style_of(key: str) -> Style:
    """Return the style of a model or a subset; one style for all that the paper does not have."""
    return STYLES.get(key, _OTHER)
