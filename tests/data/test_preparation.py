"""The store: nothing half-written, found again by content, safe with several processes."""

import gc
import hashlib
import multiprocessing
import os
import shutil
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_corpora import (
    Corpus,
    encoded,
    leftovers,
    noise,
    stores,
)
from threadpoolctl import threadpool_info, threadpool_limits

from dysarthria_lightning.config import Config
from dysarthria_lightning.data import building, preparation
from dysarthria_lightning.data.features.mfcc import MFCCFeatures
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.files import digests

# --- Nothing half-written -----------------------------------------------------------------------


def explode_on_call(number: int, original: Callable, error: type[BaseException]) -> Callable:
    calls = []

    def call(*arguments: Any, **options: Any) -> Any:
        calls.append(None)
        if len(calls) == number:
            raise error("no space left on device")
        return original(*arguments, **options)

    return call


@pytest.mark.parametrize(
    ("owner", "name", "call", "error"),
    [
        pytest.param(building.FramesWriter, "append", 2, OSError, id="while writing frames"),
        pytest.param(building.FramesWriter, "append", 2, KeyboardInterrupt, id="by the user"),
        pytest.param(building.FramesWriter, "close", 1, OSError, id="while closing frames"),
        pytest.param(building.Extractor, "__call__", 1, KeyboardInterrupt, id="while extracting"),
        pytest.param(pd.DataFrame, "to_parquet", 1, OSError, id="while remembering digests"),
        pytest.param(pd.DataFrame, "to_parquet", 2, OSError, id="while writing the index"),
        pytest.param(Path, "write_text", 1, KeyboardInterrupt, id="while describing the store"),
        pytest.param(os, "replace", 1, KeyboardInterrupt, id="while moving the digests"),
        pytest.param(os, "replace", 2, OSError, id="while moving the store into place"),
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


def test_an_interruption_gives_the_products_their_threads_back(corpus, configure, monkeypatch):
    def count() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    during = []

    def fail(*arguments: Any) -> None:
        during.extend(count())
        raise OSError("no space left")

    monkeypatch.setattr(building.FramesWriter, "append", fail)
    with threadpool_limits(3, user_api="blas"):
        with pytest.raises(OSError, match="no space left") as held:
            prepare_corpus(configure(corpus))
        assert set(during) == {1}
        assert set(count()) == {3}, held


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


def test_other_content_is_another_store(corpus, prepare):
    corpus.add("x.wav", noise(5))
    stores = [prepare(corpus)]
    for change in (overwrite, relabel, rename_speaker, add_age, remove):
        change(corpus)
        store = prepare(corpus)
        assert store.key not in {other.key for other in stores}, change
        stores.append(store)
    assert all(store.folder.is_dir() for store in stores)


def test_other_parameters_are_another_store(corpus, prepare):
    keys = {prepare(corpus).key: "the defaults"}
    for override in (
        "features.sample_rate_hz=8000",
        "features.hop_s=0.005",
        "features.window_s=0.03",
        "features.n_mels=30",
        "n_mfcc=26",
        "data.segment_s=0.05",
        "data.max_duration_s=3",
    ):
        key = prepare(corpus, override).key
        assert key not in keys, (override, keys[key])
        keys[key] = override


def test_features_computed_otherwise_are_another_store(corpus, prepare, monkeypatch):
    before = prepare(corpus).key
    monkeypatch.setattr(MFCCFeatures, "extraction", 3)
    assert prepare(corpus).key != before


def test_matrices_are_the_same_store_however_audio_is_read(tmp_path, prepare, monkeypatch):
    corpus = Corpus(tmp_path / "corpus", "npy")
    before = [prepare(corpus, *words).key for words in ([], ["features=matrix", "n_mfcc=null"])]
    assert before == ["85fe0ecdbb3c98e0", "32aeeb3c05dc3e49"]
    monkeypatch.setattr(MFCCFeatures, "extraction", 3)
    assert prepare(corpus).key == before[0]


def test_settings_of_training_share_a_store(corpus, prepare):
    key = prepare(corpus).key
    for override in ("n_mfcc=19", "data.on_bad_file=skip", "seed=3", "fold=2"):
        assert prepare(corpus, override).key == key, override


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


def test_thousands_of_files_have_their_own_digests(tmp_path, monkeypatch):
    """More files than tasks, some changed and some new since the last time."""
    paths = [tmp_path / f"{number}" for number in range(2500)]
    for number, path in enumerate(paths[:2400]):
        path.write_bytes(b"%d" % number)
    digests.file_digests(map(str, paths), tmp_path / "memory.parquet")
    paths[7].write_bytes(b"changed")
    for number, path in enumerate(paths[2400:2450]):
        path.write_bytes(b"new %d" % number)
    read = []
    original = digests._digest
    monkeypatch.setattr(digests, "_digest", lambda path: read.append(path) or original(path))
    found = digests.file_digests(map(str, paths), tmp_path / "memory.parquet")
    expected = [
        hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
        if path.exists()
        else "absent"
        for path in paths
    ]
    assert found == expected
    assert sorted(read) == sorted(str(path) for path in [paths[7], *paths[2400:]])


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
