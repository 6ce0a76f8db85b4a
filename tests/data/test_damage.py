"""Files that change, vanish or rot under the package's hands: noticed, said, and made again."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small_corpora import encoded, leftovers, noise, stores

from dysarthria_lightning.data import building, preparation
from dysarthria_lightning.data.corpora import table
from dysarthria_lightning.errors import CorpusError


def flip(path: Path, place: float = 0.5) -> None:
    """Flip one bit of a file, ``place`` of the way through."""
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["frames.npy", "recordings.parquet", "store.json"])
@pytest.mark.parametrize("damage", ["bit", "cut", "removed"])
def test_a_damaged_store_is_made_again(corpus, prepare, caplog, name, damage):
    store = prepare(corpus)
    expected = np.array(store.frames)
    path = store.folder / name
    if damage == "bit":
        flip(path, 0.5 if name != "store.json" else 0)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:60])
    else:
        path.unlink()
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
    left.touch()  # by a process killed as it had made the store
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


def test_a_store_of_an_earlier_version_has_no_digests_and_opens(corpus, prepare, monkeypatch):
    store = prepare(corpus)
    about = dict(store.about)
    del about["files"]
    (store.folder / "store.json").write_text(json.dumps(about))
    monkeypatch.setattr(building, "build_store", None)
    assert prepare(corpus).key == store.key


def remove(path: Path) -> None:
    path.unlink()


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

    def disturbed(self, rows):
        if when == "before":
            change(path)
        results = extract(self, rows)
        if when == "after":
            change(path)
        return results

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
        table.read(str(corpus.table()))


@pytest.mark.parametrize("path", ["a" * 300, "a/" * 3000, "loop/x"])
def test_paths_that_systems_refuse_are_absent_files(corpus, path):
    (corpus.folder / "loop").symlink_to("loop")
    corpus.rows[0]["path"] = path
    with pytest.raises(CorpusError, match="row 2: there is no file"):
        table.read(str(corpus.table()))


def test_a_row_longer_than_the_header_is_refused(corpus):
    path = corpus.table()
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *(f"{line},more" for line in lines[1:])]))
    with pytest.raises(CorpusError, match="more cells than its header"):
        table.read(str(path))
