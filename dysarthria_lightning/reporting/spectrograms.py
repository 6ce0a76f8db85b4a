"""Figures, made from data and nothing else."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import gaussian

# 5 ms windows show glottal pulses and bursts, as phoneticians are used to.
_WINDOW_S = 0.005
_DYNAMIC_RANGE_DB = 60


def spectrogram_figure(
    clips: dict[str, dict[str, NDArray[np.float32]]], sample_rate_hz: int, title: str
) -> Figure:
    """Draw wide-band spectrograms in a grid.

    Args:
        clips: By row (what was read) and column (who read it), each (n_samples,).
        sample_rate_hz: Of all clips.
        title: Stands above the grid.
    """
    columns = list(next(iter(clips.values())))
    longest_s = max(len(clip) for row in clips.values() for clip in row.values()) / sample_rate_hz
    figure = Figure(figsize=(4 * len(columns), 2.2 * len(clips) + 0.6), layout="constrained")
    axes = figure.subplots(len(clips), len(columns), squeeze=False, sharex=True, sharey=True)
    for y, (text, row) in enumerate(clips.items()):
        for x, who in enumerate(columns):
            draw_spectrogram(axes[y, x], row[who], sample_rate_hz)
            axes[y, x].set_title(f"{text}, {who}", fontsize=10)
    axes[0, 0].set_xlim(0, longest_s)
    for axis in axes[-1]:
        axis.set_xlabel("time, s")
    for axis in axes[:, 0]:
        axis.set_ylabel("kHz")
    figure.suptitle(title, fontsize=10)
    return figure


def draw_spectrogram(axis: Axes, clip: NDArray[np.float32], sample_rate_hz: int) -> None:
    """Draw a wide-band spectrogram.

    Args:
        axis: Where.
        clip: (n_samples,).
        sample_rate_hz: Of the clip.
    """
    length = round(_WINDOW_S * sample_rate_hz)
    window = gaussian(length, length / 6)
    transform = ShortTimeFFT(window, hop=16, fs=sample_rate_hz, mfft=1024)
    level_db = 10 * np.log10(transform.spectrogram(clip.astype(np.float64)) + 1e-12)
    duration_s = len(clip) / sample_rate_hz
    axis.imshow(
        level_db,
        origin="lower",
        aspect="auto",
        cmap="Greys",
        extent=(0, duration_s, 0, sample_rate_hz / 2000),
        vmin=level_db.max() - _DYNAMIC_RANGE_DB,
        vmax=level_db.max(),
    )
