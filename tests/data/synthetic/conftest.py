"""Speakers described by hand, and Praat as the independent analysis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import parselmouth
import pytest
from numpy.typing import NDArray

from dysarthria_lightning.data.synthetic.parameters import SyntheticParameters
from dysarthria_lightning.data.synthetic.population import Speaker
from dysarthria_lightning.data.synthetic.prompts import PROMPTS
from dysarthria_lightning.data.synthetic.recordings import Recording, synthesise_speaker
from dysarthria_lightning.data.synthetic.vowels import Gender

Read = Callable[..., list[Recording]]
Measure = Callable[[NDArray[np.floating], Gender], NDArray[np.float64]]


@pytest.fixture(scope="session")
def read() -> Read:
    """Have a speaker of a given gender and severity read syllables."""

    def read_syllables(
        syllables: list[str], index: int = 0, gender: Gender = "male", severity: float = 0.0
    ) -> list[Recording]:
        speaker = Speaker(index, int(severity > 0), gender, 45, severity, 82)
        by_name = {prompt.syllable: prompt for prompt in reversed(PROMPTS)}
        prompts = [by_name[syllable] for syllable in syllables]
        return synthesise_speaker(SyntheticParameters(), speaker, prompts)

    return read_syllables


@pytest.fixture(scope="session")
def measure_f0() -> Measure:
    """F0 by Praat's autocorrelation method: voiced values in Hz in order of time."""

    def measure(samples: NDArray[np.floating], gender: Gender) -> NDArray[np.float64]:
        low, high = (60.0, 400.0) if gender == "male" else (90.0, 600.0)
        sound = parselmouth.Sound(samples.astype(np.float64), 16_000)
        pitch = sound.to_pitch_ac(time_step=0.005, pitch_floor=low, pitch_ceiling=high)
        values = pitch.selected_array["frequency"]
        return np.asarray(values[values > 0])

    return measure


@pytest.fixture(scope="session")
def measure_formants() -> Measure:
    """Median F1 and F2 in Hz of the middle of the voiced part, by Praat's Burg method."""

    def measure(samples: NDArray[np.floating], gender: Gender) -> NDArray[np.float64]:
        sound = parselmouth.Sound(samples.astype(np.float64), 16_000)
        pitch = sound.to_pitch_ac(time_step=0.005, pitch_floor=60.0)
        voiced = pitch.xs()[pitch.selected_array["frequency"] > 0]
        start, end = np.quantile(voiced, (0.4, 0.8))
        ceiling = 5_000.0 if gender == "male" else 5_500.0
        formants = sound.to_formant_burg(time_step=0.005, maximum_formant=ceiling)
        times = np.arange(start, end, 0.005)
        values = [[formants.get_value_at_time(k, t) for k in (1, 2)] for t in times]
        return np.asarray(np.nanmedian(values, axis=0))

    return measure
