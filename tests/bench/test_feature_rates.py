"""The ways to extract features give the same frames, and librosa's way the same coefficients."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.features import (
    REFERENCES,
    ROUNDS,
    check_same_frames,
    measure_features,
    summarise,
)
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.store import FeatureStore


@pytest.fixture
def extracted(
    tone_config: Callable[..., Config],
) -> tuple[FeatureStore, dict[str, list[np.ndarray]]]:
    config = tone_config()
    paths = [Path(path) for path in config.data.read(config.outputs_dir)["path"]]
    matrices = {
        name: [extract(path, config.features, config.features.n_stored) for path in paths]
        for name, extract in REFERENCES.items()
    }
    return prepare_corpus(config), matrices


@pytest.mark.slow  # librosa takes long to import
def test_all_ways_give_the_same_frames(
    extracted: tuple[FeatureStore, dict[str, list[np.ndarray]]],
) -> None:
    check_same_frames(*extracted)


@pytest.mark.slow
@pytest.mark.parametrize("way", list(REFERENCES))
def test_a_missing_frame_is_noticed(
    way: str, extracted: tuple[FeatureStore, dict[str, list[np.ndarray]]]
) -> None:
    store, matrices = extracted
    matrices[way][3] = matrices[way][3][:-1]
    with pytest.raises(RuntimeError, match=f"{way} does not give the same frames"):
        check_same_frames(store, matrices)


@pytest.mark.slow
@pytest.mark.parametrize("value", [np.nan, 1.0])
def test_other_coefficients_are_noticed(
    value: float, extracted: tuple[FeatureStore, dict[str, list[np.ndarray]]]
) -> None:
    store, matrices = extracted
    matrices["librosa"][5][2, 7] += value
    with pytest.raises(RuntimeError, match="librosa's coefficients differ from ours"):
        check_same_frames(store, matrices)


def test_rates_and_ratios_are_medians_over_rounds() -> None:
    seconds = {
        "ours": [1.0, 2.0, 4.0],
        "librosa": [3.0, 4.0, 4.0],
        "python_speech_features": [3.0, 6.0, 16.0],
    }
    assert [
        (one.what[:14], one.reference[:7], one.ours, one.theirs, one.ratio, one.reached)
        for one in summarise(seconds, 80, 16.0, 400)
    ] == [
        ("features 80, r", "librosa", 40.0, 20.0, 2.0, True),
        ("features 400, ", "librosa", 25.0, 20.0, 1.25, False),
        ("features 80, r", "python_", 40.0, 80 / 6, 3.0, True),
        ("features 400, ", "python_", 25.0, 80 / 6, 25 * 6 / 80, False),
    ]


@pytest.mark.slow  # it starts processes that import librosa
def test_measuring_tells_rates_and_steps(
    tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    steps: list[str] = []
    measured = measure_features(tone_config(), tmp_path, steps.append, sizes=(60, 100))
    assert len(steps) == ROUNDS + 2
    assert [one.reference for one in measured[::2]] == list(REFERENCES)
    assert [one.what.split()[1] for one in measured] == ["60,", "100,"] * 2
    assert all(one.ours > 0 and one.theirs > 0 and one.ratio > 0 for one in measured)
