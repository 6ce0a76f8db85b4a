"""From recordings to the store: bad files, duplicates, segments, caches and interruptions."""

import gc
import io
import math
import multiprocessing
import os
import shutil
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from hydra import compose, initialize_config_dir

from dysarthria_lightning.command import CONF_DIR
from dysarthria_lightning.config import Config, check_config
from dysarthria_lightning.data import building, digests, preparation
from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import ConfigError, CorpusError

RATE_HZ = 16_000
WINDOW, HOP = 400, 160


def noise(seed: int, n: int = 3200) -> np.ndarray:
    """Noise on 16-bit steps, so that every container holds the same samples; (n,) float64."""
    return np.random.default_rng(seed).integers(-9000, 9000, n) / 2**15


def encoded(samples: np.ndarray, rate_hz: int = RATE_HZ, **options: str) -> bytes:
    """The bytes of an audio file."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, **{"format": "WAV"} | options)
    return file.getvalue()


def npy(matrix: np.ndarray) -> bytes:
    """The bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, matrix)
    return file.getvalue()


def matrix(seed: int, n_frames: int = 20, n_coefficients: int = 25) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n_frames, n_coefficients))


class Corpus:
    """A folder of files and their table, which starts with a sound recording of each class."""

    def __init__(self, folder: Path, extension: str = "wav", **matrix_shape: int) -> None:
        self.folder = folder
        self.rows: list[dict[str, Any]] = []
        folder.mkdir()
        for seed, (speaker, label) in enumerate([("H", 0), ("D", 1)]):
            sound = (
                encoded(noise(seed)) if extension == "wav" else npy(matrix(seed, **matrix_shape))
            )
            self.add(f"{speaker}.{extension}", sound, speaker, label)

    def add(
        self,
        name: str,
        content: bytes | np.ndarray,
        speaker: str = "X",
        label: int = 1,
        **also: Any,
    ) -> None:
        """Add a recording, given as a file's bytes or as 16 kHz samples."""
        if isinstance(content, np.ndarray):
            content = encoded(content)
        (self.folder / name).write_bytes(content)
        self.rows.append({"path": name, "speaker_id": speaker, "label": label, **also})

    def table(self) -> Path:
        """Write the table and say where it is."""
        table = self.folder / "mine.csv"
        pd.DataFrame(self.rows).to_csv(table, index=False)
        return table


@pytest.fixture
def corpus(tmp_path) -> Corpus:
    return Corpus(tmp_path / "corpus")


@cache
def composed(*overrides: str) -> Config:
    """Compose a configuration; that takes longer than to prepare a small corpus."""
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        return check_config(
            compose("config", ["data=manifest", "data.manifest=mine.csv", *overrides])
        )


@pytest.fixture
def configure(tmp_path) -> Callable[..., Config]:
    """Make the configuration that prepares a corpus; outputs go to a temporary folder."""

    def configure(corpus: Corpus, *overrides: str) -> Config:
        config = composed(*overrides)
        data = config.data.model_copy(update={"manifest": str(corpus.table())})
        return config.model_copy(update={"data": data, "outputs_dir": f"{tmp_path}/outputs"})

    return configure


@pytest.fixture
def prepare(configure) -> Callable[..., FeatureStore]:
    return lambda corpus, *overrides: prepare_corpus(configure(corpus, *overrides))


@pytest.fixture
def refusal(prepare) -> Callable[..., str]:
    """Prepare a corpus that is refused and return the message."""

    def refusal(corpus: Corpus, *overrides: str, error: type[Exception] = CorpusError) -> str:
        with pytest.raises(error) as refused:
            prepare(corpus, *overrides)
        return str(refused.value)

    return refusal


def stores(tmp_path: Path) -> list[Path]:
    """The folders of stores in the outputs, whole or not."""
    return [path for path in (tmp_path / "outputs").glob("features/*/*") if path.is_dir()]


def leftovers(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "outputs").rglob("*.tmp-*"))


def line_of(message: str, name: str) -> str:
    (line,) = [line for line in message.splitlines() if name in line.split(": ")[0]]
    return line


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


@pytest.mark.parametrize(
    "limit", [{"_CHUNK_RECORDINGS": 1}, {"_CHUNK_RECORDINGS": 3}, {"_CHUNK_BYTES": 4000}, {}]
)
def test_each_recording_s_frames_lie_where_the_index_says(tmp_path, prepare, monkeypatch, limit):
    for name, value in limit.items():
        monkeypatch.setattr(building, name, value)
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
    pytest.param("empty.wav", b"", "the file is empty"),
    pytest.param("cut.wav", encoded(noise(3))[:2000], "truncated: the header promises 6444 bytes"),
    pytest.param("cut.flac", encoded(noise(3), format="FLAC")[:3000], "cannot be decoded"),
    pytest.param("text.wav", b"no audio, only words", "cannot be decoded as audio"),
    pytest.param("nan.wav", with_value(np.nan), "holds 1 samples that are NaN or infinite"),
    pytest.param("inf.wav", with_value(-np.inf), "holds 1 samples that are NaN or infinite"),
    pytest.param("zeros.wav", encoded(np.zeros(4000)), "is silent: every sample is zero"),
    pytest.param("short.wav", encoded(noise(3, 399)), "24.9 ms is shorter than one window of 25"),
    pytest.param("rate.wav", encoded(noise(3), 44_101), "44101 Hz cannot be converted to 16000"),
    pytest.param("columns.npy", npy(matrix(3, 20, 24)), "has 24 columns"),
    pytest.param("objects.npy", npy(np.array([[1, None]])), "holds Python objects"),
    pytest.param("inf.npy", filled(np.inf), "holds 1 values that are NaN or infinite"),
    pytest.param("flat.npy", npy(np.ones(25)), "expected (frames, coefficients), got (25,)"),
    pytest.param("complex.npy", npy(matrix(3) * 1j), "expected real numbers, got complex128"),
    pytest.param("text.npy", b"0.1,0.2", "is no .npy matrix of numbers"),
]


@pytest.mark.parametrize(("name", "content", "reason"), BAD)
def test_a_bad_recording_is_named_with_its_row(tmp_path, corpus, refusal, name, content, reason):
    corpus.add(name, content)
    message = refusal(corpus)
    assert "1 of 3 recordings cannot be used" in message
    line = line_of(message, name)
    assert f"{(corpus.folder / name).resolve()} (row 4): " in line
    assert reason in line
    assert "data.on_bad_file=skip" in message
    assert leftovers(tmp_path) == []


def test_bad_recordings_are_left_out_and_listed(tmp_path, corpus, prepare):
    for case in BAD:
        name, content, _ = case.values
        corpus.add(name, content)
    corpus.add("good.wav", noise(77))
    store = prepare(corpus, "data.on_bad_file=skip")
    assert set(store.recordings["recording_id"]) == {"H.wav", "D.wav", "good.wav"}
    (paragraph,) = describe_problems(store)
    assert f"{len(BAD)} of {len(BAD) + 3} recordings left out" in paragraph
    for case in BAD:
        name, _, reason = case.values
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
    corpus = Corpus(tmp_path / "corpus", "npy", n_coefficients=12)
    message = refusal(corpus, "n_mfcc=13", error=ConfigError)
    assert "n_mfcc = 13: the corpus's feature matrices have 12 columns" in message
    assert prepare(corpus, "n_mfcc=12").n_coefficients == 12


def test_matrices_of_more_columns_than_mfccs_are_kept_whole(tmp_path, prepare):
    corpus = Corpus(tmp_path / "corpus", "npy", n_coefficients=39)
    assert prepare(corpus).frames.shape == (40, 39)


HUGE = b"(" + b"9" * 13 + b", 25), }"


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"text", id="text"),
        pytest.param(npy(np.array(1.5)), id="one number"),
        pytest.param(npy(np.ones(25)), id="one dimension"),
        pytest.param(npy(np.ones((0, 25))), id="no frames"),
        pytest.param(npy(np.ones((9, 0))), id="no coefficients"),
        pytest.param(npy(np.ones((9, 25)))[:300], id="cut"),
        pytest.param(npy(np.array([[None]])), id="objects"),
        pytest.param(npy(np.ones((9, 25))).replace(b"(9, 25), }", b"(9, 25 ( }"), id="garbled"),
        pytest.param(npy(np.ones((9, 25))).replace(b"(9, 25), }" + b" " * 12, HUGE), id="huge"),
    ],
)
def test_a_bad_first_matrix_is_named(tmp_path, refusal, first):
    corpus = Corpus(tmp_path / "corpus", "npy")
    corpus.add("A.npy", first)
    message = refusal(corpus)
    assert "1 of 3 recordings cannot be used" in message
    assert "A.npy (row 4)" in message


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
    assert "(row 4): the same audio as y.wav (speaker Y)" in line_of(message, "x.wav (row")
    assert "(row 5): the same audio as x.wav (speaker X)" in line_of(message, "y.wav (row")
    store = prepare(corpus, "data.on_bad_file=skip")
    assert set(store.recordings["recording_id"]) == {"H.wav", "D.wav"}


def test_the_same_matrix_of_two_speakers_is_refused(tmp_path, refusal):
    corpus = Corpus(tmp_path / "corpus", "npy")
    corpus.add("x.npy", npy(matrix(5).astype("f4")), "X")
    corpus.add("y.npy", npy(matrix(5).astype("f4").astype("f8")), "Y")
    assert "(row 4): the same audio as y.npy (speaker Y)" in refusal(corpus)


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
    assert "same audio more than once" in paragraph


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


# --- Nothing half-written -----------------------------------------------------------------------


def explode_on_call(number: int, original: Callable, error: type[BaseException]) -> Callable:
    calls = []

    def call(*arguments: Any, **options: Any) -> Any:
        calls.append(None)
        if len(calls) == number:
            raise error("no space left on device")
        return original(*arguments, **options)

    return call


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [
        pytest.param(building.FramesWriter, "append", 2, id="while writing frames"),
        pytest.param(building.FramesWriter, "close", 1, id="while closing frames"),
        pytest.param(building.Extractor, "__call__", 1, id="while extracting"),
        pytest.param(pd.DataFrame, "to_parquet", 1, id="while remembering digests"),
        pytest.param(pd.DataFrame, "to_parquet", 2, id="while writing the index"),
        pytest.param(Path, "write_text", 1, id="while describing the store"),
        pytest.param(os, "replace", 1, id="while moving the digests into place"),
        pytest.param(os, "replace", 2, id="while moving the store into place"),
    ],
)
def test_an_interruption_leaves_nothing_and_the_next_attempt_works(
    tmp_path, corpus, configure, monkeypatch, owner, name, call, error
):
    config = configure(corpus)
    with monkeypatch.context() as patch, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        patch.setattr(owner, name, explode_on_call(call, getattr(owner, name), error))
        with pytest.raises(error, match="no space left on device"):
            prepare_corpus(config)
        gc.collect()
    said = [str(warning.message) for warning in caught]
    assert [message for message in said if str(tmp_path) in message] == []
    assert leftovers(tmp_path) == []
    assert stores(tmp_path) == []
    assert len(prepare_corpus(config).recordings) == 2


def test_an_interruption_gives_torch_its_threads_back(corpus, configure, monkeypatch):
    monkeypatch.setattr(building.FramesWriter, "append", explode_on_call(1, None, OSError))
    threads_before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with pytest.raises(OSError, match="no space left") as held:
            prepare_corpus(configure(corpus))
        assert torch.get_num_threads() == 3, held
    finally:
        torch.set_num_threads(threads_before)


def test_what_a_killed_process_left_is_cleared(tmp_path, corpus, prepare):
    folder = prepare(corpus).folder
    shutil.rmtree(folder)
    half_written = folder.with_name(f"{folder.name}.tmp-killed")
    half_written.mkdir()
    (half_written / "frames.npy").write_bytes(b"half")
    assert prepare(corpus).frames.shape == (36, 25)
    assert leftovers(tmp_path) == []


# --- Keys and caches ----------------------------------------------------------------------------


def test_a_finished_store_is_found_again(corpus, prepare, monkeypatch):
    first = prepare(corpus)
    monkeypatch.setattr(building, "build_store", None)
    again = prepare(corpus)
    assert again.folder == first.folder
    np.testing.assert_array_equal(again.frames, first.frames)


def overwrite(corpus: Corpus) -> None:
    (corpus.folder / "H.wav").write_bytes(encoded(noise(50)))


def relabel(corpus: Corpus) -> None:
    for row in corpus.rows:
        row["label"] = 1 - row["label"]


def rename_speaker(corpus: Corpus) -> None:
    corpus.rows[0]["speaker_id"] = "H2"


def add_age(corpus: Corpus) -> None:
    corpus.rows[0]["age"] = 50


def remove(corpus: Corpus) -> None:
    corpus.rows.pop()


@pytest.mark.parametrize("change", [overwrite, relabel, rename_speaker, add_age, remove])
def test_other_content_is_another_store(corpus, prepare, change):
    corpus.add("x.wav", noise(5))
    before = prepare(corpus)
    change(corpus)
    after = prepare(corpus)
    assert after.key != before.key
    assert before.folder.is_dir()


@pytest.mark.parametrize(
    "override",
    [
        "features.sample_rate_hz=8000",
        "features.hop_s=0.005",
        "features.window_s=0.03",
        "features.n_mels=30",
        "n_mfcc=26",
        "data.segment_s=0.05",
        "data.max_duration_s=3",
    ],
)
def test_other_parameters_are_another_store(corpus, prepare, override):
    assert prepare(corpus, override).key != prepare(corpus).key


@pytest.mark.parametrize("override", ["n_mfcc=19", "data.on_bad_file=skip", "seed=3", "fold=2"])
def test_settings_of_training_share_a_store(corpus, prepare, override):
    assert prepare(corpus, override).key == prepare(corpus).key


def test_a_renamed_folder_of_the_same_content_is_the_same_store(corpus, prepare):
    before = prepare(corpus)
    corpus.folder = corpus.folder.rename(corpus.folder.with_name("moved"))
    after = prepare(corpus)
    assert after.key == before.key
    assert after.folder == before.folder


@pytest.fixture
def files_read(monkeypatch) -> list[str]:
    """The names of the files that were read for their digest, as preparations go on."""
    read: list[str] = []
    original = digests._digest

    def counted(path: str) -> str:
        read.append(Path(path).name)
        return original(path)

    monkeypatch.setattr(digests, "_digest", counted)
    return read


def test_unchanged_files_are_not_read_again(corpus, prepare, files_read):
    prepare(corpus)
    assert sorted(files_read) == ["D.wav", "H.wav"]
    files_read.clear()
    prepare(corpus)
    assert files_read == []
    overwrite(corpus)
    corpus.add("x.wav", noise(5))
    prepare(corpus)
    assert sorted(files_read) == ["H.wav", "x.wav"]


def test_a_file_changed_without_changing_its_size_is_read_again(corpus, prepare, files_read):
    before = prepare(corpus)
    path = corpus.folder / "H.wav"
    size, modified = path.stat().st_size, path.stat().st_mtime_ns
    overwrite(corpus)
    os.utime(path, ns=(modified + 1, modified + 1))
    assert path.stat().st_size == size
    files_read.clear()
    assert prepare(corpus).key != before.key
    assert files_read == ["H.wav"]


def test_damaged_memory_of_digests_is_made_again(corpus, prepare, files_read):
    store = prepare(corpus)
    memory = store.folder.parent / "digests.parquet"
    memory.write_bytes(b"damaged")
    files_read.clear()
    assert prepare(corpus).key == store.key
    assert len(files_read) == 2
    assert len(pd.read_parquet(memory)) == 2


def test_a_file_that_is_not_there_has_no_digest(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    paths = [str(tmp_path / "a"), str(tmp_path / "gone")]
    for _ in range(2):
        present, gone = digests.file_digests(paths, tmp_path / "memory.parquet")
        assert gone == "absent"
        assert len(present) == 32


# --- Several processes at once ------------------------------------------------------------------


def prepare_together(config: Config, start: Any, results: Any) -> None:
    """Prepare in a process of its own; report how often it extracted, and what it found."""
    built = []
    original = building.build_store

    def counted(*arguments: Any) -> None:
        built.append(None)
        original(*arguments)

    building.build_store = counted
    start.wait()
    outcome: Any = "nothing"
    with suppress(CorpusError):
        store = preparation.prepare_corpus(config)
        outcome = (str(store.folder), float(store.frames.sum()), len(store.recordings))
    results.put((len(built), outcome))


@pytest.mark.slow
def test_processes_that_prepare_at_once_end_with_one_good_store(tmp_path, corpus, configure):
    for seed in range(150):
        corpus.add(f"{seed}.wav", noise(100 + seed))
    config = configure(corpus)
    spawn = multiprocessing.get_context("spawn")
    start, results = spawn.Barrier(2), spawn.Queue()
    processes = [
        spawn.Process(target=prepare_together, args=(config, start, results)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    reports = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    assert sorted(n_built for n_built, _ in reports) == [0, 1]
    assert reports[0][1] == reports[1][1]
    assert reports[0][1][2] == 152
    assert [str(folder) for folder in stores(tmp_path)] == [reports[0][1][0]]
    assert leftovers(tmp_path) == []
