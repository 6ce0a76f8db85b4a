"""The corpus that users get: of the paper's shape, and only the voice gives the label away."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from test_cues import scalars, telling
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


def test_no_single_number_tells_its_patients(default: Clips) -> None:
    """Each cue is a speaker's mean, or SD, over the speaker's clips; either direction counts.

    With 31 and 38 speakers chance alone has a standard deviation of 0.07 about 0.5.
    """
    cues = pd.DataFrame([scalars(clip.samples) for _, clip in default])
    labels = [speaker.label for speaker in population(SyntheticParameters())]
    assert not telling(cues, [speaker.index for speaker, _ in default], labels)
