"""A small corpus of tones, and configurations as the command line composes them."""

import gc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from configurations import compose_config, compose_tone_config
from curves import no_curves
from hypothesis import settings
from threadpoolctl import threadpool_limits

from dysarthria_lightning.config import Config

SAMPLE_RATE_HZ = 16_000

# Two busy cores and pandas now and then take longer than Hypothesis likes.
settings.register_profile("quiet", deadline=None, max_examples=30)
settings.load_profile("quiet")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Have the garbage collector leave alone what is imported; it would look at it often.

    And have products, of matrices as small as they are here, computed by one thread: a second one
    would mostly wait, which takes as much of the processor.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
        threadpool_limits(1)


def tone(seed: int, duration_s: float = 0.2, rate_hz: int = SAMPLE_RATE_HZ) -> np.ndarray:
    """A tone of random pitch with some noise, (n_samples,) float32."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    wave = 0.3 * np.sin(2 * np.pi * rng.uniform(100, 1000) * time_s)
    return (wave + 0.02 * rng.standard_normal(len(time_s))).astype(np.float32)


@pytest.fixture(scope="session")
def tone_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 12 speakers with 4 recordings each of 0.15 to 0.3 s; every other is dysarthric."""
    folder = tmp_path_factory.mktemp("tones")
    rows = []
    for speaker in range(12):
        for number in range(4):
            seed = 100 * speaker + number
            path = folder / f"S{speaker:02d}_{number}.wav"
            soundfile.write(path, tone(seed, 0.15 + (seed % 16) / 100), SAMPLE_RATE_HZ)
            rows.append(
                {
                    "path": path.name,
                    "speaker_id": f"S{speaker:02d}",
                    "label": speaker % 2,
                    "gender": ("female", "male")[speaker // 2 % 2],
                    "age": 40 + speaker,
                    "syllable_type": ("monophthong", "compound_vowel", "consonant_a")[number % 3],
                }
            )
    table = folder / "tones.csv"
    pd.DataFrame(rows).to_csv(table, index=False)
    return table


@pytest.fixture
def without_curves() -> Iterator[None]:
    """Draw no curves for TensorBoard: that takes longer than training on tones does."""
    with no_curves():
        yield


@pytest.fixture
def make_config(tmp_path: Path) -> Callable[..., Config]:
    """Compose and check a configuration; outputs go to a temporary folder."""
    return partial(compose_config, tmp_path / "outputs")


@pytest.fixture
def tone_config(tmp_path: Path, tone_corpus: Path) -> Callable[..., Config]:
    """Compose a configuration for the corpus of tones; outputs go to a temporary folder."""
    return partial(compose_tone_config, tmp_path / "outputs", tone_corpus)
