"""Sweeps through Ray: the runs of a sweep here, though a machine be lost."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("default"),  # Ray's own
]


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A Ray cluster of two machines with a core each, both of them this one."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("the extra ray is not installed")
    from ray.cluster_utils import Cluster

    machine = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 100 * 2**20}
    made = Cluster(initialize_head=True, head_node_args={**machine, "include_dashboard": False})
    yield made, made.add_node(**machine)
    made.shutdown()


def test_a_lost_machine_costs_an_epoch_at_most(
    sweep: list[str], trained_here: Path, tmp_path: Path, cluster: Any
) -> None:
    machines, second = cluster
    launcher = ["hydra/launcher=ray", f"hydra.launcher.address={machines.address}"]
    command = start("train", [*sweep, *launcher, *VARIED], tmp_path)
    # Two under way: each machine has a core for one.
    wait_until(lambda: len(records(tmp_path)) >= 1 and len(begun(tmp_path)) == 2, command)
    before = records(tmp_path)
    marks = [folder / "mark" for folder in begun(tmp_path)]
    for mark in marks:
        mark.touch()
    machines.remove_node(second, allow_graceful=False)
    printed = finish(command)
    assert "Ray cluster of 2 machines: 2 cores, 0 GPUs" in printed
    after = records(tmp_path)
    assert len(after) == N_RUNS
    assert {path: after[path] for path in before} == before  # none trained twice
    assert all(mark.exists() for mark in marks)  # a run that starts anew clears its folder
    assert_same_predictions(tmp_path, trained_here)


def test_reproduce_trains_through_ray_and_reports(
    sweep: list[str], tmp_path: Path, cluster: Any
) -> None:
    machines, _ = cluster
    launcher = ["hydra/launcher=ray", f"hydra.launcher.address={machines.address}"]
    printed = run("reproduce", [*sweep, *launcher, "experiments=[table2]"], tmp_path)
    assert "4 runs: 0 finished before, 4 to train" in printed
    assert len(records(tmp_path)) == 4
    assert (tmp_path / "outputs/report/index.html").exists()


def test_a_cluster_that_is_not_there_is_said(sweep: list[str], tmp_path: Path) -> None:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("the extra ray is not installed")
    words = [*sweep, "hydra/launcher=ray", *VARIED]
    assert "no Ray cluster at hydra.launcher.address=auto" in run("train", words, tmp_path, code=1)
