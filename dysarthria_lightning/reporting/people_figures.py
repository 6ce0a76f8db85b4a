"""A figure for each person who was scored: their recordings, and how a score comes about."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dysarthria_lightning.reporting.spectrograms import draw_spectrogram

#: Recordings of each end that are shown.
SHOWN = 2

#: Sound, its rate, and by part of a recording times and scores after so much of it.
Course = tuple[NDArray[np.float32], int, list[tuple[NDArray[np.float64], NDArray[np.float64]]]]


def chosen_recordings(recordings: pd.DataFrame) -> list[str]:
    """Choose the recordings that speak most for and most against, the highest first.

    Args:
        recordings: A person's, one row each: ``source_id`` and ``probability``.
    """
    order = recordings.sort_values("probability", ascending=False)["source_id"].tolist()
    return order if len(order) <= 2 * SHOWN else [*order[:SHOWN], *order[-SHOWN:]]


def person_figure(
    title: str,
    recordings: pd.DataFrame,
    score: float,
    threshold: float,
    courses: Mapping[str, Course],
) -> Figure:
    """Draw a person's recordings by what they add to the score, and some of them in time.

    Args:
        title: Stands above it.
        recordings: The person's, one row each: ``source_id`` and ``probability``.
        score: Of the person.
        threshold: What it meets.
        courses: By recording its sound and scores.
    """
    n_rows = -(-len(courses) // 2)
    figure = Figure(figsize=(9, 2.6 + 2.2 * n_rows), layout="constrained")
    grid = figure.add_gridspec(1 + n_rows, 2, height_ratios=[1.2, *[1] * n_rows])
    _draw_contributions(figure.add_subplot(grid[0, :]), recordings, score, threshold)
    values = dict(zip(recordings["source_id"], recordings["probability"], strict=True))
    for place, (name, course) in enumerate(courses.items()):
        axis = figure.add_subplot(grid[1 + place // 2, place % 2])
        _draw_course(axis, course)
        axis.set_title(f"{name}: {values[name]:.2f}", fontsize=9, parse_math=False)
    figure.suptitle(title, fontsize=10, parse_math=False)
    return figure


def _draw_contributions(
    axis: Axes, recordings: pd.DataFrame, score: float, threshold: float
) -> None:
    values = np.sort(recordings["probability"].to_numpy(np.float64))[::-1]
    places = np.arange(1, len(values) + 1)
    axis.bar(places, values, width=0.9, color="#8899aa")
    axis.axhline(score, color="black", linewidth=1, label=f"score, the mean: {score:.2f}")
    axis.axhline(threshold, color="#aa3333", linestyle="--", linewidth=1, label="threshold")
    axis.set(ylim=(0, 1), xlim=(0.4, len(values) + 0.6), xlabel="recordings, the highest first")
    axis.set_ylabel("score")
    axis.legend(loc="upper right", fontsize=8)


def _draw_course(axis: Axes, course: Course) -> None:
    samples, sample_rate_hz, parts = course
    if len(samples):
        draw_spectrogram(axis, samples, sample_rate_hz)
    axis.set_xlabel("time, s", fontsize=8)
    axis.set_ylabel("kHz", fontsize=8)
    if parts:
        scores = axis.twinx()
        for times, values in parts:
            scores.plot(times, values, color="#aa3333", linewidth=1.5)
        scores.set_ylim(0, 1)
        scores.set_ylabel("score so far", fontsize=8)
