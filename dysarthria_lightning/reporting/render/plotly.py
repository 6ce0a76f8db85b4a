"""Charts for the page, in plotly's format: what the static figures show, and more."""

import html
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
    Policy,
    Reliability,
    SeverityScatter,
)
from dysarthria_lightning.reporting.render.chart import (
    GREY,
    ROW_PX,
    Chart,
    chance_line,
    layout,
    rounded,
)
from dysarthria_lightning.reporting.render.cues import cues_chart
from dysarthria_lightning.reporting.render.heat_map import heat_map_chart
from dysarthria_lightning.reporting.render.styles import Styles

# One band is seen at a time.
_BAND_OPACITY = 0.2
_MARK_PX = 11


def draw(drawing: Drawing, styles: Styles) -> Chart:
    """Draw a chart of any kind.

    Args:
        drawing: What is seen.
        styles: Of its models or subsets.
    """
    match drawing:
        case Cues():
            return cues_chart(drawing)
        case Panel():
            return _panel_chart(drawing, styles)
        case Forest():
            return _forest_chart(drawing, styles)
        case HeatMap():
            return heat_map_chart(drawing)
        case Reliability():
            return _reliability_chart(drawing, styles)
        case SeverityScatter():
            return _severity_chart(drawing, styles)


def _panel_chart(panel: Panel, styles: Styles) -> Chart:
    data = []
    if panel.chance:
        x, y = zip(*panel.chance, strict=True)
        data.append(chance_line(list(x), list(y)))
    data += [_policy(policy) for policy in panel.policies]
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
                    "x": rounded(band_x),
                    "y": rounded(band_y),
                    "fill": "toself",
                    "fillcolor": _transparent(style.color),
                    "line": {"width": 0},
                    "hoverinfo": "skip",
                    "visible": False,
                }
            )
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "meta": line.key,
                "legendgroup": line.name,
                "name": f"{line.name} {line.summary}".strip(),
                "x": rounded(line.x),
                "y": rounded(line.y),
                "line": {"color": style.color, "dash": style.plotly_dash, "width": 2},
                "hovertemplate": f"{line.name}<br>{panel.x_label} %{{x:.3~f}}<br>"
                f"{panel.y_label} %{{y:.3f}}<extra></extra>",
            }
        )
    seen = layout(panel.title, panel.x_label, panel.y_label)
    seen["xaxis"] |= {"type": "log"} if panel.log_x else {}
    if panel.x_ticks:
        seen["xaxis"] |= {"tickmode": "array", "tickvals": list(panel.x_ticks)}
    for axis, ends in (("xaxis", panel.x_range), ("yaxis", panel.y_range)):
        if ends:
            seen[axis]["range"] = list(ends)
    return Chart(panel.name, panel.describe(), data, seen)


def _forest_chart(forest: Forest, styles: Styles) -> Chart:
    groups, rows = forest.groups, forest.rows
    data = [chance_line([0.5, 0.5], [-0.6, len(groups) - 0.4])]
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
                "x": rounded(points.values),
                "y": rounded(np.arange(len(groups), dtype=float) + offset),
                "text": [html.escape(group) for group in groups],
                "error_x": _error_bars(points.values, points.low, points.high, style.color),
                "marker": {"color": style.color, "symbol": style.symbol, "size": 8},
                "hovertemplate": f"{points.name}<br>%{{text}}: %{{x:.3f}}<extra></extra>",
            }
        )
    seen = layout(forest.title, forest.x_label, "")
    seen["xaxis"]["range"] = [-0.02, 1.02]
    seen["yaxis"] |= {
        "range": [len(groups) - 0.4, -0.6],
        "tickvals": list(range(len(groups))),
        "ticktext": [html.escape(group) for group in groups],
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
    }
    n_marks = sum(points.visible for points in rows)
    per_group = ROW_PX if n_marks < 3 else max(2 * ROW_PX, _MARK_PX * n_marks)
    seen["height"] = 110 + per_group * len(groups)
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
    return Chart(forest.name, f"{forest.title}. {forest.x_label}. {described}.", data, seen)


def _reliability_chart(drawing: Reliability, styles: Styles) -> Chart:
    data = [chance_line([0, 1], [0, 1])]
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
                "name": f"{model}: {summary}" if (summary := drawing.summaries.get(key)) else model,
                "x": rounded(bins["predicted"].to_numpy(float)),
                "y": rounded(observed),
                "customdata": [int(n) for n in bins["n"]],
                "error_y": _error_bars(observed, low, high, style.color) | {"visible": False},
                "line": {"color": style.color, "dash": style.plotly_dash, "width": 1.5},
                "marker": {"color": style.color, "symbol": style.symbol, "size": 8},
                "hovertemplate": f"{model}<br>predicted %{{x:.2f}}, observed %{{y:.2f}}<br>"
                "%{customdata} in the bin<extra></extra>",
            }
        )
        if len(bins):
            worst = float(np.nanmax(np.abs(observed - bins["predicted"].to_numpy(float))))
            said = [f"{model} is off by at most {100 * worst:.0f} points"]
            parts.append(", ".join([*said, *filter(None, [drawing.summaries.get(key)])]))
    seen = layout(drawing.title, "Predicted probability", "Observed share dysarthric")
    seen["xaxis"]["range"] = seen["yaxis"]["range"] = [-0.02, 1.02]
    return Chart(drawing.name, f"Calibration, {drawing.title}: {'; '.join(parts)}.", data, seen)


def _policy(policy: Policy) -> dict[str, Any]:
    texts = ["" for _ in policy.x]
    texts[policy.label_at] = policy.name
    return {
        "type": "scatter",
        "mode": "lines+text",
        "x": rounded(policy.x),
        "y": rounded(policy.y),
        "text": texts,
        "textposition": "top right",
        "textfont": {"size": 11},
        "line": {"color": GREY, "dash": "dot", "width": 1.5},
        "hoverinfo": "skip",
    }


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
                "x": rounded(patients["severity"].to_numpy(float)),
                "y": rounded(patients["score"].to_numpy(float)),
                "text": [html.escape(str(speaker)) for speaker in patients["speaker_id"]],
                "marker": {"color": style.color, "symbol": style.symbol, "size": 8},
                "hovertemplate": f"{model}<br>%{{text}}: severity %{{x:.2f}}, "
                "score %{y:.2f}<extra></extra>",
            }
        )
    seen = layout("Patients", "Severity", "Score, soft majority")
    seen["yaxis"]["range"] = [-0.02, 1.02]
    n = max((len(patients) for _, patients in drawing.models.values()), default=0)
    return Chart(drawing.name, f"Scores of {n} patients over their severity.", data, seen)


def _band(line: Line) -> tuple[Floats, Floats]:
    """Outline the band, which ends where there is no interval."""
    known = np.isfinite(line.low) & np.isfinite(line.high)
    runs = np.split(np.arange(len(known)), np.flatnonzero(np.diff(known)) + 1)
    x, y = [], []
    for run in (run for run in runs if known[run[0]]):
        x += [*line.x[run], *line.x[run][::-1], np.nan]
        y += [*line.high[run], *line.low[run][::-1], np.nan]
    return np.array(x[:-1]), np.array(y[:-1])


def _error_bars(values: Floats, low: Floats, high: Floats, color: str) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": rounded(high - values),
        "arrayminus": rounded(values - low),
        "color": color,
        "thickness": 1.2,
        "width": 0,
    }


def _transparent(color: str) -> str:
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_BAND_OPACITY})"
