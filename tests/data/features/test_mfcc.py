"""MFCCs against torchaudio on each clip alone, and frame counts against the formula."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import torchaudio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.features.mfcc import MFCCFeatures
from dysarthria_lightning.data.preparation import prepare_corpus

PARAMETERS = {
    "kind": "mfcc",
    "sample_rate_hz": 16_000,
    "window_s": 0.025,
    "hop_s": 0.01,
    "n_mels": 40,
    "f_min_hz": 0.0,
    "f_max_hz": None,
    "n_stored": 25,
}


def reference(clip: torch.Tensor) -> np.ndarray:
    """One clip by itself, as torchaudio's users would do it; (frames, coefficients)."""
    transform = torchaudio.transforms.MFCC(
        16_000,
        25,
        log_mels=True,
        melkwargs={"n_fft": 400, "hop_length": 160, "n_mels": 40, "center": False},
    )
    return transform(clip).T.numpy()


def test_the_store_holds_what_torchaudio_gives_for_each_clip(
    tone_config: Callable[..., Config], tone_corpus: Path
) -> None:
    store = prepare_corpus(tone_config())
    assert len(store.recordings) == 48
    for row in store.recordings.itertuples():
        samples, _ = soundfile.read(tone_corpus.parent / row.recording_id, dtype="float32")
        expected = reference(torch.from_numpy(samples))
        stored = store.frames[row.offset : row.offset + row.n_frames]
        assert row.n_frames == 1 + (len(samples) - 400) // 160
        np.testing.assert_allclose(stored, expected, atol=1e-4)


def test_fewer_coefficients_are_the_first_of_more() -> None:
    clip = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    few, many = (MFCCFeatures(**PARAMETERS).frame_extractor(n)(clip) for n in (13, 25))
    assert few.shape[1] == 13
    np.testing.assert_allclose(few, many[:, :13], atol=1e-4)


@settings(max_examples=60)
@given(
    window=st.integers(2, 600),
    hop=st.integers(1, 400),
    n_mels=st.integers(1, 50),
    n_more=st.integers(0, 5000),
    level=st.sampled_from([1e-4, 0.1, 1.0]),
    from_hz=st.sampled_from([0.0, 300.0]),
    to_hz=st.sampled_from([None, 7000.0]),
)
# Many pieces, the last of one frame.
@example(window=400, hop=160, n_mels=40, n_more=160 * 500, level=0.1, from_hz=0.0, to_hz=None)
def test_any_settings_give_torchaudios_coefficients(
    window: int,
    hop: int,
    n_mels: int,
    n_more: int,
    level: float,
    from_hz: float,
    to_hz: float | None,
) -> None:
    spectrum = {"n_mels": n_mels, "f_min": from_hz, "f_max": to_hz}
    clip = level * torch.randn(window + n_more, generator=torch.Generator().manual_seed(n_more))
    features = MFCCFeatures(
        **PARAMETERS
        | {"window_s": window / 16_000, "hop_s": hop / 16_000, "n_mels": n_mels}
        | {"f_min_hz": from_hz, "f_max_hz": to_hz, "n_stored": 1}
    )
    with warnings.catch_warnings():
        # Of filters so narrow that they lie between two lines of the spectrum; both say so.
        warnings.simplefilter("ignore")
        transform = torchaudio.transforms.MFCC(
            16_000,
            n_mels,
            log_mels=True,
            melkwargs={"n_fft": window, "hop_length": hop, "center": False} | spectrum,
        )
        frames = features.extract(clip.numpy(), 16_000, n_mels)
    np.testing.assert_allclose(frames, transform(clip).T.numpy(), rtol=1e-4, atol=3e-4)


@pytest.mark.parametrize(
    ("n_samples", "n_frames"), [(399, 0), (400, 1), (559, 1), (560, 2), (16_000, 98)]
)
def test_frames_count_whole_windows_only(n_samples: int, n_frames: int) -> None:
    assert MFCCFeatures(**PARAMETERS).n_frames(n_samples) == n_frames
