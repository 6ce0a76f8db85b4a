"""The benchmark's command: its table, its JSON, its errors. What it measures is tested apart."""

import json
import sys
from pathlib import Path

import pytest

import bench.__main__ as benchmark
from bench.measurement import Measurement
from dysarthria_lightning.cli.entry import run_command

MEASURED = [
    Measurement("lstm1 fp32, syllables/s", 1234.4, "packed, fp32", 300.2, 4.11, aim=3.5),
    Measurement("features, recordings/s", 3000.0, "python_speech_features", 2000.0, 1.5, aim=2.0),
    Measurement("a million recordings, s", 0.61, "limit", 1.0, 0.61, aim=1.0, at_most=True),
]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip measuring, which takes minutes."""
    monkeypatch.setattr(benchmark, "measure", lambda folder, gpu: MEASURED)


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["make bench", *words])
    run_command(benchmark.main)


@pytest.mark.usefixtures("measured")
def test_the_table_says_what_is_reached_and_missed_in_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    call(monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    rows = [" ".join(line.split()) for line in lines]
    assert "lstm1 fp32, syllables/s 1,234 packed, fp32 300 4.11 ≥ 3.5 yes" in rows
    assert "features, recordings/s 3,000 python_speech_features 2,000 1.50 ≥ 2 no" in rows
    assert "a million recordings, s 0.61 limit 1 0.61 ≤ 1 yes" in rows
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("measured")
def test_json_holds_the_machine_and_every_figure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    call(monkeypatch, "--json", str(tmp_path / "bench.json"))
    record = json.loads((tmp_path / "bench.json").read_text())
    assert record["machine"]["cores"] >= 1
    assert [one["reached"] for one in record["measurements"]] == [True, False, True]
    assert record["measurements"][0]["ratio"] == 4.11


def test_a_folder_that_is_not_there_is_named_before_measuring(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as caught:
        call(monkeypatch, "--json", str(tmp_path / "absent" / "bench.json"))
    assert f"there is no folder {tmp_path / 'absent'}" in str(caught.value)


def test_what_it_compares_with_must_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as caught:
        call(monkeypatch)
    assert "librosa and python_speech_features, to compare with, are not installed" in str(
        caught.value
    )


def test_a_gpu_must_be_there_to_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "has_gpu", lambda: False)
    with pytest.raises(SystemExit) as caught:
        call(monkeypatch, "--gpu")
    assert "PyTorch finds no GPU on this machine" in str(caught.value)
