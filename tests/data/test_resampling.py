"""Resampling against torchaudio's, and what must not be heard after it."""

import math
import warnings

import numpy as np
import pytest
import torch
import torchaudio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dysarthria_lightning.data.audio import RecordingTooLargeError, UnusableRecordingError
from dysarthria_lightning.data.resampling import resample

RATES = [
    *[(48_000, 16_000), (44_100, 16_000), (8000, 16_000), (11_025, 16_000), (22_050, 16_000)],
    *[(96_000, 16_000), (192_000, 16_000), (24_000, 16_000), (16_000, 8000), (44_100, 22_050)],
    (1_000_000, 16_000),
]


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(n).uniform(-0.5, 0.5, n).astype(np.float32)


def tone(hz: float, rate_hz: int, n: int) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(n) / rate_hz).astype(np.float32)


def with_torchaudio(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    resampled: np.ndarray = torchaudio.functional.resample(
        torch.from_numpy(samples),
        from_hz,
        to_hz,
        resampling_method="sinc_interp_kaiser",
        lowpass_filter_width=64,
        rolloff=0.9475937167399596,
        beta=14.769656459379492,
    ).numpy()
    return resampled


@settings(max_examples=40)
@given(rates=st.sampled_from(RATES), n=st.integers(1, 3000))
@example(rates=(48_000, 16_000), n=1)
@example(rates=(8000, 16_000), n=1)
@example(rates=(48_000, 16_000), n=300_000)  # several pieces
@example(rates=(44_100, 16_000), n=300_000)
@example(rates=(11_025, 16_000), n=300_000)
def test_it_gives_torchaudios_samples(rates: tuple[int, int], n: int) -> None:
    resampled = resample(noise(n), *rates)
    assert resampled.dtype == np.float32
    assert len(resampled) == math.ceil(n * rates[1] / rates[0])
    np.testing.assert_allclose(resampled, with_torchaudio(noise(n), *rates), atol=5e-5)


def test_a_rate_that_is_right_changes_nothing() -> None:
    assert resample(samples := noise(99), 16_000, 16_000) is samples


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_what_lies_above_the_new_band_does_not_come_back_into_it(rate_hz: int) -> None:
    for hz in range(8200, 9001, 100):
        resampled = resample(tone(hz, rate_hz, rate_hz // 2), rate_hz, 16_000)
        level = np.sqrt(2 * np.mean(resampled[1000:-1000].astype(float) ** 2))
        assert 20 * np.log10(level) < -60, hz


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_speech_passes_unchanged(rate_hz: int) -> None:
    for hz in (50, 440, 3000, 5000, 6000, 7000):
        resampled = resample(tone(hz, rate_hz, rate_hz), rate_hz, 16_000)
        expected = tone(hz, 16_000, 16_000)
        difference = np.abs(resampled - expected)[1000:-1000].max()
        assert difference < 0.011, hz  # a change of 0.1 dB, or of as much in phase


@pytest.mark.parametrize("rates", [(44_101, 16_000), (16_000, 44_101), (2_000_000_011, 16_000)])
def test_rates_that_would_fill_the_memory_are_refused(rates: tuple[int, int]) -> None:
    with pytest.raises(UnusableRecordingError, match=f"{rates[0]} Hz cannot be converted to"):
        resample(noise(10), *rates)


def test_clips_that_would_fill_the_memory_are_refused() -> None:
    with pytest.raises(RecordingTooLargeError, match="3 min long or more"):
        resample(noise(200_000), 1, 16_000)


def test_the_loudest_samples_raise_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resample(np.full(3000, np.finfo(np.float32).max, np.float32), 48_000, 16_000)
