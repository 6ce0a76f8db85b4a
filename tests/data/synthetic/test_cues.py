"""No single number of a clip tells patients apart, on a corpus small enough for every run."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from dysarthria_lightning.data.synthetic.parameters import SyntheticParameters
from dysarthria_lightning.data.synthetic.population import population
from dysarthria_lightning.data.synthetic.prompts import PROMPTS
from dysarthria_lightning.data.synthetic.recordings import synthesise_speaker


def scalars(samples: NDArray[np.floating]) -> dict[str, float]:
    """Simple numbers of a clip, one a name."""
    wave = samples.astype(np.float64)
    power = np.abs(np.fft.rfft(wave)) ** 2
    frequencies = np.fft.rfftfreq(len(wave), 1 / 16_000)
    blocks = wave[: len(wave) // 160 * 160].reshape(-1, 160)
    rms = np.sqrt(np.mean(wave**2))
    return {
        "duration": len(wave) / 16_000,
        "crest factor": float(np.abs(wave).max() / rms),
        "energy below 80 Hz": float(np.log(power[frequencies < 80].sum() / power.sum())),
        "level": float(20 * np.log10(rms)),
        "noise floor": float(10 * np.log10(np.quantile(np.mean(blocks**2, axis=1), 0.05))),
        "spectral centroid": float(power @ frequencies / power.sum()),
        "zero crossings": float(np.mean(np.diff(np.signbit(wave)))),
    }


def telling(cues: pd.DataFrame, speakers: list[int], labels: list[int]) -> dict[str, float]:
    """AUROCs above 0.65 of a speaker's mean or SD, in one direction or the other.

    Args:
        cues: One row per clip.
        speakers: Whose each is.
        labels: Of the speakers, in order of their numbers.
    """
    by_speaker = cues.groupby(speakers)
    spread = by_speaker.std()[["duration", "spectral centroid"]].add_prefix("SD of ")
    found = {
        name: float(roc_auc_score(labels, values))
        for name, values in by_speaker.mean().join(spread).items()
    }
    return {name: round(area, 3) for name, area in found.items() if max(area, 1 - area) > 0.65}


@pytest.mark.parametrize(("confound", "n_speakers"), [("none", 120), ("channel", 40)])
def test_no_single_number_tells_patients_but_where_rooms_differ(
    confound: Literal["none", "channel"], n_speakers: int
) -> None:
    """Many speakers with few clips: of few speakers chance alone makes such a number."""
    parameters = SyntheticParameters(speakers=n_speakers, confound=confound)
    people = population(parameters)
    rows, speakers = [], []
    for speaker in people:
        prompts = [PROMPTS[(speaker.index * 5 + k * 41) % 82] for k in range(2)]
        for recording in synthesise_speaker(parameters, speaker, prompts):
            rows.append(scalars(recording.samples))
            speakers.append(speaker.index)
    found = telling(pd.DataFrame(rows), speakers, [speaker.label for speaker in people])
    assert bool(found) == (confound == "channel"), found
