"""Recordings that are parts of longer files."""

import hashlib

import numpy as np
import pytest
from small_corpora import RATE_HZ, noise
from sounds import encoded

from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.data.preparation import corpus_key, describe_problems
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


def test_a_part_is_heard_by_itself(corpus, prepare, refusal):
    """A muted part is silent beside speech, and what is odd about a file is said of its parts."""
    dither = np.random.default_rng(1).integers(-1, 2, 8000) / 2**15
    corpus.add("talk.wav", np.r_[noise(7, 8000), dither], "P", 1, start=0.6, end=0.9)
    assert "is silent: -9" in refusal(corpus)
    crossed = np.stack([noise(7, 8000), -noise(7, 8000)], axis=1)
    corpus.rows.pop()
    corpus.add("talk.wav", encoded(crossed), "P", 1, start=0.1, end=0.3)
    (paragraph,) = describe_problems(prepare(corpus))
    assert "each other's negative" in paragraph
    assert "talk.wav#0.1-0.3: channel 1 of 2" in paragraph


def test_each_channel_may_be_a_speaker_of_its_own(corpus, prepare, configure):
    left, right = noise(7, 8000), noise(8, 8000)
    corpus.add("talk.wav", encoded(np.stack([left, right], axis=1)), "P", 1, channel=1)
    corpus.rows.append(corpus.rows[-1] | {"speaker_id": "Q", "channel": 2})
    corpus.rows.append(corpus.rows[-1] | {"start": 0.1, "end": 0.2})
    store = prepare(corpus)
    recordings = store.recordings.set_index("recording_id")
    for name, speaker, samples in (
        ("talk.wav#channel1", "P", left),
        ("talk.wav#channel2", "Q", right),
        ("talk.wav#0.1-0.2,channel2", "Q", right[1600:3200]),
    ):
        digest = hashlib.blake2b(samples.astype(np.float32).data, digest_size=16).hexdigest()
        assert recordings.loc[name, ["speaker_id", "source_digest"]].tolist() == [speaker, digest]
    # A row's own channel counts before the one that is chosen for all.
    chosen = prepare(corpus, "data.channel=1").recordings.set_index("recording_id")
    assert chosen["source_digest"].equals(recordings["source_digest"])
    keys = {store.key}
    for row, channel in ((2, 2), (3, 1), (4, 1)):
        corpus.rows[row]["channel"] = channel
    keys.add(corpus_key(configure(corpus)))
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ([0, 0], "channel = 0 in 2 rows (first: row 4): expected a channel's number, from 1"),
        ([1.5, 1], "row 4: channel = 1.5: expected a channel's number"),
        (["left", "left"], "channel = 'left' is no number in 2 rows (first: row 4): expected a ch"),
        ([1, None], "row 4 and row 5 overlap, and are of speakers P and Q"),
        ([2, 2], "row 4 and row 5 overlap, and are of speakers P and Q"),
        ([1, 2], None),
    ],
)
def test_channels_that_cannot_be_are_named(corpus, channels, said):
    for speaker, channel in zip("PQ", channels, strict=True):
        corpus.add("talk.wav", b"", speaker, 1, channel=channel, start=0.0, end=0.2)
    if said is None:
        assert len(read_manifest(corpus.table())) == 4
        return
    with pytest.raises(CorpusError) as refused:
        read_manifest(corpus.table())
    assert said in str(refused.value)


def test_the_same_part_twice_and_parts_of_matrices_are_refused(corpus):
    corpus.add("talk.wav", noise(7, 8000), "P", 1, start=0.0, end=0.2)
    corpus.rows.append(corpus.rows[-1])
    with pytest.raises(CorpusError, match=r"listed more than once \(row 4, row 5\)"):
        read_manifest(corpus.table())
    corpus.rows[-1] = corpus.rows[-1] | {"path": "m.npy"}
    (corpus.folder / "m.npy").write_bytes(b"")
    with pytest.raises(CorpusError, match=r"row 5: start and end: only parts of audio"):
        read_manifest(corpus.table())
