"""Disks that are full and folders that may not be written: a message, and nothing half-written."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from processes import leave_figures_out, run
from test_commands import QUICK, run_records

from dysarthria_lightning.cli.command import command
from dysarthria_lightning.cli.entry import run_command


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Make room, or write elsewhere"),
        (errno.EDQUOT, "Make room, or write elsewhere"),
        (errno.EFBIG, "Make room, or write elsewhere"),
        (errno.EACCES, "A folder that may be written"),
        (errno.EROFS, "A folder that may be written"),
        (errno.EIO, "the same command goes on"),
    ],
)
def test_what_a_disk_says_becomes_a_message(
    number: int, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @command("config")
    def main(composed: Any) -> None:
        raise OSError(number, os.strerror(number), "outputs/x")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["command"])
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(SystemExit) as stop:
        run_command(main)
    said = str(stop.value.code)
    assert said.startswith(f"error: {os.strerror(number)}: outputs/x\n")
    assert advice in said
    assert "What is finished is kept" in said


def test_a_reader_that_wants_no_more_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "dysarthria_lightning.train", "--help"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


@pytest.mark.slow
@pytest.mark.parametrize("outputs", ["/proc/nowhere", "{file}/outputs"])
def test_outputs_that_cannot_be_made(outputs: str, tone_corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    where = outputs.format(file=tmp_path / "file")
    words = ["data=manifest", f"data.manifest={tone_corpus}", f"outputs_dir={where}"]
    printed = run("prepare", *words, cwd=tmp_path, code=1)
    assert f"error: {'No such' if 'proc' in outputs else 'Not a'}" in printed


def limited(command: str, *words: str, cwd: Path, size: int) -> str:
    """Run a command that may write no file larger than ``size`` bytes; it must say so and end."""
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size))
    printed = run(command, *words, cwd=cwd, code=1, before=limit)
    assert "error: " in printed
    assert "Make room" in printed
    return printed


def unfinished(outputs: Path) -> list[str]:
    """Temporary files, and stores or runs that are not whole."""
    return [
        str(path)
        for path in outputs.rglob("*")
        if ".tmp" in path.name or (path.name == "frames.npy" and path.stat().st_size < 10_000)
    ]


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_half_written(tone_corpus: Path, tmp_path: Path) -> None:
    words = ["data=manifest", f"data.manifest={tone_corpus}", *QUICK]
    limited("prepare", *words[:2], cwd=tmp_path, size=9000)
    assert unfinished(tmp_path / "outputs") == []
    run("prepare", *words[:2], cwd=tmp_path)
    limited("train", *words, cwd=tmp_path, size=9000)
    assert run_records(tmp_path) == {}
    run("train", *words, cwd=tmp_path, before=leave_figures_out)
    assert len(run_records(tmp_path)) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB, where one may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a disk takes more rights")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_disk_that_fills_up(small_disk: Path, tone_corpus: Path, tmp_path: Path) -> None:
    words = ["data=manifest", f"data.manifest={tone_corpus}", *QUICK, "model.hidden_size=100"]
    words.remove("model.hidden_size=8")
    words.append("experiments=[table2]")
    give = partial(run, "reproduce", *words, f"outputs_dir={small_disk}", cwd=tmp_path)
    printed = give(code=1, before=leave_figures_out)
    assert "No space left on device" in printed or "failure.log" in printed
    assert run_records_under(small_disk) == 0
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    give(before=leave_figures_out)
    assert run_records_under(small_disk) == 5


def run_records_under(outputs: Path) -> int:
    return len(list((outputs / "runs").rglob("run.json")))
