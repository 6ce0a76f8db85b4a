"""Recordings come out the same to the bit, whichever process extracts them and beside whatever."""

import os
import pickle
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_corpora import composed, matrix, noise, npy
from sounds import encoded

from dysarthria_lightning.data import extraction, gathering
from dysarthria_lightning.data.extraction import Extracted, Extractor, extract_side_by_side
from dysarthria_lightning.data.features.mfcc import MFCCFeatures
from dysarthria_lightning.data.gathering import extract_all
from dysarthria_lightning.data.workers import map_in_workers


@pytest.fixture
def extractor() -> Extractor:
    return Extractor(composed().features, 25, None, None)


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Recordings of several lengths and rates, a matrix, and two that cannot be used."""
    contents = {
        f"{number}.{format.lower()}": encoded(
            noise(number, 4000 + 977 * number), rate, format=format
        )
        for number, (format, rate) in enumerate(
            (format, rate)
            for format in ("WAV", "FLAC")
            for rate in (8000, 11_025, 16_000, 44_100, 48_000)
        )
    }
    contents |= {"m.npy": npy(matrix(3)), "empty.wav": b"", "rate.wav": encoded(noise(1), 44_101)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [str(tmp_path / name) for name in contents]


def assert_same(some: list[Extracted], others: list[Extracted]) -> None:
    for one, other in zip(some, others, strict=True):
        for this, that in zip(one.instances, other.instances, strict=True):
            np.testing.assert_array_equal(this.frames, that.frames, strict=True)
            this.frames = that.frames
        assert one == other


def use_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "_WORTH_A_WORKER_S", 1e-6)
    monkeypatch.setattr(gathering, "_CHUNK_RECORDINGS", 1)
    monkeypatch.setattr(gathering, "cpu_count", lambda: 2)


def test_workers_give_what_this_process_gives(
    extractor: Extractor, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = list(extract_all(extractor, paths))
    use_workers(monkeypatch)
    monkeypatch.setattr(Extractor, "__call__", None)  # in this process only
    assert_same(list(extract_all(extractor, paths * 3)), here * 3)
    assert [bool(result.problem) for result in here] == [*11 * [False], True, True]


def test_neighbours_change_nothing(extractor: Extractor, paths: list[str]) -> None:
    alone = {path: next(extract_all(extractor, [path])) for path in paths}
    backwards = list(extract_all(extractor, paths[::-1]))
    assert_same(backwards, [alone[path] for path in paths[::-1]])


def extract_and_tell(extractor: Extractor, path: str) -> tuple[int, set[str]]:
    extractor(path)
    return os.getpid(), {"torch", "torchaudio", "scipy"} & set(sys.modules)


def test_a_worker_does_not_import_torch(extractor: Extractor, paths: list[str]) -> None:
    extractor.get_ready_for_audio()
    told = list(map_in_workers(partial(extract_and_tell, extractor), paths, 1))
    assert os.getpid() not in {process for process, _ in told}
    assert not any(names for _, names in told)


def test_what_audio_needs_is_made_once_and_sent(
    extractor: Extractor, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = list(extract_all(extractor, paths))
    use_workers(monkeypatch)

    def send(function: Any, items: Any, n_workers: int) -> Any:
        sent = pickle.loads(pickle.dumps(function))
        monkeypatch.setattr(MFCCFeatures, "frame_extractor", None)
        return map(sent, items)

    monkeypatch.setattr(gathering, "map_in_workers", send)
    fresh = Extractor(extractor.features, 25, None, None)
    assert_same(list(extract_all(fresh, paths[:3])), here[:3])


def test_large_recordings_are_left_for_later(
    extractor: Extractor, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "LARGE", 500)
    small = str(Path(paths[0]).with_name("small.npy"))
    Path(small).write_bytes(npy(matrix(1, 10)))
    wav, flac, *_, array, empty, _ = paths
    results = extract_side_by_side(extractor, [small, wav, flac, empty])
    assert [result is None for result in results] == [False, True, True, False]
    # After so many values the rest is left, too, small or not.
    results = extract_side_by_side(extractor, [small, small, array, small, small])
    assert [result is None for result in results] == [False, False, False, True, True]


def test_what_is_left_is_extracted_here(
    extractor: Extractor, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = list(extract_all(extractor, paths))
    use_workers(monkeypatch)

    def leave_all(_: Any, chunks: list[list[str]], n_workers: int) -> Iterator[list[None]]:
        return ([None for _ in chunk] for chunk in chunks)

    monkeypatch.setattr(gathering, "map_in_workers", leave_all)
    assert_same(list(extract_all(extractor, paths)), here)


def test_an_error_names_the_recording(
    extractor: Extractor, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "read_feature_matrix", None)
    with pytest.raises(TypeError) as caught:
        extract_side_by_side(extractor, paths)
    (array,) = [path for path in paths if path.endswith(".npy")]
    assert caught.value.__notes__ == [f"while extracting {array}"]


@pytest.mark.parametrize(("cores", "n_workers"), [(2, 2), (64, 7)])
def test_no_more_workers_start_than_there_is_work_for(
    cores: int, n_workers: int, extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def note(_: Any, chunks: list[list[str]], n_workers: int) -> Iterator[list[None]]:
        asked.append(n_workers)
        return iter([])

    monkeypatch.setattr(gathering, "map_in_workers", note)
    monkeypatch.setattr(gathering, "cpu_count", lambda: cores)
    with pytest.raises(ValueError, match="shorter"):  # as nothing is extracted
        list(extract_all(extractor, ["absent.wav"] * 16_000))  # 6.4 s on one core
    assert asked == [n_workers]
