"""Sweeps through Slurm: the runs of a sweep here, whatever Slurm does to their jobs."""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sweeps import (
    N_RUNS,
    VARIED,
    assert_same_predictions,
    assert_went_on,
    finish,
    hold,
    holding,
    records,
    release,
    run,
    start,
    wait_until,
)

pytestmark = pytest.mark.cluster

SCRIPT = Path(__file__).with_name("slurm.sh")
TOOLS = ("munged", "slurmctld", "slurmd", "sbatch")
LAUNCHER = ["hydra/launcher=slurm"]


@pytest.fixture(scope="module", autouse=True)
def slurm() -> Iterator[None]:
    """A Slurm cluster of two cores, for this module's commands."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=path) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; {SCRIPT.name} says how")
    if os.getuid() != 0:
        pytest.skip("Slurm's daemons need root")
    if importlib.util.find_spec("submitit") is None:
        pytest.skip("the extra slurm is not installed")
    # Not pytest's folder, which is closed to others; munge wants its socket's folder open.
    folder = tempfile.mkdtemp(prefix="slurm-")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        patch.setenv("SLURM_CONF", f"{folder}/slurm.conf")
        for port, number in zip(("SLURMCTLD_PORT", "SLURMD_PORT"), free_ports(2), strict=True):
            patch.setenv(port, str(number))
        try:
            subprocess.run([SCRIPT, "start", folder], check=True)
            yield
        finally:
            subprocess.run([SCRIPT, "stop", folder], check=True)
            shutil.rmtree(folder, ignore_errors=True)


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def slurm_says(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def running_jobs() -> list[str]:
    """The running parts of the array, such as 4_0."""
    words = ("--noheader", "--array", "--states=RUNNING", "--format=%F_%K")
    return slurm_says("squeue", *words).split()


def test_a_sweep_goes_on_whatever_slurm_does_to_its_jobs(
    sweep: list[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # In so short a time every signal is one of the limit's.
    packed = ["hydra.launcher.runs_per_job=3", "hydra.launcher.time_limit_min=10"]
    first = start("train", [*sweep, *LAUNCHER, *packed, *VARIED], tmp_path)
    wait_until(lambda: len(hold(tmp_path)) == 2, first)
    requeued = hold(tmp_path)
    signalled, preempted = sorted(running_jobs())
    with holding(requeued):
        slurm_says("scancel", "--signal=USR2", signalled)  # as before its time limit
        slurm_says("scontrol", "requeue", preempted)  # as a job is preempted

    def are_further() -> bool:
        held = hold(tmp_path, but=requeued)
        return len(held) == 2 and requeued.keys() <= records(tmp_path).keys()

    wait_until(are_further, first)
    for folder in requeued:
        assert_went_on(tmp_path, folder)
    logs = "".join(path.read_text() for path in tmp_path.rglob("*_log.out"))
    assert logs.count("Requeued job") == 1
    assert f"Requeued job {signalled} (19 remaining timeouts)" in logs
    cancelled = hold(tmp_path)
    with holding(cancelled):
        slurm_says("scancel", "--user=root")
    printed = finish(first, code=1)
    assert "Slurm job 1: 2 of up to 3 runs each" in printed
    assert "was cancelled" in printed, printed
    assert "The same command goes on" in printed
    before = records(tmp_path)
    assert before.keys() == requeued.keys()

    at_once = "hydra.launcher.runs_at_once=2"
    second = start("train", [*sweep, *LAUNCHER, at_once, *VARIED], tmp_path)
    wait_until(lambda: len(hold(tmp_path)) == 2, second)
    side_by_side = hold(tmp_path)
    assert "CPUs=2 Tasks=1 Name=python" in slurm_says("scontrol", "--oneliner", "show", "step")
    release(side_by_side)
    assert f"{N_RUNS} runs: 2 finished before, 4 to train" in finish(second)
    after = records(tmp_path)
    assert {folder: after[folder] for folder in before} == before  # none trained twice
    for folder in cancelled:
        assert_went_on(tmp_path, folder)
    # The tests of Ray, beside these, have it by now.
    assert_same_predictions(tmp_path, request.getfixturevalue("trained_here"))


def test_what_slurm_refuses_is_said_in_its_words(sweep: list[str], tmp_path: Path) -> None:
    words = [*sweep, *LAUNCHER, "hydra.launcher.partition=gone", *VARIED]
    printed = run("train", words, tmp_path, code=1)
    assert "invalid partition specified: gone" in printed
