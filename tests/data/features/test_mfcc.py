"""MFCCs against torchaudio on each clip alone, and frame counts against the formula."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import torchaudio
from hypothesis import given, settings
from hypothesis import strategies as st

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.audio import UnusableRecordingError
from dysarthria_lightning.data.features.mfcc import MFCCFeatures
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.resampling import resample

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
    clips = [torch.randn(4000)]
    few, many = (MFCCFeatures(**PARAMETERS).frame_extractor(n)(clips)[0] for n in (13, 25))
    assert few.shape[1] == 13
    np.testing.assert_allclose(few, many[:, :13], atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(
    lengths=st.lists(st.integers(400, 3000), min_size=1, max_size=5),
    level=st.sampled_from([1e-4, 0.1, 1.0]),
)
def test_a_batch_gives_each_clip_its_own_coefficients(lengths: list[int], level: float) -> None:
    generator = torch.Generator().manual_seed(sum(lengths))
    extract = MFCCFeatures(**PARAMETERS).frame_extractor(25)
    clips = [level**n * torch.randn(k, generator=generator) for n, k in enumerate(lengths)]
    for clip, coefficients in zip(clips, extract(clips), strict=True):
        np.testing.assert_allclose(coefficients, reference(clip), atol=1e-4)


@pytest.mark.parametrize(
    ("n_samples", "n_frames"), [(399, 0), (400, 1), (559, 1), (560, 2), (16_000, 98)]
)
def test_frames_count_whole_windows_only(n_samples: int, n_frames: int) -> None:
    assert MFCCFeatures(**PARAMETERS).n_frames(n_samples) == n_frames


def test_resampling_keeps_a_tone_and_its_length() -> None:
    time_s = np.arange(44_100) / 44_100
    clip = resample(np.sin(2 * np.pi * 440 * time_s).astype(np.float32), 44_100, 16_000)
    expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    assert len(clip) == 16_000
    np.testing.assert_allclose(clip.numpy()[200:-200], expected[200:-200], atol=0.01)


def test_a_rate_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(UnusableRecordingError, match="44101 Hz cannot be converted to 16000 Hz"):
        resample(np.zeros(10, np.float32), 44_101, 16_000)
