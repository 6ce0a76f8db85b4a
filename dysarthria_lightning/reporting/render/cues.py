"""The chart of an audit's cues, each beside what chance would give."""

import html
from typing import Any

import numpy as np

from dysarthria_lightning.reporting.drawings import Cues
from dysarthria_lightning.reporting.render.chart import GREY, ROW_PX, Chart, layout, rounded

# Of lights; a symbol says the same, for whoever sees no colours.
_LIGHTS = {"red": ("#c0392b", "x"), "amber": ("#c77700", "diamond"), "green": ("#1e7f4f", "circle")}


def cues_chart(drawing: Cues) -> Chart:
    """Draw an AUROC per cue, marked with its light."""
    places = list(range(len(drawing.groups)))
    names = [html.escape(group) for group in drawing.groups]
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "base": rounded(drawing.chance),
            "x": rounded(drawing.chance_high - drawing.chance),
            "y": places,
            "width": 0.5,
            "marker": {"color": GREY, "opacity": 0.35},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": rounded(drawing.values),
            "y": places,
            "text": [f"{100 * value:.0f} %" for value in drawing.values],
            "textposition": "middle right",
            "customdata": names,
            "marker": {
                "color": [_LIGHTS[light][0] for light in drawing.lights],
                "symbol": [_LIGHTS[light][1] for light in drawing.lights],
                "size": 11,
            },
            "hovertemplate": "%{customdata}: %{x:.3f}<extra></extra>",
        },
    ]
    if np.isfinite(drawing.model):
        model = round(float(drawing.model), 4)
        data.append(
            {
                "type": "scatter",
                "mode": "lines+text",
                "x": [model, model],
                "y": [-0.6, len(places) - 0.4],
                "text": ["", "model"],
                "textposition": "top left",
                "line": {"color": GREY, "width": 2, "dash": "dash"},
                "hovertemplate": "model: %{x:.3f}<extra></extra>",
            }
        )
    seen = layout(drawing.title, "AUROC (grey: chance, up to what 95 % do not exceed)", "")
    seen["xaxis"]["range"] = [min(0.4, float(drawing.values.min()) - 0.05), 1.06]
    seen["yaxis"] |= {
        "range": [len(places) - 0.4, -0.6],
        "tickvals": places,
        "ticktext": names,
        "showgrid": False,
    }
    seen["height"] = 110 + 2 * ROW_PX * len(places)
    described = "; ".join(
        f"{group} {100 * value:.1f} %, {light}"
        for group, value, light in zip(drawing.groups, drawing.values, drawing.lights, strict=True)
    )
    return Chart(drawing.name, f"{drawing.title}: {described}.", data, seen)
