"""The corpus that users get: of the paper's shape, and only the voice gives the label away."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from test_generate import manifest
from test_recordings import Clips, Written, auroc, edges, loudness_floor_and_duration

from dysarthria_lightning.data.synthetic import SyntheticParameters, generate_corpus
from dysarthria_lightning.data.synthetic.population import population

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def default_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate_corpus(SyntheticParameters(), tmp_path_factory.mktemp("default"), workers=1)


def test_the_default_corpus_has_the_papers_shape(default_corpus: Path) -> None:
    rows = manifest(default_corpus)
    assert Counter((row["label"], row["gender"]) for row in rows) == {
        ("1", "female"): 1001,
        ("1", "male"): 1792,
        ("0", "female"): 1600,
        ("0", "male"): 1605,
    }
    types = Counter(row["syllable_type"] for row in rows)
    assert types["monophthong"] == pytest.approx(2799, abs=60)
    assert types["compound_vowel"] == pytest.approx(1644, abs=60)
    assert types["consonant_a"] == pytest.approx(1555, abs=60)
    frames = np.array([(float(row["duration_s"]) * 16_000 - 400) // 160 + 1 for row in rows])
    assert frames.mean() == pytest.approx(50, abs=2)
    assert frames.std() == pytest.approx(12, abs=1.5)
    assert frames.min() >= 9
    assert frames.max() <= 98


@pytest.fixture(scope="module")
def default(default_corpus: Path) -> Clips:
    return [
        (speaker, Written(soundfile.read(path, dtype="float32")[0]))
        for speaker in population(SyntheticParameters())
        for path in sorted((default_corpus / speaker.speaker_id).glob("*.flac"))
    ]


def test_what_surrounds_its_syllables_does_not_tell_the_label(default: Clips) -> None:
    assert auroc(loudness_floor_and_duration(default), default) < 0.6
    assert auroc(edges(default), default) < 0.6


def scalars(samples: NDArray[np.float32]) -> dict[str, float]:
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


def test_no_single_number_tells_its_patients(default: Clips) -> None:
    """Each cue is a speaker's mean, or SD, over the speaker's clips; either direction counts.

    With 31 and 38 speakers chance alone has a standard deviation of 0.07 about 0.5.
    """
    cues = pd.DataFrame([scalars(clip.samples) for _, clip in default])
    speakers = cues.groupby([speaker.index for speaker, _ in default])
    mean, spread = speakers.mean(), speakers.std()[["duration", "spectral centroid"]]
    table = mean.join(spread.add_prefix("SD of "))
    labels = [speaker.label for speaker in population(SyntheticParameters())]
    found = {name: roc_auc_score(labels, values) for name, values in table.items()}
    telling = {name: round(float(a), 3) for name, a in found.items() if max(a, 1 - a) > 0.65}
    assert not telling
