"""The chart of a table of cells, such as corpora trained on by corpora tested."""

import html
from typing import Any

import numpy as np

from dysarthria_lightning.reporting.drawings import HeatMap
from dysarthria_lightning.reporting.render.chart import Chart, layout, rounded

_CELL_PX = 64
# From wrong throughout by chance to perfect; white is read on all of them.
_SHADES = [[0, "#8c3a20"], [0.5, "#5f5f5f"], [1, "#005a94"]]


def heat_map_chart(drawing: HeatMap) -> Chart:
    """Draw a table of cells, each in the colour of its value."""

    def escaped(rows: list[list[str]]) -> list[list[str]]:
        return [[html.escape(text).replace("\n", "<br>") for text in row] for row in rows]

    rows, columns = (
        [html.escape(name) for name in names] for names in (drawing.rows, drawing.columns)
    )
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "x": columns,
            "y": rows,
            "z": [rounded(row) for row in drawing.values],
            "zmin": 0,
            "zmax": 1,
            "colorscale": _SHADES,
            "showscale": False,
            "xgap": 3,
            "ygap": 3,
            "hoverongaps": False,
            "customdata": escaped(drawing.details),
            "hovertemplate": f"{drawing.y_label.lower()} %{{y}}, {drawing.x_label.lower()} %{{x}}: "
            "%{z:.3f}<br>%{customdata}<extra></extra>",
        }
    ]
    seen = layout(drawing.title, drawing.x_label, drawing.y_label)
    seen["xaxis"] |= {"type": "category", "showgrid": False, "side": "bottom"}
    seen["yaxis"] |= {"type": "category", "showgrid": False, "autorange": "reversed"}
    seen["height"] = 130 + _CELL_PX * len(rows)
    # plotly writes no text where there is no value, and a missing cell has to say so.
    seen["annotations"] = [
        {
            "x": columns[j],
            "y": rows[i],
            "text": text,
            "showarrow": False,
            "font": {"color": "#ffffff"} if np.isfinite(drawing.values[i, j]) else {},
        }
        for i, of_row in enumerate(escaped(drawing.texts))
        for j, text in enumerate(of_row)
        if text
    ]
    described = "; ".join(
        f"{row} to {column}: {text}".replace("\n", " (") + (")" if "\n" in text else "")
        for row, of_row in zip(drawing.rows, drawing.texts, strict=True)
        for column, text in zip(drawing.columns, of_row, strict=True)
        if text
    )
    return Chart(drawing.name, f"{drawing.title}. {described}.", data, seen)
