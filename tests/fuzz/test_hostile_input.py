"""Whatever it is given, the package ends in a result or in an error of its own, and soon."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KINDS = {"sound": 1200, "matrix": 400, "table": 400, "overrides": 90}
# Above what the process takes once it has imported torch, of which some builds take 0.6 GB.
MAX_GROWTH_BYTES = 1_500_000_000


def feed(numbers: dict[str, int], folder: Path) -> dict:
    """Feed a batch of some kinds in one process, which reports how each input ended."""
    script = Path(__file__).with_name("batch.py")
    words = [str(word) for pair in numbers.items() for word in pair]
    process = subprocess.run(
        [sys.executable, str(script), str(folder), *words],
        capture_output=True,
        text=True,
        timeout=1800,  # of a busy machine; the process bounds each input's CPU time itself
        check=False,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    report = json.loads(process.stdout.splitlines()[-1])
    assert report["failures"] == []
    assert {kind: report["used"][kind] + report["refused"][kind] for kind in numbers} == numbers
    assert report["grown"] < MAX_GROWTH_BYTES
    return report


@pytest.mark.slow
def test_thousands_of_hostile_inputs(tmp_path: Path) -> None:
    report = feed(KINDS, tmp_path)
    for kind, number in KINDS.items():
        # Damage so coarse that nothing gets past the door would test the door alone.
        assert report["used"][kind] > (0.02 if kind == "overrides" else 0.05) * number
        assert report["refused"][kind] > 0.3 * number


BOMBS = [
    "wav that promises 2 h",
    "flac that promises 19 days",
    "au that promises 2 h",
    "1 GHz",
    "1 Hz",
    "1024 channels",
    "samples beyond float32 once squared",
    "matrix that promises 1 TB",
    "matrix of 397 million bytes",
    "3 h in one flac",
]
LARGE = {
    "3 h in one flac, data.max_duration_s=5": "left out",
    "2 h at 16 kHz, whole": "used",
    "40 min at 44.1 kHz, data.segment_s=0.5": "used",
    "30 times 15 min": "used",
    "5 times matrix of 30 million bytes": "used",
}


def prepare(case: str, folder: Path) -> dict:
    """Prepare a corpus with a bomb in a process of its own, which reports what became of it."""
    script = Path(__file__).with_name("bombs.py")
    process = subprocess.run(
        [sys.executable, str(script), case, str(folder)],
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    report = json.loads(process.stdout.splitlines()[-1])
    assert report["grown"] < MAX_GROWTH_BYTES, report
    return report


@pytest.mark.slow
def test_small_bombs_are_refused_one_by_one(tmp_path: Path) -> None:
    report = prepare("|".join(BOMBS), tmp_path)
    said = report["problems"]
    assert "truncated: the header promises" in said["wav that promises 2 h"]
    assert "truncated: its header promises" in said["au that promises 2 h"]
    assert "truncated: 68719476735 samples promised" in said["flac that promises 19 days"]
    assert "shorter than one window" in said["1 GHz"]
    assert "min long or more" in said["1 Hz"]
    assert "1024 channels" not in said
    assert "above full scale" in said["samples beyond float32 once squared"]
    assert "is no .npy matrix" in said["matrix that promises 1 TB"]
    assert "cut the matrix into several" in said["matrix of 397 million bytes"]
    assert "cut it into shorter files" in said["3 h in one flac"]


@pytest.mark.slow
@pytest.mark.parametrize("case", LARGE)
def test_hours_in_a_small_file_stay_within_memory(case: str, tmp_path: Path) -> None:
    report = prepare(case, tmp_path)
    is_used = LARGE[case] == "used"
    assert case not in report["problems"]
    assert (case in report["too_long"]) != is_used
    assert (report["n_instances"] > 0) == is_used
