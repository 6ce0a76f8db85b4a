"""Duplicates, lengths and segments: which instances a corpus comes to."""

import numpy as np
import pytest
from small_corpora import HOP, RATE_HZ, WINDOW, Corpus, line_of, matrix, noise, npy, stores
from sounds import encoded

from dysarthria_lightning.data.preparation import describe_problems
from dysarthria_lightning.data.store import FeatureStore

# --- Duplicates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(encoded(noise(5)), id="same bytes"),
        pytest.param(encoded(noise(5), format="FLAC"), id="flac"),
        pytest.param(encoded(noise(5), subtype="PCM_24"), id="24 bit"),
        pytest.param(encoded(noise(5), subtype="FLOAT"), id="float"),
        pytest.param(encoded(np.stack([noise(5)] * 2, axis=1)), id="stereo"),
    ],
)
def test_the_same_audio_of_two_speakers_is_refused(corpus, prepare, refusal, again):
    corpus.add("x.wav", noise(5), "X", 1)
    corpus.add("y.wav", again, "Y", 0)
    message = refusal(corpus)
    assert "2 of 4 recordings cannot be used" in message
    assert "(row 4): of speaker X, and the same audio as y.wav (speaker Y, row 5)" in message
    assert "(row 5): of speaker Y, and the same audio as x.wav (speaker X, row 4)" in message
    store = prepare(corpus, "data.on_bad_file=skip")
    assert set(store.recordings["recording_id"]) == {"H.wav", "D.wav"}


def test_the_same_matrix_of_two_speakers_is_refused(tmp_path, refusal):
    corpus = Corpus(tmp_path / "corpus", "npy")
    corpus.add("x.npy", npy(matrix(5).astype("f4")), "X")
    corpus.add("y.npy", npy(matrix(5).astype("f4").astype("f8")), "Y")
    assert "(row 4): of speaker X, and the same audio as y.npy (speaker Y" in refusal(corpus)


def test_all_recordings_of_shared_audio_are_left_out(corpus, prepare):
    for name, speaker in (("x1", "X"), ("x2", "X"), ("y", "Y")):
        corpus.add(f"{name}.wav", noise(5), speaker)
    store = prepare(corpus, "data.on_bad_file=skip")
    assert set(store.recordings["recording_id"]) == {"H.wav", "D.wav"}
    (paragraph,) = describe_problems(store)
    assert "y.wav (speaker Y)" in line_of(paragraph, "x1.wav")
    assert "x1.wav (speaker X), x2.wav (speaker X)" in line_of(paragraph, "y.wav")


def test_a_speaker_s_own_duplicate_is_noted_only(corpus, prepare):
    corpus.add("x1.wav", noise(5))
    corpus.add("x2.wav", encoded(noise(5), format="FLAC"))
    store = prepare(corpus)
    assert {"x1.wav", "x2.wav"} <= set(store.recordings["recording_id"])
    (paragraph,) = describe_problems(store)
    assert "x1.wav = x2.wav" in paragraph
    assert "same audio more than once; it counts as often" in paragraph


@pytest.fixture
def with_copies(corpus):
    """A speaker two of whose recordings are one; rows are in another order than ids."""
    corpus.add("x3.wav", noise(4))
    corpus.add("x2.wav", noise(5))
    corpus.add("x1.wav", encoded(noise(5), format="FLAC"))
    return corpus


def test_copies_inside_one_speaker_are_refused_where_none_are_wanted(with_copies, prepare, refusal):
    message = refusal(with_copies, "data.on_duplicate=error")
    assert "speaker X: x2.wav (row 5) = x1.wav (row 6)" in message
    assert "data.on_duplicate=keep_first" in message
    with_copies.rows.pop()
    assert len(prepare(with_copies, "data.on_duplicate=error").recordings) == 4


def test_the_first_of_copies_is_kept_in_a_store_of_its_own(with_copies, prepare, configure):
    counted = prepare(with_copies)
    kept = prepare(with_copies, "data.on_duplicate=keep_first", "data.segment_s=0.1")
    assert set(kept.recordings["source_id"]) == {"H.wav", "D.wav", "x2.wav", "x3.wav"}
    (paragraph,) = describe_problems(kept)
    assert "the first counts and the others are left out" in paragraph
    assert "x2.wav = x1.wav" in paragraph
    again = prepare(with_copies)
    assert again.key == counted.key
    assert {"x1.wav", "x2.wav"} <= set(again.recordings["recording_id"])


def test_only_what_leaves_copies_out_is_a_setting_of_a_run(corpus, configure):
    settings = {
        mode: configure(corpus, f"data.on_duplicate={mode}").data.settings()
        for mode in ("count", "error", "keep_first")
    }
    assert settings["count"] == settings["error"]
    assert settings["keep_first"] == settings["count"] | {"on_duplicate": "keep_first"}


def test_two_recordings_alone_that_are_one_are_refused(corpus, refusal):
    (corpus.folder / "H.wav").write_bytes((corpus.folder / "D.wav").read_bytes())
    message = refusal(corpus)
    assert "(row 2): of speaker H, and the same audio as D.wav (speaker D, row 3)" in message


def test_almost_the_same_audio_is_no_duplicate(corpus, prepare):
    samples = noise(5)
    corpus.add("x.wav", samples, "X")
    samples[0] += 2**-15
    corpus.add("y.wav", samples, "Y")
    assert describe_problems(prepare(corpus)) == []


# --- Lengths and segments -----------------------------------------------------------------------


def test_recordings_of_the_maximum_or_more_are_left_out_and_counted(corpus, prepare):
    for name, n in (("below", 7999), ("at", 8000), ("above", 8001)):
        corpus.add(f"{name}.wav", noise(n, n))
    corpus.add("long.npy", npy(matrix(5, 50)))
    corpus.add("short.npy", npy(matrix(6, 49)))
    store = prepare(corpus, "data.max_duration_s=0.5")
    assert set(store.recordings["recording_id"]) == {"H.wav", "D.wav", "below.wav", "short.npy"}
    (paragraph,) = describe_problems(store)
    assert "3 recordings of 0.5 s or more left out" in paragraph
    for name in ("at.wav", "above.wav", "long.npy"):
        assert name in paragraph
    assert "below" not in paragraph


def test_a_maximum_that_leaves_nothing_says_so(tmp_path, corpus, refusal):
    message = refusal(corpus, "data.max_duration_s=0.1")
    assert "max_duration_s" in message
    assert stores(tmp_path) == []


def segments(store: FeatureStore, source: str) -> list[tuple[str, float, float, int]]:
    rows = store.recordings[store.recordings["source_id"] == source]
    return [
        (row.recording_id, round(row.start_s, 6), round(row.duration_s, 6), row.n_frames)
        for row in rows.itertuples()
    ]


def test_long_recordings_are_cut_and_their_remainder_is_dropped(corpus, prepare):
    corpus.add("x.wav", noise(5, 27_000))
    found = segments(prepare(corpus, "data.segment_s=0.5"), "x.wav")
    assert found == [(f"x.wav#{n}", n / 2, 0.5, 48) for n in range(3)]


@pytest.mark.parametrize("n", [4000, 8000])
def test_a_recording_of_one_segment_or_less_stays_whole(corpus, prepare, n):
    corpus.add("x.wav", noise(5, n))
    (found,) = segments(prepare(corpus, "data.segment_s=0.5"), "x.wav")
    assert found == ("x.wav#0", 0, n / RATE_HZ, 1 + (n - WINDOW) // HOP)


def test_a_segment_has_the_frames_of_the_same_samples_alone(corpus, prepare):
    samples = noise(5, 16_000)
    corpus.add("x.wav", samples)
    corpus.add("half.wav", samples[8000:])
    store = prepare(corpus, "data.segment_s=0.5")
    rows = store.recordings.set_index("recording_id")
    cut, alone = (
        store.frames[row.offset : row.offset + row.n_frames]
        for row in (rows.loc["x.wav#1"], rows.loc["half.wav#0"])
    )
    np.testing.assert_allclose(cut, alone, atol=1e-4)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_a_segment_of_digital_silence_is_dropped(corpus, prepare, rate_hz):
    half = rate_hz // 2
    samples = np.concatenate([noise(5, half), np.zeros(half), noise(6, half)])
    corpus.add("x.wav", encoded(samples, rate_hz))
    store = prepare(corpus, "data.segment_s=0.5")
    assert [start_s for _, start_s, _, _ in segments(store, "x.wav")] == [0, 1]
    (paragraph,) = describe_problems(store)
    assert "Segments of digital silence left out" in paragraph
    assert "x.wav: 1" in paragraph


def test_a_recording_whose_every_segment_is_silent_is_reported(corpus, refusal):
    corpus.add("x.wav", np.concatenate([np.zeros(8000), noise(5, 2000)]))
    message = refusal(corpus, "data.segment_s=0.5")
    assert "x.wav (row 4)" in message
    assert "silent" in message


def test_matrices_are_cut_by_frames(tmp_path, prepare):
    corpus = Corpus(tmp_path / "corpus", "npy")
    corpus.add("x.npy", npy(matrix(5, 100)))
    found = segments(prepare(corpus, "data.segment_s=0.5"), "x.npy")
    assert [(start_s, n_frames) for _, start_s, _, n_frames in found] == [(0, 48), (0.48, 48)]
