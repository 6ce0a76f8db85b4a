"""Recordings that are parts of longer files."""

import hashlib

import numpy as np
import pytest
from small_corpora import RATE_HZ, encoded, noise

from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.data.preparation import corpus_key
from dysarthria_lightning.errors import CorpusError


@pytest.fixture
def talk(corpus) -> np.ndarray:
    """Half a second of two speakers in turn; their sound."""
    samples = noise(7, RATE_HZ // 2)
    corpus.add("talk.wav", samples, "P", 1, start=0.0, end=0.2)
    corpus.rows.append(corpus.rows[-1] | {"start": 0.2, "end": 0.3})
    corpus.rows.append(corpus.rows[-1] | {"speaker_id": "Q", "start": 0.3, "end": None})
    return samples


def test_each_row_is_a_recording_of_its_part_alone(corpus, prepare, talk):
    store = prepare(corpus)
    parts = {
        "talk.wav#0-0.2": talk[:3200],
        "talk.wav#0.2-0.3": talk[3200:4800],
        "talk.wav#0.3-": talk[4800:],
    }
    recordings = store.recordings.set_index("recording_id")
    assert set(recordings.index) == {"H.wav", "D.wav", *parts}
    for name, samples in parts.items():
        row = recordings.loc[name]
        assert row.source_duration_s == pytest.approx(len(samples) / RATE_HZ)
        digest = hashlib.blake2b(samples.astype(np.float32).data, digest_size=16).hexdigest()
        assert row.source_digest == digest
    assert recordings.loc["talk.wav#0.3-", "speaker_id"] == "Q"

    # As if each part were a file of its own.
    for name, samples in parts.items():
        (corpus.folder / f"{name}.wav").write_bytes(encoded(samples))
        row = next(row for row in corpus.rows if row["path"] == "talk.wav")
        row |= {"path": f"{name}.wav", "start": None, "end": None}
    apart = prepare(corpus)
    frames = {row.recording_id: row for row in apart.recordings.itertuples()}
    for name in parts:
        one, other = recordings.loc[name], frames[f"{name}.wav"]
        np.testing.assert_array_equal(
            store.frames[one.offset : one.offset + one.n_frames],
            apart.frames[other.offset : other.offset + other.n_frames],
        )


def test_the_store_depends_on_the_parts(corpus, configure, talk):
    keys = {corpus_key(configure(corpus))}
    for end in (0.25, 0.3):
        corpus.rows[2]["end"] = end
        corpus.rows[3]["start"] = end if end < 0.3 else 0.26
        keys.add(corpus_key(configure(corpus)))
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"start": -1.0}, "row 5: start = -1: expected seconds"),
        ({"start": 0.2, "end": 0.2}, "row 5: end = 0.2: expected more than start = 0.2"),
        ({"start": "soon"}, "row 5: start = 'soon' is no number"),
        ({"start": 0.1}, "row 5 overlap, and are of speakers"),
        ({"start": None, "end": None}, "row 5 overlap, and are of speakers"),
        ({"start": 0.2, "end": 0.4, "speaker_id": "P"}, None),
        ({"path": "D.wav", "start": 0.0, "end": 0.1}, "row 3 and row 5 overlap"),
    ],
)
def test_parts_that_cannot_be_are_named(corpus, part, said):
    corpus.add("talk.wav", noise(7, 8000), "P", 1, start=0.0, end=0.2)
    corpus.rows.append(corpus.rows[2] | {"speaker_id": "Q", "start": 0.2, "end": 0.5} | part)
    path = corpus.table()
    if said is None:
        assert len(read_manifest(path)) == 4
        return
    with pytest.raises(CorpusError) as refused:
        read_manifest(path)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (0.1, 9.0, "end = 9 s, but the file is 0.500 s long"),
        (0.6, None, "start = 0.6 s leaves nothing: the file is 0.500 s long"),
        (0.25, 0.4, "is silent: every sample is zero"),
    ],
)
def test_parts_that_the_file_does_not_have_are_named(corpus, refusal, start, end, said):
    samples = noise(7, 8000)
    samples[4000:6400] = 0
    corpus.add("talk.wav", samples, "P", 1, start=start, end=end)
    assert said in refusal(corpus)


def test_the_same_part_twice_and_parts_of_matrices_are_refused(corpus):
    corpus.add("talk.wav", noise(7, 8000), "P", 1, start=0.0, end=0.2)
    corpus.rows.append(corpus.rows[-1])
    with pytest.raises(CorpusError, match=r"listed more than once \(row 4, row 5\)"):
        read_manifest(corpus.table())
    corpus.rows[-1] = corpus.rows[-1] | {"path": "m.npy"}
    (corpus.folder / "m.npy").write_bytes(b"")
    with pytest.raises(CorpusError, match=r"row 5: start and end: only parts of audio"):
        read_manifest(corpus.table())
