"""Files that change, vanish or rot under the package's hands: noticed, said, and made again."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_corpora import leftovers, noise, npy, stores
from sounds import encoded

from dysarthria_lightning.data import building, matrices, preparation
from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.files.digests import digest_file


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("name", ["frames.npy", "recordings.parquet", "store.json"])
def test_a_damaged_store_is_made_again(corpus, prepare, caplog, name):
    store = prepare(corpus)
    expected = np.array(store.frames)
    for damage in (flip, cut, remove):
        caplog.clear()
        damage(store.folder / name)
        again = prepare(corpus)
        assert "is damaged" in caplog.text
        assert "made again now" in caplog.text
        np.testing.assert_array_equal(again.frames, expected)
        assert json.loads((again.folder / "store.json").read_text())["key"] == store.key


def test_a_sound_store_is_not_made_again(corpus, prepare, monkeypatch, caplog):
    prepare(corpus)
    monkeypatch.setattr(building, "build_store", None)
    prepare(corpus)
    assert caplog.text == ""


def test_a_sound_store_is_opened_without_waiting_for_its_claim(corpus, prepare, monkeypatch):
    folder = prepare(corpus).folder
    waited = []
    wait = preparation.wait_for_claim
    monkeypatch.setattr(
        preparation, "wait_for_claim", lambda path: waited.append(path) or wait(path)
    )
    prepare(corpus)
    assert waited == []
    left = folder.with_name(f"{folder.name}.claim")
    left.touch()  # by a process killed as it had made the store, long ago
    os.utime(left, (0, 0))
    prepare(corpus)
    assert not left.exists()
    (folder / "store.json").unlink()
    prepare(corpus)
    assert waited == [left]


def test_a_store_that_another_process_makes_meanwhile_is_not_made_again(
    tmp_path, corpus, prepare, monkeypatch
):
    folder = prepare(corpus).folder
    aside = folder.rename(tmp_path / "aside")
    wait = preparation.wait_for_claim

    def wait_for_the_other(path):
        aside.rename(folder)
        return wait(path)

    monkeypatch.setattr(preparation, "wait_for_claim", wait_for_the_other)
    monkeypatch.setattr(building, "build_store", None)
    assert prepare(corpus).folder == folder


def test_no_byte_of_a_store_s_description_can_change_unseen(corpus, prepare):
    """One bit of each, the next one in the next byte."""
    corpus.add("bad.wav", b"")
    store = prepare(corpus, "data.on_bad_file=skip")
    path = store.folder / "store.json"
    sound = path.read_bytes()
    for place in range(len(sound)):
        content = bytearray(sound)
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        with pytest.raises(CorpusError, match="delete it and it is made again"):
            FeatureStore.open(store.folder)
    assert prepare(corpus, "data.on_bad_file=skip").about == store.about
    assert path.read_bytes() == sound


def exchange(path: Path) -> None:
    path.write_bytes(encoded(noise(99, 5000)))


@pytest.mark.parametrize("change", [remove, exchange])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_recording_that_changes_while_it_is_read_leaves_no_store(
    tmp_path, corpus, prepare, refusal, monkeypatch, change: Callable, when
):
    """Else the store would say for ever, of a file that is back, that it cannot be read."""
    path = corpus.folder / "H.wav"
    content = path.read_bytes()
    extract = building.Extractor.__call__

    def disturbed(self, name):
        is_it = Path(name).name == path.name
        if is_it and when == "before":
            change(path)
        result = extract(self, name)
        if is_it and when == "after":
            change(path)
        return result

    with monkeypatch.context() as patch:
        patch.setattr(building.Extractor, "__call__", disturbed)
        message = refusal(corpus, "data.on_bad_file=skip")
    assert "changed or vanished while they were read" in message
    assert str(path) in message
    assert stores(tmp_path) == leftovers(tmp_path) == []
    path.write_bytes(content)
    assert len(prepare(corpus).recordings) == 2


@pytest.mark.parametrize(
    "name", ["../out.wav", "sub/../../out.wav", "a b.wav", "é🎙.wav", "=1+1.wav", "%s.wav"]
)
def test_no_name_makes_prepare_write_outside_the_outputs(tmp_path, corpus, prepare, name):
    (corpus.folder / "sub").mkdir()
    corpus.add(name, noise(5), speaker="../../X")
    corpus.add("abs.wav", noise(6))
    corpus.rows[-1]["path"] = str((corpus.folder / "abs.wav").resolve())
    corpus.table()
    before = set(tmp_path.rglob("*"))
    assert len(prepare(corpus).recordings) == 4
    new = set(tmp_path.rglob("*")) - before
    assert new
    assert all(path.is_relative_to(tmp_path / "outputs") for path in new)


@pytest.mark.parametrize("cell", ["a\0b.wav", "a\x1b[2Jb.wav", "a\nb.wav"])
def test_characters_that_command_terminals_are_refused(corpus, cell):
    corpus.rows[0]["path"] = cell
    with pytest.raises(CorpusError, match="cannot be printed"):
        read_manifest(str(corpus.table()))


@pytest.mark.parametrize("path", ["a" * 300, "a/" * 3000, "loop/x"])
def test_paths_that_systems_refuse_are_absent_files(corpus, path):
    (corpus.folder / "loop").symlink_to("loop")
    corpus.rows[0]["path"] = path
    with pytest.raises(CorpusError, match="row 2: there is no file"):
        read_manifest(str(corpus.table()))


def test_a_row_longer_than_the_header_is_refused(corpus):
    path = corpus.table()
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *(f"{line},more" for line in lines[1:])]))
    with pytest.raises(CorpusError, match="more cells than its header"):
        read_manifest(str(path))
    path.write_text("\n".join([*lines[:2], f"{lines[2]},more"]))
    with pytest.raises(CorpusError, match="row 3 has more cells than its header"):
        read_manifest(str(path))


@pytest.mark.parametrize("n_columns", [1001, 300_000])
def test_a_header_of_too_many_columns_is_refused(corpus, n_columns):
    path = corpus.table()
    path.write_text(",".join(map(str, range(n_columns))))
    with pytest.raises(CorpusError, match="more than 1,000 columns"):
        read_manifest(str(path))


def test_a_header_too_long_is_refused(corpus):
    path = corpus.table()
    path.write_text("path,speaker_id,label" + 3 * f",{60_000 * 'a'}")
    with pytest.raises(CorpusError, match="longer than 100,000 characters"):
        read_manifest(str(path))


@pytest.mark.parametrize("content", ["", "\ufeff", "\n", "\ufeff\n\n"])
def test_a_table_of_nothing_is_refused(corpus, content):
    path = corpus.table()
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"empty|missing"):
        read_manifest(str(path))


@pytest.mark.parametrize("bomb", ["text", "number of rows", "dictionary"])
def test_parquet_is_refused_by_what_it_says_of_its_size(corpus, monkeypatch, bomb):
    """Nothing is decoded; only repeated text must be looked at, and is not spelt out."""
    path = corpus.folder / "mine.parquet"
    n = 1_000_001 if bomb == "number of rows" else 60_000
    text = pa.DictionaryArray.from_arrays(np.zeros(n, dtype=np.int32), ["x" * 5000])
    zeros = np.zeros(n)
    columns = {"path": zeros if bomb == "number of rows" else text, "speaker_id": zeros}
    pq.write_table(
        pa.table({**columns, "label": zeros}),
        path,
        use_dictionary=bomb != "text",
        compression="zstd",
        row_group_size=20_000,
        store_schema=False,
    )
    assert path.stat().st_size < 200_000
    if bomb != "dictionary":
        monkeypatch.setattr(pq.ParquetFile, "iter_batches", None)
    before = pa.default_memory_pool().max_memory()
    with pytest.raises(CorpusError, match="more than 1,000,000 rows or 200 MB"):
        read_manifest(str(path))
    assert pa.default_memory_pool().max_memory() - before < 100_000_000


@pytest.mark.parametrize("value", [["a"], b"H.wav"])
def test_parquet_columns_of_neither_text_nor_numbers_are_refused(corpus, value):
    path = corpus.folder / "mine.parquet"
    kind = pa.list_(pa.string()) if isinstance(value, list) else pa.binary(5)
    pq.write_table(pa.table({"path": pa.array([value], kind), "label": [1]}), path)
    with pytest.raises(CorpusError, match="column path holds neither text nor numbers"):
        read_manifest(str(path))


def test_parquet_categories_are_read(corpus):
    rows = pd.DataFrame(corpus.rows).astype("category")
    rows.to_parquet(corpus.folder / "mine.parquet")
    manifest = read_manifest(str(corpus.folder / "mine.parquet"))
    assert sorted(manifest["speaker_id"]) == ["D", "H"]
    assert sorted(manifest["label"]) == [0, 1]


@pytest.mark.skipif(not os.path.exists("/proc/self/pagemap"), reason="files of Linux")
def test_files_of_the_system_are_not_read(corpus, prepare):
    paths = ["/proc/kmsg", "/proc/self/pagemap"]
    # In a process that can be ended: reading them takes for ever.
    code = "from dysarthria_lightning.files.digests import *; import sys;" + (
        "[digest_file(Path(path)) for path in sys.argv[1:]]"
    )
    subprocess.run([sys.executable, "-c", code, *paths], timeout=60, check=True)
    corpus.rows += [{"path": path, "speaker_id": "X", "label": 1} for path in paths]
    store = prepare(corpus, "data.on_bad_file=skip")
    assert store.about["problems"] == dict.fromkeys(paths, "the file is empty")
    for path in paths:
        with pytest.raises(CorpusError, match="it is empty"):
            read_manifest(path)


def test_no_more_is_digested_than_was_there(tmp_path, monkeypatch):
    path = tmp_path / "grows"
    path.write_bytes(b"before")
    expected = digest_file(path)
    size = os.stat_result((0o100644, 0, 0, 1, 0, 0, 6, 0, 0, 0))
    path.write_bytes(b"before and after")
    monkeypatch.setattr(Path, "stat", lambda self, **options: size)
    assert digest_file(path) == expected
    monkeypatch.undo()
    os.mkfifo(tmp_path / "pipe")
    assert digest_file(tmp_path / "pipe") is None


@pytest.mark.parametrize("kind", ["u1", "f4", "f8"])
def test_a_matrix_is_bounded_by_what_it_takes_in_memory(corpus, prepare, monkeypatch, kind):
    monkeypatch.setattr(matrices, "_MAX_MATRIX_VALUES", 500)
    corpus.add("right.npy", npy(np.ones((20, 25), kind)))
    corpus.add("large.npy", npy(np.ones((21, 25), kind)))
    problems = prepare(corpus, "data.on_bad_file=skip").about["problems"]
    assert list(problems) == ["large.npy"]
    assert "more than is read at once (500 values)" in problems["large.npy"]
