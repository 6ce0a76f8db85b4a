"""Sound recordings in every format, and each way in which one cannot be used."""

import io
import math

import numpy as np
import pytest
from small_corpora import (
    HOP,
    RATE_HZ,
    WINDOW,
    Corpus,
    leftovers,
    line_of,
    matrix,
    noise,
    npy,
    stores,
)
from sounds import encoded

from dysarthria_lightning.data import building
from dysarthria_lightning.data.preparation import describe_problems
from dysarthria_lightning.errors import ConfigError

# --- Sound recordings ---------------------------------------------------------------------------


def test_every_format_and_rate_gives_the_frames_of_its_length(tmp_path, prepare):
    corpus = Corpus(tmp_path / "corpus")
    expected = {}
    kinds = [
        ("WAV", "PCM_U8", 1),
        ("WAV", "PCM_16", 2),
        ("WAV", "PCM_24", 1),
        ("WAV", "FLOAT", 1),
        ("WAV", "DOUBLE", 2),
        ("FLAC", "PCM_16", 1),
    ]
    for number, (format, subtype, channels) in enumerate(kinds):
        for rate_hz in (8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000):
            n = round(rate_hz * 0.15) + 37 * number
            name = f"{format}-{subtype}-{rate_hz}"
            samples = np.stack([noise(rate_hz + number + c, n) for c in range(channels)], axis=1)
            corpus.add(name, encoded(samples, rate_hz, format=format, subtype=subtype))
            n_resampled = math.ceil(n * RATE_HZ / rate_hz)
            expected[name] = (1 + (n_resampled - WINDOW) // HOP, rate_hz, n / rate_hz)
    recordings = prepare(corpus).recordings.set_index("recording_id").drop(["H.wav", "D.wav"])
    found = {
        name: (row.n_frames, row.sample_rate_hz, row.duration_s)
        for name, row in recordings.iterrows()
    }
    assert found.keys() == expected.keys()
    for name, (n_frames, rate_hz, duration_s) in expected.items():
        assert found[name][:2] == (n_frames, rate_hz), name
        # Resampling rounds up to whole samples.
        assert found[name][2] == pytest.approx(duration_s, abs=1 / RATE_HZ), name


def test_each_recording_s_frames_lie_where_the_index_says(tmp_path, prepare):
    corpus = Corpus(tmp_path / "corpus", "npy")
    matrices = {f"{n}.npy": matrix(n, 10 + n).astype("f4") for n in range(5)}
    for name, values in matrices.items():
        corpus.add(name, npy(values))
    store = prepare(corpus)
    assert list(store.recordings["recording_id"]) == sorted([*matrices, "D.npy", "H.npy"])
    for row in store.recordings.itertuples():
        if row.recording_id in matrices:
            np.testing.assert_array_equal(
                store.frames[row.offset : row.offset + row.n_frames], matrices[row.recording_id]
            )


def test_matrices_and_audio_stand_side_by_side(corpus, prepare):
    corpus.add("x.npy", npy(matrix(5)))
    recordings = prepare(corpus).recordings.set_index("recording_id")
    assert recordings.loc["x.npy", "n_frames"] == 20
    assert recordings.loc["x.npy", "duration_s"] == pytest.approx(0.2)
    assert recordings.loc["H.wav", "n_frames"] == 18


def test_metadata_come_from_the_table(corpus, prepare):
    corpus.add("x.wav", noise(9), "007", gender="f", age=61, syllable="nan", severity=2)
    row = prepare(corpus).recordings.set_index("recording_id").loc["x.wav"]
    assert (row.speaker_id, row.label, row.gender, row.age) == ("007", 1, "female", 61)
    assert (row.syllable, row.severity) == ("nan", 2)


def test_a_sound_corpus_has_no_problems(corpus, prepare):
    assert describe_problems(prepare(corpus)) == []


# --- Recordings that cannot be used -------------------------------------------------------------


def with_value(value: float) -> bytes:
    samples = noise(3)
    samples[5] = value
    return encoded(samples, subtype="FLOAT")


def filled(value: float) -> bytes:
    values = matrix(3)
    values[2, 2] = value
    return npy(values)


BAD = [
    ("empty.wav", b"", "the file is empty"),
    ("cut.wav", encoded(noise(3))[:2000], "truncated: the header promises 6444 bytes"),
    ("cut.flac", encoded(noise(3), format="FLAC")[:3000], "cannot be decoded"),
    ("text.wav", b"no audio, only words", "cannot be decoded as audio"),
    ("nan.wav", with_value(np.nan), "holds 1 samples that are NaN or infinite"),
    ("inf.wav", with_value(-np.inf), "holds 1 samples that are NaN or infinite"),
    ("zeros.wav", encoded(np.zeros(4000)), "is silent: every sample is zero"),
    ("short.wav", encoded(noise(3, 399)), "24.9 ms is shorter than one window of 25"),
    ("rate.wav", encoded(noise(3), 44_101), "44101 Hz cannot be converted to 16000"),
    ("columns.npy", npy(matrix(3, 20, 24)), "has 24 columns"),
    ("objects.npy", npy(np.array([[1, None]])), "holds Python objects"),
    ("inf.npy", filled(np.inf), "holds 1 values that are NaN or infinite"),
    ("flat.npy", npy(np.ones(25)), "expected (frames, coefficients), got (25,)"),
    ("complex.npy", npy(matrix(3) * 1j), "expected real numbers, got complex128"),
    ("text.npy", b"0.1,0.2", "is no .npy matrix of numbers"),
]


def test_bad_recordings_are_named_with_their_rows(tmp_path, corpus, refusal):
    for name, content, _ in BAD:
        corpus.add(name, content)
    message = refusal(corpus)
    assert f"{len(BAD)} of {len(BAD) + 2} recordings cannot be used" in message
    for row, (name, _, reason) in enumerate(BAD, start=4):
        line = line_of(message, name)
        assert f"{(corpus.folder / name).resolve()} (row {row}): " in line
        assert reason in line
    assert "data.on_bad_file=skip" in message
    assert leftovers(tmp_path) == []


def test_bad_recordings_are_left_out_and_listed(tmp_path, corpus, prepare):
    for name, content, _ in BAD:
        corpus.add(name, content)
    corpus.add("good.wav", noise(77))
    store = prepare(corpus, "data.on_bad_file=skip")
    assert set(store.recordings["recording_id"]) == {"H.wav", "D.wav", "good.wav"}
    (paragraph,) = describe_problems(store)
    assert f"{len(BAD)} of {len(BAD) + 3} recordings cannot be used and are left out" in paragraph
    for name, _, reason in BAD:
        assert reason in line_of(paragraph, name)
    assert np.isfinite(store.frames).all()
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("extension", ["wav", "npy"])
def test_a_bad_recording_does_not_change_the_others(tmp_path, prepare, extension):
    frames = []
    for folder in ("with", "without"):
        corpus = Corpus(tmp_path / folder, extension)
        if folder == "with":
            corpus.add(f"A.{extension}", b"")
        store = prepare(corpus, "data.on_bad_file=skip")
        rows = store.recordings.set_index("recording_id")
        row = rows.loc[f"H.{extension}"]
        frames.append(store.frames[row.offset : row.offset + row.n_frames])
    np.testing.assert_array_equal(*frames)


def test_what_one_command_skipped_the_next_still_refuses(corpus, prepare, refusal, monkeypatch):
    corpus.add("x.wav", b"")
    store = prepare(corpus, "data.on_bad_file=skip")
    monkeypatch.setattr(building, "build_store", None)
    assert "x.wav (row 4): the file is empty" in refusal(corpus, "data.on_bad_file=error")
    assert prepare(corpus, "data.on_bad_file=skip").key == store.key


def test_a_mended_recording_is_taken(corpus, prepare, refusal):
    corpus.add("x.wav", b"")
    refusal(corpus)
    (corpus.folder / "x.wav").write_bytes(encoded(noise(5)))
    assert len(prepare(corpus).recordings) == 3


def test_one_class_alone_in_the_table_is_refused(corpus, refusal):
    corpus.rows.pop(0)
    message = refusal(corpus)
    assert "mine.csv: every speaker is dysarthric" in message
    assert "both healthy and dysarthric speakers are needed" in message


def test_one_class_alone_after_skipping_is_refused(corpus, refusal):
    (corpus.folder / "H.wav").write_bytes(b"")
    message = refusal(corpus, "data.on_bad_file=skip")
    assert "only dysarthric ones can be used; both healthy and dysarthric" in message


@pytest.mark.parametrize("mode", ["error", "skip"])
@pytest.mark.parametrize("extension", ["wav", "npy"])
def test_a_corpus_without_one_sound_recording_is_refused(tmp_path, refusal, mode, extension):
    corpus = Corpus(tmp_path / "corpus", extension)
    for row in corpus.rows:
        (corpus.folder / row["path"]).write_bytes(b"")
    message = refusal(corpus, f"data.on_bad_file={mode}")
    assert "not one recording can be used" in message
    for row in corpus.rows:
        assert "the file is empty" in line_of(message, row["path"])
    assert stores(tmp_path) == []
    assert leftovers(tmp_path) == []


# --- Matrices only ------------------------------------------------------------------------------


def test_matrices_of_fewer_columns_than_asked_for(tmp_path, prepare, refusal):
    corpus = Corpus(tmp_path / "corpus", "npy", n_columns=12)
    message = refusal(corpus, "n_mfcc=13", error=ConfigError)
    assert "n_mfcc = 13: the corpus's feature matrices have 12 columns" in message
    assert prepare(corpus, "n_mfcc=12").n_columns == 12


def test_matrices_of_more_columns_than_mfccs_are_kept_whole(tmp_path, prepare):
    corpus = Corpus(tmp_path / "corpus", "npy", n_columns=39)
    assert prepare(corpus).frames.shape == (40, 39)


HUGE = b"(" + b"9" * 13 + b", 25), }"


#: Matrices that say nothing of how many columns are right, before those that do.
FIRST = {
    "empty": b"",
    "text": b"text",
    "one number": npy(np.array(1.5)),
    "one dimension": npy(np.ones(25)),
    "no frames": npy(np.ones((0, 25))),
    "no coefficients": npy(np.ones((9, 0))),
    "cut": npy(np.ones((9, 25)))[:300],
    "objects": npy(np.array([[None]])),
    "garbled": npy(np.ones((9, 25))).replace(b"(9, 25), }", b"(9, 25 ( }"),
    "huge": npy(np.ones((9, 25))).replace(b"(9, 25), }" + b" " * 12, HUGE),
}


def test_bad_first_matrices_are_named(tmp_path, refusal):
    corpus = Corpus(tmp_path / "corpus", "npy")
    for name, content in FIRST.items():
        corpus.add(f"A {name}.npy", content)
    message = refusal(corpus)
    assert "10 of 12 recordings cannot be used" in message
    for row, name in enumerate(FIRST, start=4):
        assert f"A {name}.npy (row {row})" in message


def test_most_matrices_decide_how_many_columns_are_right(tmp_path, refusal):
    corpus = Corpus(tmp_path / "corpus", "npy")
    corpus.add("A.npy", npy(matrix(5, 20, 12)))
    message = refusal(corpus)
    assert "1 of 3 recordings cannot be used" in message
    assert "has 12 columns" in line_of(message, "A.npy")


@pytest.mark.parametrize("share", [1.0, 0.3], ids=["whole", "cut"])
def test_an_archive_in_place_of_a_matrix_is_named(tmp_path, refusal, share):
    archive = io.BytesIO()
    np.savez(archive, frames=matrix(5))
    corpus = Corpus(tmp_path / "corpus", "npy")
    corpus.add("A.npy", archive.getvalue()[: int(share * archive.tell())])
    message = refusal(corpus)
    assert "1 of 3 recordings cannot be used" in message
    assert "A.npy (row 4)" in message
