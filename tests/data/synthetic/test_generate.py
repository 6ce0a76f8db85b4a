"""A corpus on disk is complete, reproducible, or not there."""

from __future__ import annotations

import csv
import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from dysarthria_lightning.data.synthetic import DISCLAIMER, SyntheticParameters, generate_corpus
from dysarthria_lightning.data.synthetic.recordings import synthesise_speaker

SMALL = SyntheticParameters(speakers=4, recordings_per_speaker=5)


def manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    """Return a digest of every file of a corpus by its path in it."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate_corpus(SMALL, tmp_path_factory.mktemp("corpora"))


def test_the_folder_holds_what_the_manifest_says(small: Path) -> None:
    rows = manifest(small)
    assert len(rows) == 20
    assert {row["path"] for row in rows} == {
        path.relative_to(small).as_posix() for path in small.rglob("*.flac")
    }
    for row in rows:
        info = soundfile.info(small / row["path"])
        assert (info.samplerate, info.channels, info.subtype) == (16_000, 1, "PCM_16")
        assert info.duration == pytest.approx(float(row["duration_s"]), abs=1e-4)
        assert row["path"] == f"{row['speaker_id']}/{row['syllable']}.flac"
        assert row["gender"] in ("female", "male")
        assert row["syllable_type"] in ("monophthong", "compound_vowel", "consonant_a")
        if row["label"] == "0":
            assert (float(row["severity"]), row["affected"]) == (0.0, "0")
        else:
            assert float(row["severity"]) > 0


def test_files_hold_the_samples_made_in_memory(small: Path) -> None:
    from dysarthria_lightning.data.synthetic.population import population

    speaker = population(SMALL)[2]
    for recording in synthesise_speaker(SMALL, speaker):
        written, _ = soundfile.read(small / speaker.speaker_id / f"{recording.name}.flac")
        np.testing.assert_allclose(written, recording.samples, atol=6e-5)


def test_it_is_labelled_as_synthetic(small: Path) -> None:
    assert DISCLAIMER == "synthetic: it shows that the pipeline works, and is no clinical evidence"
    assert DISCLAIMER in (small / "README.txt").read_text().replace("Synthetic", "synthetic")
    described = json.loads((small / "parameters.json").read_text())
    assert (described["speakers"], described["seed"]) == (4, 0)


def test_the_bytes_do_not_depend_on_the_number_of_workers(small: Path, tmp_path: Path) -> None:
    parallel = generate_corpus(SMALL, tmp_path, workers=2)
    assert parallel.name == small.name
    assert digests(parallel) == digests(small)


def test_another_seed_gives_other_bytes_in_another_folder(small: Path, tmp_path: Path) -> None:
    other = generate_corpus(SyntheticParameters(4, 5, seed=1), tmp_path)
    assert other.name != small.name
    clips = [
        {digest for path, digest in digests(folder).items() if path.endswith(".flac")}
        for folder in (small, other)
    ]
    assert [len(digest) for digest in clips] == [20, 20]
    assert not clips[0] & clips[1]


def test_a_finished_corpus_is_returned_as_it_is(small: Path) -> None:
    before = (small / "manifest.csv").stat().st_mtime_ns
    assert generate_corpus(SMALL, small.parent) == small
    assert (small / "manifest.csv").stat().st_mtime_ns == before


def test_progress_sees_every_speaker(tmp_path: Path) -> None:
    seen: list[int] = []

    def count(items: Iterable[Any], total: int) -> Iterable[Any]:
        for position, item in enumerate(items, start=1):
            seen.append(total)
            assert position <= total
            yield item

    generate_corpus(SMALL, tmp_path, progress=count)
    assert seen == [4, 4, 4, 4]


def test_a_generation_that_fails_leaves_no_corpus(small: Path, tmp_path: Path) -> None:
    def fail(items: Iterable[Any], total: int) -> Iterable[Any]:
        yield next(iter(items))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_corpus(SMALL, tmp_path, progress=fail)
    assert not (tmp_path / small.name).exists()
    assert not list(tmp_path.glob("synthetic-*.tmp-*"))
    again = generate_corpus(SMALL, tmp_path)
    assert digests(again) == digests(small)


_GENERATE = (
    "import sys; from pathlib import Path;"
    "from dysarthria_lightning.data.synthetic import *;"
    "parameters = SyntheticParameters(4, int(sys.argv[2]));"
    "generate_corpus(parameters, Path(sys.argv[1]), workers=int(sys.argv[3]))"
)


_KILLED = f"""
import os, signal

def kill(speakers, total):
    yield next(iter(speakers))
    os.kill(os.getpid(), signal.SIGKILL)

{_GENERATE.replace("workers=", "progress=kill, workers=")}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "recordings"), [(1, 5), (2, 20)])
def test_a_killed_generation_starts_over(tmp_path: Path, workers: int, recordings: int) -> None:
    """Also where worker processes outlive the killed one and go on writing for a moment."""
    command = [sys.executable, "-c", _KILLED, str(tmp_path), str(recordings), str(workers)]
    # No pipe: the workers would hold it open until they notice that nobody needs them.
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list(tmp_path.glob("*.tmp-*/*/*.flac"))
    parameters = SyntheticParameters(4, recordings)
    assert not (tmp_path / f"synthetic-{parameters.hash12}").exists()
    again = generate_corpus(parameters, tmp_path)
    assert len(manifest(again)) == len(list(again.rglob("*.flac"))) == 4 * recordings
    undisturbed = generate_corpus(parameters, tmp_path / "undisturbed")
    assert digests(again) == digests(undisturbed)


def test_two_processes_at_once_make_one_corpus(small: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _GENERATE, str(tmp_path), "5", "1"]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert digests(tmp_path / small.name) == digests(small)


def test_zero_workers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="workers is 0; it must be at least 1"):
        generate_corpus(SMALL, tmp_path, workers=0)
