"""The feature store's files: matrices come back as they went in, damage is named."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dysarthria_lightning.data.store import FeatureStore, FramesWriter, write_about
from dysarthria_lightning.errors import CorpusError


def matrices(lengths: list[int], n_columns: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal((n, n_columns)).astype(np.float32) for n in lengths]


def write(path: Path, parts: list[np.ndarray], n_columns: int = 3) -> list[int]:
    writer = FramesWriter(path, n_columns)
    offsets = [writer.append(part) for part in parts]
    writer.close()
    return offsets


@given(lengths=st.lists(st.integers(0, 40), max_size=8), n_columns=st.integers(1, 26))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_appended_matrices_come_back_at_their_offsets(tmp_path, lengths, n_columns):
    parts = matrices(lengths, n_columns)
    offsets = write(tmp_path / "frames.npy", parts, n_columns)
    frames = np.load(tmp_path / "frames.npy")
    assert frames.dtype == np.float32
    assert frames.shape == (sum(lengths), n_columns)
    for offset, part in zip(offsets, parts, strict=True):
        np.testing.assert_array_equal(frames[offset : offset + len(part)], part)


@pytest.mark.parametrize("change", [np.asfortranarray, np.float64, lambda part: part[::-1][::-1]])
def test_any_memory_layout_is_written_alike(tmp_path, change):
    (part,) = matrices([7])
    write(tmp_path / "frames.npy", [change(part)])
    np.testing.assert_array_equal(np.load(tmp_path / "frames.npy"), part)


def test_the_header_has_room_for_any_length(tmp_path):
    writer = FramesWriter(tmp_path / "frames.npy", 25)
    writer.n_frames = 10**15
    writer.close()
    with (tmp_path / "frames.npy").open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, _ = np.lib.format.read_array_header_1_0(file)
    assert shape == (10**15, 25)


@pytest.fixture
def folder(tmp_path) -> Path:
    """A store of two recordings, of 5 and 8 frames."""
    write(tmp_path / "frames.npy", matrices([5, 8]))
    recordings = pd.DataFrame({"recording_id": ["a", "b"], "offset": [0, 5], "n_frames": [5, 8]})
    recordings.to_parquet(tmp_path / "recordings.parquet")
    write_about(tmp_path, {"key": "0123", "n_coefficients": 3})
    return tmp_path


def test_a_store_opens(folder):
    store = FeatureStore.open(folder)
    assert store.key == "0123"
    assert store.n_columns == 3
    assert store.max_frames == 8
    assert list(store.recordings["recording_id"]) == ["a", "b"]
    np.testing.assert_array_equal(store.frames, np.concatenate(matrices([5, 8])))


def test_the_index_comes_back_as_it_was_written(folder):
    n = 50_000
    rng = np.random.default_rng(0)
    written = pd.DataFrame(
        {
            "recording_id": [f"语音-{number}" for number in range(n)],
            "label": rng.integers(0, 2, n),
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.random(n)),
            "gender": [None, "female", "male"] * (n // 3) + ["male"] * (n % 3),
            "severity": [None] * n,
            "offset": np.arange(n),
            "n_frames": 1,
        }
    )
    written.to_parquet(folder / "recordings.parquet")
    write_about(folder, {})
    recordings = FeatureStore.open(folder).recordings
    pd.testing.assert_frame_equal(recordings, written)
    (folder / "recordings.parquet").unlink()
    assert recordings["recording_id"].iloc[-1] == f"语音-{n - 1}"
    changed = recordings.copy()
    changed.loc[3, ["label", "age"]] = (1, 70.0)
    assert changed["age"].iloc[3] == 70
    pd.testing.assert_frame_equal(recordings, written)


def test_frames_are_mapped_not_loaded_and_cannot_be_overwritten(folder):
    frames = FeatureStore.open(folder).frames
    assert isinstance(frames, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        frames[0, 0] = 1


@pytest.mark.parametrize("name", ["store.json", "recordings.parquet"])
@pytest.mark.parametrize("damage", ["removed", "cut"])
def test_a_damaged_index_is_named_with_what_to_do(folder, name, damage):
    spoil(folder / name, damage)
    with pytest.raises(
        CorpusError, match=r"is damaged .*; delete it and it is made again"
    ) as error:
        FeatureStore.open(folder)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize("damage", ["removed", "cut"])
def test_damaged_frames_are_named_with_what_to_do(folder, damage):
    spoil(folder / "frames.npy", damage)
    store = FeatureStore.open(folder)
    with pytest.raises(CorpusError, match=r"is damaged .*; delete its folder") as error:
        _ = store.frames
    assert str(folder / "frames.npy") in str(error.value)


def spoil(path: Path, damage: str) -> None:
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
