"""Charts for the page, in plotly's format: what the static figures show, and more."""

import html
from dataclasses import dataclass
from typing import Any

import numpy as np

from dysarthria_lightning.reporting.drawings import (
    Cues,
    Drawing,
    Floats,
    Forest,
    HeatMap,
    Line,
    Panel,
    Reliability,
    SeverityScatter,
)
from dysarthria_lightning.reporting.render.styles import Styles

_GREY = "#808080"
# Of lights; a symbol says the same, for whoever sees no colours.
_LIGHTS = {"red": ("#c0392b", "x"), "amber": ("#c77700", "diamond"), "green": ("#1e7f4f", "circle")}
_BAND_OPACITY = 0.12
_ROW_PX = 22
_MARK_PX = 11
_CELL_PX = 64
# From wrong throughout by chance to perfect; white is read on all of them.
_SHADES = [[0, "#8c3a20"], [0.5, "#5f5f5f"], [1, "#005a94"]]


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


def draw(drawing: Drawing, styles: Styles) -> Chart:
    """Draw a chart of any kind.

    Args:
        drawing: What is seen.
        styles: Of its models or subsets.
    """
    match drawing:
        case Cues():
            return _cues_chart(drawing)
        case Panel():
            return _panel_chart(drawing, styles)
        case Forest():
            return _forest_chart(drawing, styles)
        case HeatMap():
            return _heat_map_chart(drawing)
        case Reliability():
            return _reliability_chart(drawing, styles)
        case SeverityScatter():
            return _severity_chart(drawing, styles)


def _panel_chart(panel: Panel, styles: Styles) -> Chart:
    data = []
    if panel.chance:
        x, y = zip(*panel.chance, strict=True)
        data.append(_chance(list(x), list(y)))
    for line in panel.lines:
        style = styles[line.key]
        if np.any(line.high > line.low):
            band_x, band_y = _band(line)
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "meta": line.key,
                    "legendgroup": line.name,
                    "x": _rounded(band_x),
                    "y": _rounded(band_y),
                    "fill": "toself",
                    "fillcolor": _transparent(style.color),
                    "line": {"width": 0},
                    "hoverinfo": "skip",
                }
            )
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "meta": line.key,
                "legendgroup": line.name,
                "name": f"{line.name} {line.summary}".strip(),
                "x": _rounded(line.x),
                "y": _rounded(line.y),
                "line": {"color": style.color, "dash": style.plotly_dash, "width": 2},
                "hovertemplate": f"{line.name}<br>{panel.x_label} %{{x:.3~f}}<br>"
                f"{panel.y_label} %{{y:.3f}}<extra></extra>",
            }
        )
    layout = _layout(panel.title, panel.x_label, panel.y_label)
    layout["xaxis"] |= {"type": "log"} if panel.log_x else {}
    if panel.x_ticks:
        layout["xaxis"] |= {"tickmode": "array", "tickvals": list(panel.x_ticks)}
    for axis, ends in (("xaxis", panel.x_range), ("yaxis", panel.y_range)):
        if ends:
            layout[axis]["range"] = list(ends)
    return Chart(panel.name, panel.describe(), data, layout)


def _forest_chart(forest: Forest, styles: Styles) -> Chart:
    groups, rows = forest.groups, forest.rows
    data = [_chance([0.5, 0.5], [-0.6, len(groups) - 0.4])]
    for position, points in enumerate(rows):
        offset = 0.0 if len(rows) == 1 else 0.6 * (position / (len(rows) - 1) - 0.5)
        style = styles[points.key]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "meta": points.key,
                "legendgroup": points.name,
                "name": points.name,
                "visible": points.visible,
                "x": _rounded(points.values),
                "y": _rounded(np.arange(len(groups), dtype=float) + offset),
                "text": [html.escape(group) for group in groups],
                "error_x": _error_bars(points.values, points.low, points.high, style.color),
                "marker": {"color": style.color, "symbol": style.symbol, "size": 8},
                "hovertemplate": f"{points.name}<br>%{{text}}: %{{x:.3f}}<extra></extra>",
            }
        )
    layout = _layout(forest.title, forest.x_label, "")
    layout["xaxis"]["range"] = [-0.02, 1.02]
    layout["yaxis"] |= {
        "range": [len(groups) - 0.4, -0.6],
        "tickvals": list(range(len(groups))),
        "ticktext": [html.escape(group) for group in groups],
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
    }
    n_marks = sum(points.visible for points in rows)
    per_group = _ROW_PX if n_marks < 3 else max(2 * _ROW_PX, _MARK_PX * n_marks)
    layout["height"] = 110 + per_group * len(groups)
    described = "; ".join(
        f"{points.name}: "
        + ", ".join(
            f"{group} {100 * value:.1f} %"
            for group, value in zip(groups, points.values, strict=True)
            if np.isfinite(value)
        )
        for points in rows
        if points.visible
    )
    return Chart(forest.name, f"{forest.title}. {forest.x_label}. {described}.", data, layout)


def _cues_chart(drawing: Cues) -> Chart:
    places = list(range(len(drawing.groups)))
    names = [html.escape(group) for group in drawing.groups]
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "base": _rounded(drawing.chance),
            "x": _rounded(drawing.chance_high - drawing.chance),
            "y": places,
            "width": 0.5,
            "marker": {"color": _GREY, "opacity": 0.35},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": _rounded(drawing.values),
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
                "line": {"color": _GREY, "width": 2, "dash": "dash"},
                "hovertemplate": "model: %{x:.3f}<extra></extra>",
            }
        )
    layout = _layout(drawing.title, "AUROC (grey: chance, up to what 95 % do not exceed)", "")
    layout["xaxis"]["range"] = [min(0.4, float(drawing.values.min()) - 0.05), 1.06]
    layout["yaxis"] |= {
        "range": [len(places) - 0.4, -0.6],
        "tickvals": places,
        "ticktext": names,
        "showgrid": False,
    }
    layout["height"] = 110 + 2 * _ROW_PX * len(places)
    described = "; ".join(
        f"{group} {100 * value:.1f} %, {light}"
        for group, value, light in zip(drawing.groups, drawing.values, drawing.lights, strict=True)
    )
    return Chart(drawing.name, f"{drawing.title}: {described}.", data, layout)


def _heat_map_chart(drawing: HeatMap) -> Chart:
    def escaped(rows: list[list[str]]) -> list[list[str]]:
        return [[html.escape(text).replace("\n", "<br>") for text in row] for row in rows]

    rows, columns = (
        [html.escape(name) for name in names] for names in (drawing.rows, drawing.columns)
    )
    data = [
        {
            "type": "heatmap",
            "x": columns,
            "y": rows,
            "z": [_rounded(row) for row in drawing.values],
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
    layout = _layout(drawing.title, drawing.x_label, drawing.y_label)
    layout["xaxis"] |= {"type": "category", "showgrid": False, "side": "bottom"}
    layout["yaxis"] |= {"type": "category", "showgrid": False, "autorange": "reversed"}
    layout["height"] = 130 + _CELL_PX * len(rows)
    # plotly writes no text where there is no value, and a missing cell has to say so.
    layout["annotations"] = [
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
    return Chart(drawing.name, f"{drawing.title}. {described}.", data, layout)


def _reliability_chart(drawing: Reliability, styles: Styles) -> Chart:
    data = [_chance([0, 1], [0, 1])]
    parts = []
    for key, (model, bins) in drawing.models.items():
        style = styles[key]
        observed, low, high = (
            bins[column].to_numpy(float) for column in ("observed", "low", "high")
        )
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "meta": key,
                "legendgroup": model,
                "name": model,
                "x": _rounded(bins["predicted"].to_numpy(float)),
                "y": _rounded(observed),
                "customdata": [int(n) for n in bins["n"]],
                "error_y": _error_bars(observed, low, high, style.color),
                "line": {"color": style.color, "dash": style.plotly_dash, "width": 1.5},
                "marker": {"color": style.color, "symbol": style.symbol, "size": 8},
                "hovertemplate": f"{model}<br>predicted %{{x:.2f}}, observed %{{y:.2f}}<br>"
                "%{customdata} in the bin<extra></extra>",
            }
        )
        if len(bins):
            worst = float(np.nanmax(np.abs(observed - bins["predicted"].to_numpy(float))))
            parts.append(f"{model} is off by at most {100 * worst:.0f} points")
    layout = _layout(drawing.title, "Predicted probability", "Observed share dysarthric")
    layout["xaxis"]["range"] = layout["yaxis"]["range"] = [-0.02, 1.02]
    return Chart(drawing.name, f"Calibration, {drawing.title}: {'; '.join(parts)}.", data, layout)


def _severity_chart(drawing: SeverityScatter, styles: Styles) -> Chart:
    data = []
    for key, (model, patients) in drawing.models.items():
        style = styles[key]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "meta": key,
                "legendgroup": model,
                "name": model,
                "visible": key == drawing.shown,
                "x": _rounded(patients["severity"].to_numpy(float)),
                "y": _rounded(patients["score"].to_numpy(float)),
                "text": [html.escape(str(speaker)) for speaker in patients["speaker_id"]],
                "marker": {"color": style.color, "symbol": style.symbol, "size": 8},
                "hovertemplate": f"{model}<br>%{{text}}: severity %{{x:.2f}}, "
                "score %{y:.2f}<extra></extra>",
            }
        )
    layout = _layout("Patients", "Severity", "Score, soft majority")
    layout["yaxis"]["range"] = [-0.02, 1.02]
    n = max((len(patients) for _, patients in drawing.models.values()), default=0)
    return Chart(drawing.name, f"Scores of {n} patients over their severity.", data, layout)


def _band(line: Line) -> tuple[Floats, Floats]:
    """Outline the band, which ends where there is no interval."""
    known = np.isfinite(line.low) & np.isfinite(line.high)
    runs = np.split(np.arange(len(known)), np.flatnonzero(np.diff(known)) + 1)
    x, y = [], []
    for run in (run for run in runs if known[run[0]]):
        x += [*line.x[run], *line.x[run][::-1], np.nan]
        y += [*line.high[run], *line.low[run][::-1], np.nan]
    return np.array(x[:-1]), np.array(y[:-1])


def _chance(x: list[float], y: list[float]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": _GREY, "dash": "dot", "width": 1},
        "hoverinfo": "skip",
    }


def _layout(title: str, x_label: str, y_label: str) -> dict[str, Any]:
    axis = {"automargin": True, "zeroline": False, "ticks": "outside", "ticklen": 4}
    return {
        "title": {"text": title, "font": {"size": 14}, "x": 0, "xref": "paper", "xanchor": "left"},
        "xaxis": {**axis, "title": {"text": x_label}},
        "yaxis": {**axis, "title": {"text": y_label}},
        "height": 360,
        "margin": {"l": 50, "r": 12, "t": 40, "b": 48},
        "showlegend": False,
        "hovermode": "closest",
        # A finger that scrolls the page must not draw a zoom box.
        "dragmode": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _error_bars(values: Floats, low: Floats, high: Floats, color: str) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": _rounded(high - values),
        "arrayminus": _rounded(values - low),
        "color": color,
        "thickness": 1.2,
        "width": 0,
    }


def _rounded(values: Floats) -> list[float | None]:
    return [round(float(value), 4) if np.isfinite(value) else None for value in values]


def _transparent(color: str) -> str:
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_BAND_OPACITY})"
