"""What all charts of the page share, in plotly's format."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dysarthria_lightning.reporting.drawings import Floats

GREY = "#808080"
#: Height of a row of a chart that has names along its side.
ROW_PX = 22


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        name: Unique on the page.
        description: What is seen, for those who do not see it.
        data: plotly's traces; the legend shows and hides them by ``meta``, the key of a style, and
            calls them by ``legendgroup``.
        layout: plotly's layout.
    """

    name: str
    description: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]


def layout(title: str, x_label: str, y_label: str) -> dict[str, Any]:
    """Return plotly's layout of a chart; its axes may be changed."""
    axis = {"automargin": True, "zeroline": False, "ticks": "outside", "ticklen": 4}
    return {
        "title": {"text": title, "font": {"size": 14}, "x": 0, "xref": "paper"}
        | {"xanchor": "left", "y": 1, "yanchor": "top", "pad": {"t": 6}},
        "xaxis": {**axis, "title": {"text": x_label}},
        "yaxis": {**axis, "title": {"text": y_label}},
        "height": 360,
        "margin": {"l": 50, "r": 12, "t": 46, "b": 48},
        "showlegend": False,
        "hovermode": "closest",
        # A finger that scrolls the page must not draw a zoom box.
        "dragmode": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def chance_line(x: list[float], y: list[float]) -> dict[str, Any]:
    """Draw what chance alone would give, as a dotted line."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": GREY, "dash": "dot", "width": 1},
        "hoverinfo": "skip",
    }


def rounded(values: Floats) -> list[float | None]:
    """Write numbers as JSON has them, to four decimals; None for what is not known."""
    return [round(float(value), 4) if np.isfinite(value) else None for value in values]


def is_band(trace: dict[str, Any]) -> bool:
    """Whether a trace is the band of a curve."""
    return trace.get("fill") == "toself"


def is_hidden_interval(trace: dict[str, Any]) -> bool:
    """Whether a trace is, or has, intervals that are shown of one model at a time."""
    return is_band(trace) or trace.get("error_y", {}).get("visible") is False
