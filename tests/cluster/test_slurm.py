"""Sweeps through Slurm: the runs of a sweep here, whatever Slurm does to their jobs."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sweeps import (
    N_RUNS,
    VARIED,
    assert_same_predictions,
    begun,
    finish,
    records,
    run,
    start,
    wait_until,
)

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("slurm")]

SCRIPT = Path(__file__).with_name("slurm.sh")
TOOLS = ("munged", "slurmctld", "slurmd", "sbatch")
LAUNCHER = ["hydra/launcher=slurm", "hydra.launcher.runs_per_job=3"]


@pytest.fixture(scope="module", autouse=True)
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Slurm cluster of two cores, for this module's commands."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=path) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; {SCRIPT.name} says how")
    if os.getuid() != 0:
        pytest.skip("Slurm's daemons need root")
    if importlib.util.find_spec("submitit") is None:
        pytest.skip("the extra slurm is not installed")
    folder = tmp_path_factory.mktemp("slurm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        patch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        subprocess.run([SCRIPT, "start", folder], check=True)
        yield
        subprocess.run([SCRIPT, "stop", folder], check=True)


def queue() -> list[str]:
    """The running parts of the user's arrays, such as 4_0."""
    listed = ["squeue", "--noheader", "--array", "--states=RUNNING", "--format=%F_%K"]
    return subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()


def scancel(*words: str) -> None:
    subprocess.run(["scancel", *words], check=True)


def test_a_second_submission_finishes_what_a_cancelled_one_has_left(
    sweep: list[str], trained_here: Path, tmp_path: Path
) -> None:
    first = start("train", [*sweep, *LAUNCHER, *VARIED], tmp_path)
    wait_until(lambda: len(records(tmp_path)) >= 2, first)
    scancel("--user=root")
    printed = finish(first, code=1)
    assert "was cancelled" in printed
    assert "The same command goes on" in printed
    before = records(tmp_path)
    assert 2 <= len(before) < N_RUNS

    printed = run("train", [*sweep, *LAUNCHER, *VARIED], tmp_path)
    assert f"{N_RUNS} runs: {len(before)} finished before" in printed
    after = records(tmp_path)
    assert len(after) == N_RUNS
    assert {path: after[path] for path in before} == before  # none trained twice
    assert_same_predictions(tmp_path, trained_here)


def test_a_job_that_is_told_to_stop_is_queued_again_and_goes_on(
    sweep: list[str], trained_here: Path, tmp_path: Path
) -> None:
    """Slurm sends the signal before a job's time limit, or as it preempts the job."""
    command = start("train", [*sweep, *LAUNCHER, *VARIED], tmp_path)
    wait_until(lambda: len(begun(tmp_path)) >= 1 and len(records(tmp_path)) >= 1, command)
    for job in queue():
        scancel("--signal=USR2", job)
    wait_until(lambda: queue() == [], command)
    before = records(tmp_path)
    marks = [folder / "mark" for folder in begun(tmp_path)]
    assert len(before) < N_RUNS
    assert len(marks) >= 1
    for mark in marks:
        mark.touch()
    finish(command)
    after = records(tmp_path)
    assert len(after) == N_RUNS
    assert {path: after[path] for path in before} == before
    assert all(mark.exists() for mark in marks)  # a run that starts anew clears its folder
    assert_same_predictions(tmp_path, trained_here)
    logs = "".join(path.read_text() for path in tmp_path.rglob("*_log.*"))
    assert "Requeued job" in logs


def test_runs_of_a_job_are_trained_side_by_side(
    sweep: list[str], trained_here: Path, tmp_path: Path
) -> None:
    packed = ["hydra/launcher=slurm", "hydra.launcher.runs_at_once=2"]
    command = start("train", [*sweep, *packed, *VARIED], tmp_path)
    wait_until(lambda: len(begun(tmp_path)) == 2, command)
    show = ["scontrol", "--oneliner", "show", "step"]
    steps = subprocess.run(show, capture_output=True, text=True, check=True).stdout
    assert "CPUs=2 Tasks=1 Name=python" in steps, steps
    assert "1 of up to 10 runs each" in finish(command)
    assert len(records(tmp_path)) == N_RUNS
    assert_same_predictions(tmp_path, trained_here)


def test_reproduce_trains_through_slurm_and_reports(sweep: list[str], tmp_path: Path) -> None:
    printed = run("reproduce", [*sweep, *LAUNCHER, "experiments=[table2]"], tmp_path)
    assert "4 runs: 0 finished before, 4 to train" in printed
    assert "2 of up to 3 runs each" in printed
    assert len(records(tmp_path)) == 4
    assert (tmp_path / "outputs/report/index.html").exists()


def test_what_slurm_refuses_is_said_in_its_words(sweep: list[str], tmp_path: Path) -> None:
    words = [*sweep, "hydra/launcher=slurm", "hydra.launcher.partition=gone", *VARIED]
    printed = run("train", words, tmp_path, code=1)
    assert "invalid partition specified: gone" in printed
