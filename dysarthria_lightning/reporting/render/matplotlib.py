"""Figures for print: PDF, SVG and PNG, the same bytes for the same data."""

from collections.abc import Sequence
from itertools import chain, product
from pathlib import Path
from string import ascii_lowercase
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from dysarthria_lightning.reporting.drawings import Panel
from dysarthria_lightning.reporting.paper.figure import PaperFigure
from dysarthria_lightning.reporting.render.styles import Styles

#: Widths of a journal's column and of two with the gap between them.
COLUMN_MM, TWO_COLUMNS_MM = 88, 180
#: The smallest text that journals print.
FONT_PT = 7
_LETTERS_PER_INCH = 19
# Beside a panel's axes stand the numbers of the ordinate, beside a label its line.
_BESIDE_INCHES = 1.0
# Bands of more curves hide each other; their intervals are in the legend and in the tables.
_MOST_BANDS = 3
_LEGEND_DROP_PT = 28

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
    "font.size": FONT_PT,
    "axes.titlesize": 8,
    # Text stays text: smaller files, which can be searched and edited.
    "svg.fonttype": "none",
    "path.simplify_threshold": 0.2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.linewidth": 0.6,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "savefig.dpi": 300,
}
_INCH_MM = 25.4
_AXES_INCHES, _LABELS_INCHES = 1.85, 0.65
_LEGEND_LINE_INCHES = 0.135


def draw_figure(figure: PaperFigure, styles: Styles, caveats: Sequence[str]) -> Figure:
    """Draw a figure as wide as one or both columns of a journal, legends below the axes.

    Args:
        figure: Its panels.
        styles: Of their lines.
        caveats: A small line each at the bottom.
    """
    with mpl.rc_context(_SETTINGS):
        n_columns = max(len(row) for row in figure.rows)
        width = (COLUMN_MM if n_columns == 1 else TWO_COLUMNS_MM) / _INCH_MM
        below = [*filter(None, [figure.remark]), *caveats]
        legend_lines = [
            max(len(_legend_text(panel, width / n_columns)) for panel in row) for row in figure.rows
        ]
        heights = [_AXES_INCHES + _LABELS_INCHES + _LEGEND_LINE_INCHES * n for n in legend_lines]
        wrapped = [line for text in below for line in wrap(text, int(width * _LETTERS_PER_INCH))]
        height = sum(heights) + _LEGEND_LINE_INCHES * len(wrapped)
        drawn = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(drawn)
        axes = drawn.subplots(
            len(figure.rows), n_columns, squeeze=False, gridspec_kw={"height_ratios": heights}
        )
        letters = map(
            "".join, chain.from_iterable(product(ascii_lowercase, repeat=n) for n in (1, 2))
        )
        for of_row, row in zip(axes, figure.rows, strict=True):
            for axis, panel in zip(of_row, row, strict=False):
                _draw_panel(axis, panel, styles, next(letters), width / n_columns)
            for axis in of_row[len(row) :]:
                axis.set_axis_off()
        if wrapped:
            drawn.supxlabel(
                "\n".join(wrapped), x=0.01, ha="left", fontsize=FONT_PT, color="#555555"
            )
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


def _draw_panel(axis: Axes, panel: Panel, styles: Styles, letter: str, inches: float) -> None:
    axis.set_title(f"({letter}) {panel.title}", loc="left")
    axis.set_xlabel(panel.x_label)
    axis.set_ylabel(panel.y_label)
    axis.grid(True)
    if panel.chance:
        axis.plot(*zip(*panel.chance, strict=True), color="#777777", linestyle=":", linewidth=1)
    labels = _labels(panel, inches)
    for line, label in zip(panel.lines, labels, strict=True):
        style = styles[line.key]
        if len(panel.lines) <= _MOST_BANDS and np.any(line.high > line.low):
            axis.fill_between(
                line.x, line.low, line.high, color=style.color, alpha=0.1, linewidth=0
            )
        axis.plot(
            line.x,
            line.y,
            color=style.color,
            linestyle=style.matplotlib_dash,
            linewidth=1.2,
            label=label,
        )
    if panel.x_ticks:
        axis.set_xticks(panel.x_ticks)
    if panel.x_range:
        axis.set_xlim(*panel.x_range)
    if panel.y_range:
        axis.set_ylim(*panel.y_range)
    if panel.lines:
        # Below the axis' label, where it covers no curve.
        at = offset_copy(
            axis.transAxes, axis.get_figure(root=True), y=-_LEGEND_DROP_PT, units="points"
        )
        axis.legend(
            title=panel.summary_name,
            loc="upper left",
            bbox_to_anchor=(0, 0),
            bbox_transform=at,
            borderaxespad=0,
            borderpad=0,
            labelspacing=0.3,
            handlelength=2.6,
            alignment="left",
            frameon=False,
            fontsize=FONT_PT,
            title_fontsize=FONT_PT,
        )
    else:
        axis.text(0.5, 0.5, "nothing finished", transform=axis.transAxes, ha="center", va="center")


def _labels(panel: Panel, inches: float) -> list[str]:
    """Name lines with their summaries, in two lines where a panel is too narrow for one."""
    labels = []
    for line in panel.lines:
        label = f"{line.name}: {line.summary}" if line.summary else line.name
        is_long = len(label) > _LETTERS_PER_INCH * (inches - _BESIDE_INCHES)
        labels.append(f"{line.name}:\n{line.summary}" if is_long and line.summary else label)
    return labels


def _legend_text(panel: Panel, inches: float) -> list[str]:
    """List the lines of text in the legend of a panel, its title first."""
    return [
        panel.summary_name,
        *(text for label in _labels(panel, inches) for text in label.split("\n")),
    ]
