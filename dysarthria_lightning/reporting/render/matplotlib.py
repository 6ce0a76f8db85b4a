"""Figures for print: PDF, SVG and PNG, the same bytes for the same data."""

from collections.abc import Sequence
from itertools import chain, product
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dysarthria_lightning.reporting.drawings import Panel
from dysarthria_lightning.reporting.paper.figures import PaperFigure
from dysarthria_lightning.reporting.render.styles import Styles

# Without these each file would hold the time it was written, or random ids.
_METADATA: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None},
    "svg": {"Date": None},
    "png": {"Software": None},
}
_SETTINGS: Any = {
    "svg.hashsalt": "dysarthria_lightning",
    "pdf.fonttype": 42,  # TrueType: publishers refuse Type 3
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "savefig.dpi": 200,
}
_PANEL_INCHES = (3.5, 3.2)
_LEGEND_LINE_INCHES = 0.15


def draw_figure(figure: PaperFigure, styles: Styles, caveats: Sequence[str]) -> Figure:
    """Draw a figure.

    Args:
        figure: Its panels.
        styles: Of their lines.
        caveats: A small line each at the bottom.
    """
    with mpl.rc_context(_SETTINGS):
        n_columns = max(len(row) for row in figure.rows)
        width, height = _PANEL_INCHES
        # A legend of many models needs a higher panel.
        most = max(len(panel.lines) for row in figure.rows for panel in row)
        height = max(height, 1 + _LEGEND_LINE_INCHES * most)
        drawn = Figure(figsize=(width * n_columns, height * len(figure.rows)), layout="constrained")
        FigureCanvasAgg(drawn)
        axes = drawn.subplots(len(figure.rows), n_columns, squeeze=False)
        letters = map(
            "".join, chain.from_iterable(product(ascii_lowercase, repeat=n) for n in (1, 2))
        )
        for of_row, row in zip(axes, figure.rows, strict=True):
            for axis, panel in zip(of_row, row, strict=True):
                _draw_panel(axis, panel, styles, next(letters))
        below = [*filter(None, [figure.remark]), *caveats]
        if below:
            drawn.supxlabel("\n".join(below), x=0.01, ha="left", fontsize=6, color="#555555")
        # Laid out once, so that all files are alike and none waits for it again.
        drawn.draw_without_rendering()
        drawn.set_layout_engine("none")
    return drawn


def save_figure(figure: PaperFigure, folder: Path, styles: Styles, caveats: Sequence[str]) -> None:
    """Write a figure as PDF, SVG and PNG.

    Args:
        figure: Its panels.
        folder: Where the files go, named after the figure.
        styles: Of their lines.
        caveats: A small line each at the bottom.
    """
    drawn = draw_figure(figure, styles, caveats)
    with mpl.rc_context(_SETTINGS):
        for kind, metadata in _METADATA.items():
            drawn.savefig(folder / f"{figure.name}.{kind}", format=kind, metadata=metadata)


def _draw_panel(axis: Axes, panel: Panel, styles: Styles, letter: str) -> None:
    axis.set_title(f"({letter}) {panel.title}", loc="left", fontsize=9)
    axis.set_xlabel(panel.x_label)
    axis.set_ylabel(panel.y_label)
    axis.grid(True)
    if panel.chance:
        axis.plot(*zip(*panel.chance, strict=True), color="#777777", linestyle=":", linewidth=1)
    for line in panel.lines:
        style = styles[line.key]
        if np.any(line.high > line.low):
            axis.fill_between(
                line.x, line.low, line.high, color=style.color, alpha=0.12, linewidth=0
            )
        axis.plot(
            line.x,
            line.y,
            color=style.color,
            linestyle=style.matplotlib_dash,
            linewidth=1.5,
            label=f"{line.name}: {line.summary}" if line.summary else line.name,
        )
    if panel.x_ticks:
        axis.set_xticks(panel.x_ticks)
    if panel.x_range:
        axis.set_xlim(*panel.x_range)
    if panel.y_range:
        axis.set_ylim(*panel.y_range)
    if panel.lines:
        axis.legend(
            title=panel.summary_name,
            fontsize=7,
            title_fontsize=7,
            alignment="left",
            frameon=True,
            framealpha=0.85,
            edgecolor="none",
        )
    else:
        axis.text(0.5, 0.5, "nothing finished", transform=axis.transAxes, ha="center", va="center")
