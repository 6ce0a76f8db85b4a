"""Speakers described by hand, and Praat as the independent analysis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import parselmouth  # type: ignore[import-not-found]  # compiled, without stubs
import pytest
from numpy.typing import NDArray

from dysarthria_lightning.data.synthetic.parameters import SyntheticParameters
from dysarthria_lightning.data.synthetic.population import Speaker
from dysarthria_lightning.data.synthetic.prompts import PROMPTS
from dysarthria_lightning.data.synthetic.recordings import Recording, synthesise_speaker
from dysarthria_lightning.data.synthetic.vowels import Gender

Read = Callable[..., list[Recording]]
Measure = Callable[..., NDArray[np.float64]]
MeasureVoice = Callable[[NDArray[np.float64], str], float]


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
    """F0 by Praat's autocorrelation method: voiced values in Hz in order of time.

    Its window is three periods of the floor, which may not be longer than a quick fall allows.
    """

    def measure(samples: NDArray[np.floating], gender: Gender) -> NDArray[np.float64]:
        low, high = (80.0, 400.0) if gender == "male" else (110.0, 600.0)
        sound = parselmouth.Sound(samples.astype(np.float64), 16_000)
        pitch = sound.to_pitch_ac(time_step=0.005, pitch_floor=low, pitch_ceiling=high)
        values = pitch.selected_array["frequency"]
        return np.asarray(values[values > 0])

    return measure


@pytest.fixture(scope="session")
def measure_formants() -> Measure:
    """Median F1 and F2 in Hz of a stretch of the voiced part, by Praat's Burg method.

    NaN where Praat finds no voice, as in a few very breathy tokens.
    """

    def measure(
        samples: NDArray[np.floating], gender: Gender, stretch: tuple[float, float] = (0.4, 0.8)
    ) -> NDArray[np.float64]:
        sound = parselmouth.Sound(samples.astype(np.float64), 16_000)
        pitch = sound.to_pitch_ac(time_step=0.005, pitch_floor=60.0)
        voiced = pitch.xs()[pitch.selected_array["frequency"] > 0]
        if len(voiced) == 0:
            return np.full(2, np.nan)
        start, end = np.quantile(voiced, stretch)
        ceiling = 5_000.0 if gender == "male" else 5_500.0
        formants = sound.to_formant_burg(time_step=0.005, maximum_formant=ceiling)
        times = np.arange(start, end, 0.005)
        values = [[formants.get_value_at_time(k, t) for k in (1, 2)] for t in times]
        return np.asarray(np.nanmedian(values, axis=0))

    return measure


@pytest.fixture(scope="session")
def measure_voice() -> MeasureVoice:
    """Jitter or shimmer (local, in per cent) or the harmonicity in dB of a vowel, by Praat.

    In the middle three fifths of the sound, with the settings of Praat's voice report.
    """

    def measure(samples: NDArray[np.float64], trait: str) -> float:
        call = parselmouth.praat.call
        sound = parselmouth.Sound(samples, 16_000)
        stretch = 0.2 * sound.duration, 0.8 * sound.duration
        if trait == "harmonicity":
            return float(call(sound.to_harmonicity_cc(0.01, 75.0, 0.1, 1.0), "Get mean", *stretch))
        pulses = call(sound, "To PointProcess (periodic, cc)", 75.0, 600.0)
        periods = (*stretch, 0.0001, 0.02, 1.3)
        if trait == "jitter":
            return 100 * float(call(pulses, "Get jitter (local)", *periods))
        return 100 * float(call([sound, pulses], "Get shimmer (local)", *periods, 1.6))

    return measure
