"""What is measured of a recording, against signals whose properties are known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from configurations import compose_config
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from spoken_corpora import RATE_HZ, clip

from dysarthria_lightning.auditing import metadata
from dysarthria_lightning.auditing.changes import MoreNoise, Tilt
from dysarthria_lightning.auditing.level import measure_level
from dysarthria_lightning.auditing.measuring import Measurer
from dysarthria_lightning.auditing.metadata import measure_file
from dysarthria_lightning.auditing.nonspeech import (
    LEAST_DB,
    find_voice,
    frame_levels_db,
    mean_frames,
    nonspeech_frames,
)

WINDOW, HOP = 400, 160
NOTHING = np.zeros(0, np.float32)


def levels_of(samples: np.ndarray) -> np.ndarray:
    return frame_levels_db(samples.astype(np.float32), WINDOW, HOP)


@given(n_samples=st.integers(WINDOW, 3000), seed=st.integers(0, 100))
def test_frame_levels_are_those_of_a_loop(n_samples: int, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(0, 0.1, n_samples).astype(np.float32)
    expected = [
        10 * np.log10(np.mean(np.square(samples[start : start + WINDOW], dtype=np.float64)))
        for start in range(0, n_samples - WINDOW + 1, HOP)
    ]
    np.testing.assert_allclose(levels_of(samples), expected, atol=1e-6)


def test_digital_silence_has_the_lowest_level() -> None:
    np.testing.assert_allclose(levels_of(np.zeros(800)), LEAST_DB)


def test_the_voice_is_found_where_it_was_put() -> None:
    samples = clip(np.random.default_rng(0))
    levels = levels_of(samples)
    voice = find_voice(levels)
    assert voice is not None
    first_s, last_s = voice.first * HOP / RATE_HZ, (voice.last * HOP + WINDOW) / RATE_HZ
    n_voice_s = len(samples) / RATE_HZ - 0.5
    assert 0.22 <= first_s <= 0.28
    assert 0.25 + n_voice_s - 0.03 <= last_s <= 0.25 + n_voice_s + 0.03
    quiet = nonspeech_frames(voice, len(levels))
    assert quiet.min() == 0
    assert quiet.max() == len(levels) - 1
    # What is called quiet is: nothing of the voice, whose edges are soft, is left in it.
    assert levels[quiet].max() < -58
    assert not np.isin(np.arange(voice.first - 5, voice.last + 6), quiet).any()


def test_without_anything_above_the_noise_there_is_no_voice() -> None:
    assert find_voice(levels_of(np.random.default_rng(0).normal(0, 0.01, 16_000))) is None


def test_too_few_quiet_frames_are_none() -> None:
    levels = np.full(30, -20.0)
    levels[:7] = -60
    voice = find_voice(levels)
    assert voice is not None
    assert len(nonspeech_frames(voice, 30)) == 0  # two are left beside the guard
    levels[7] = -60
    voice = find_voice(levels)
    assert voice is not None
    assert nonspeech_frames(voice, 30).tolist() == [0, 1, 2]


def test_a_clip_that_begins_with_the_voice_has_no_silence_however_it_fades() -> None:
    time_s = np.arange(16_000) / RATE_HZ
    fading = 0.3 * np.sin(2 * np.pi * 150 * time_s) * 10 ** (-2 * time_s)
    assert find_voice(levels_of(fading)) is None


def test_speakers_are_averaged_over_equally_many_frames() -> None:
    frames = np.arange(100, dtype=np.float32)[:, None]
    spans = [[(0, 10), (10, 50)], [(50, 69)], [(69, 75), (75, 100)], []]
    means, length = mean_frames(frames, spans)
    assert length == 31
    assert means[0, 0] == np.arange(31).mean()
    assert means[2, 0] == np.arange(69, 100).mean()
    assert np.isnan(means[[1, 3]]).all()
    fewer, length = mean_frames(frames, spans, 22)
    assert length == 22
    assert fewer[2, 0] == np.arange(69, 91).mean()


def level_of(samples: np.ndarray, rate_hz: int = RATE_HZ, noise: np.ndarray = NOTHING) -> dict:
    samples = samples.astype(np.float32)
    levels = frame_levels_db(samples, rate_hz // 40, rate_hz // 100)
    return measure_level(samples, rate_hz, levels, noise.astype(np.float32))


def test_a_sine_has_the_level_peak_and_crest_of_a_sine() -> None:
    samples = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ) / RATE_HZ) + 0.2
    measured = level_of(samples)
    assert measured["rms_db"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.01)
    assert measured["peak_db"] == pytest.approx(20 * np.log10(0.5), abs=0.01)
    assert measured["crest_db"] == pytest.approx(3.01, abs=0.02)
    assert measured["all_below_80_hz_db"] < -50


def test_energy_is_found_in_its_band() -> None:
    time_s = np.arange(44_100) / 44_100
    low, high = np.sin(2 * np.pi * 50 * time_s), np.sin(2 * np.pi * 10_000 * time_s)
    measured = level_of(low + high, 44_100)
    assert measured["all_below_80_hz_db"] == pytest.approx(-3.01, abs=0.2)
    assert measured["all_above_8_khz_db"] == pytest.approx(-3.01, abs=0.2)
    # At 16 kHz there is nothing above 8 kHz.
    assert (
        level_of(np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000))["all_above_8_khz_db"]
        == LEAST_DB
    )


def test_the_noise_has_its_own_spectrum() -> None:
    rng = np.random.default_rng(0)
    white = rng.normal(size=16_000)
    measured = level_of(clip(rng), noise=white)
    # White noise: 3 dB more in each octave; the one about 4 kHz is 2 828 to 5 657 of 8 000 Hz.
    assert measured["noise_4000_hz_db"] == pytest.approx(10 * np.log10(2828 / 8000), abs=0.3)
    assert measured["noise_2000_hz_db"] - measured["noise_1000_hz_db"] == pytest.approx(3, abs=0.6)
    assert measured["noise_below_80_hz_db"] == pytest.approx(10 * np.log10(80 / 8000), abs=1)
    assert np.isnan(level_of(clip(rng))["noise_4000_hz_db"])
    assert np.isnan(level_of(clip(rng))["noise_below_80_hz_db"])


def file_of(folder: Path, samples: np.ndarray, rate_hz: int = RATE_HZ, **options: str) -> dict:
    path = folder / "a.wav"
    soundfile.write(path, samples, rate_hz, **options)
    return measure_file(path)


def test_files_say_what_they_are(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (8000, 2))
    samples[:, 1] = 0
    measured = file_of(tmp_path, samples, 8000, subtype="PCM_24")
    assert measured["sample_rate_khz"] == 8
    assert measured["bit_depth"] == 24
    assert measured["channels"] == 2
    assert measured["quietest_channel_db"] == -90
    assert measured["bytes_per_sample"] == pytest.approx(3, abs=0.01)
    assert measured["zeros"] == pytest.approx(0.5, abs=1e-3)
    assert measured["codec"] == "WAV PCM_24"


def test_an_offset_and_clipping_are_measured(tmp_path: Path) -> None:
    samples = np.clip(np.sin(np.arange(16_000) / 20), -0.7, 0.7) + 0.1
    measured = file_of(tmp_path, samples)
    assert measured["offset"] == pytest.approx(0.1, abs=2e-3)
    # Where the sine is beyond 0.7: half the time, also below full scale.
    assert measured["clipped"] == pytest.approx(0.506, abs=0.01)
    unclipped = file_of(tmp_path, np.random.default_rng(0).uniform(-0.5, 0.5, 16_000))
    assert unclipped["clipped"] == 0


def test_files_are_measured_by_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    samples = np.clip(rng.normal(0, 0.5, (30_000, 2)), -0.9, [0.8, 0.3])
    samples[100:200] = 0
    whole = file_of(tmp_path, samples, subtype="FLOAT")
    monkeypatch.setattr(metadata, "_BLOCK_VALUES", 2_000)
    in_pieces = measure_file(tmp_path / "a.wav")
    clipped, in_pieces_clipped = whole.pop("clipped"), in_pieces.pop("clipped")
    assert in_pieces == {
        key: pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
        for key, value in whole.items()
    }
    assert in_pieces_clipped == pytest.approx(clipped, rel=0.05)  # a run may be cut in two


@pytest.mark.parametrize(
    ("n_samples", "rate_hz"), [(1100, 44_100), (1101, 44_100), (550, 22_050), (4799, 192_000)]
)
def test_recordings_of_about_a_window_are_measured(
    tmp_path: Path, n_samples: int, rate_hz: int
) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, n_samples), rate_hz)
    features = compose_config(tmp_path).features
    measured = Measurer(features, features.frame_extractor(13))(str(path))
    assert measured.nonspeech.shape == (0, 13)
    numbers = [
        it for key, it in measured.cues.items() if isinstance(it, float) and "noise" not in key
    ]
    assert np.isfinite(numbers).all()


def test_long_recordings_are_changed_a_minute_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.01, 61 * 1000), 1000)
    features = compose_config(tmp_path).features
    lengths = []

    class Remembering(Tilt):
        def __call__(self, samples: np.ndarray, *others: Any) -> np.ndarray:
            lengths.append(len(samples))
            return samples

    Measurer(features, features.frame_extractor(13), Remembering(1.0))(str(path))
    assert lengths == [60_000, 1_000]


@pytest.mark.parametrize("by_db", [1.0, 3.0, 6.0])
def test_more_noise_raises_the_floor_by_so_much(by_db: float) -> None:
    rng = np.random.default_rng(0)
    before = clip(rng).astype(np.float32)
    after = MoreNoise(by_db)(before, RATE_HZ, rng)
    floors = [np.percentile(levels_of(it), 5) for it in (before, after)]
    assert floors[1] - floors[0] == pytest.approx(by_db, abs=0.6)
    loudest = [levels_of(it).max() for it in (before, after)]
    assert loudest[1] == pytest.approx(loudest[0], abs=0.1)


def test_added_noise_has_the_colour_of_the_recordings_own() -> None:
    rng = np.random.default_rng(0)
    brown = 1e-3 * lfilter([1.0], [1.0, -0.9], rng.normal(size=32_000)).astype(np.float32)
    added = MoreNoise(6.0)(brown, RATE_HZ, rng) - brown
    shares = []
    for samples in (brown, added):
        power = np.abs(np.fft.rfft(samples)) ** 2
        shares.append(10 * np.log10(power[:4000].sum() / power[8000:].sum()))
    assert shares[1] == pytest.approx(shares[0], abs=3)


def test_a_tilt_is_a_slope_about_1_khz() -> None:
    time_s = np.arange(16_000) / 16_000
    gains = []
    for frequency in (500, 1000, 4000):
        sine = np.sin(2 * np.pi * frequency * time_s).astype(np.float32)
        tilted = Tilt(2.0)(sine, RATE_HZ, np.random.default_rng(0))
        gains.append(20 * np.log10(np.std(tilted) / np.std(sine)))
    np.testing.assert_allclose(gains, [-2, 0, 4], atol=0.05)
