"""Whether a recording holds a sound, and which of its channels are taken."""

import numpy as np
import pytest
from containers import voice
from small_corpora import Corpus
from sounds import encoded

from dysarthria_lightning.data.audio import UnusableRecordingError, read_audio
from dysarthria_lightning.data.preparation import describe_problems


def dither(seed: int, n: int = 4000) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1, 2, n) / 2**15


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (encoded(np.full(4000, 0.1)), "is silent: every sample has the same value"),
        (encoded(dither(1)), "is silent: -9[0-9] dB of full scale"),
        (encoded(0.2 + dither(1)), "is silent: -9[0-9] dB"),
        (encoded(np.stack([dither(1), dither(2)], axis=1)), "is silent"),
        (encoded(voice() * 1e-5, subtype="FLOAT"), "is silent: -1[0-9][0-9] dB"),
        (encoded(np.round(voice() * 2**15), subtype="FLOAT"), "16-bit integers stored as floats"),
    ],
    ids=["constant", "muted", "offset", "two channels", "100 dB down", "integers"],
)
def test_what_holds_no_usable_sound_is_refused_with_the_level(tmp_path, content, expected):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(UnusableRecordingError, match=expected):
        read_audio(path)


def other() -> np.ndarray:
    return 0.2 * np.sign(np.sin(np.arange(4000) / 7))


@pytest.mark.parametrize(
    ("channels", "taken", "remark"),
    [
        ([voice(), voice() * 0.8], voice() * 0.9, None),
        ([voice(), -voice() + dither(1)], voice(), "each other's negative"),
        ([0 * voice(), voice()], voice(), "hold no sound"),
        ([dither(1), voice(), *map(dither, range(2, 7))], voice(), "hold no sound"),
        ([voice(), voice() / 100], voice(), "hold no sound"),
        ([voice(), other()], (voice() + other()) / 2, "data.channel"),
    ],
    ids=["alike", "opposite", "dead left", "one of seven", "crosstalk", "another source"],
)
def test_the_voice_is_neither_cancelled_nor_halved(tmp_path, channels, taken, remark):
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(np.stack(channels, axis=1)))
    audio = read_audio(path)
    np.testing.assert_allclose(audio.samples, taken, atol=2**-13)
    assert [remark in what for what, _ in audio.remarks if remark] == ([True] if remark else [])
    assert bool(audio.remarks) == bool(remark)


def test_a_channel_can_be_chosen(tmp_path, prepare, refusal):
    corpus = Corpus(tmp_path / "corpus")
    corpus.add("x.wav", encoded(np.stack([voice(), other()], axis=1)))
    averaged = prepare(corpus)
    (paragraph,) = describe_problems(averaged)
    assert "data.channel=1" in paragraph
    assert "x.wav: correlation" in paragraph
    chosen = prepare(corpus, "data.channel=2")
    assert chosen.key != averaged.key
    # Which channel of several a number chooses says nothing of recordings with one.
    (paragraph,) = describe_problems(chosen)
    assert "data.channel asks for another (2 of 3 recordings)" in paragraph
    assert describe_problems(prepare(corpus, "data.channel=1")) == []
    assert "x.wav (row 4): has 2 channels, no channel 3" in refusal(corpus, "data.channel=3")
