"""Sweeps through Ray: the runs of a sweep here, though a machine be lost."""

import importlib.util
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sweeps import (
    VARIED,
    assert_same_predictions,
    assert_went_on,
    finish,
    hold,
    holding,
    records,
    run,
    start,
    wait_until,
)

from dysarthria_lightning.errors import UserError
from dysarthria_lightning.launchers.ray import connect

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("default"),  # Ray's own
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="the extra ray is not installed"
    ),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A Ray cluster of two machines with a core each, both of them this one."""
    from ray.cluster_utils import Cluster

    machine = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 80 * 2**20}
    made = Cluster(initialize_head=True, head_node_args={**machine, "include_dashboard": False})
    try:
        made.add_node(**machine)
        yield made
    finally:
        made.shutdown()


def launcher(cluster: Any) -> list[str]:
    return ["hydra/launcher=ray", f"hydra.launcher.address={cluster.address}"]


def test_a_lost_machine_costs_an_epoch_at_most(
    sweep: list[str], trained_here: Path, tmp_path: Path, cluster: Any
) -> None:
    command = start("train", [*sweep, *launcher(cluster), *VARIED], tmp_path)
    (second,) = cluster.worker_nodes
    raylet = second.all_processes["raylet"][0].process.pid
    wait_until(lambda: len(hold(tmp_path, parent=raylet)) == 1, command)
    lost = hold(tmp_path, parent=raylet)
    before = records(tmp_path)
    with holding(lost):
        cluster.remove_node(second, allow_graceful=False)
        for process in lost.values():
            os.kill(process, signal.SIGKILL)
    assert "Ray cluster of 2 machines: 2 cores, 0 GPUs" in finish(command)
    after = records(tmp_path)
    assert {folder: after[folder] for folder in before} == before  # none trained twice
    for folder in lost:
        assert_went_on(tmp_path, folder)
    assert_same_predictions(tmp_path, trained_here)


def test_reproduce_trains_through_ray_and_reports(
    sweep: list[str], tmp_path: Path, cluster: Any
) -> None:
    printed = run("reproduce", [*sweep, *launcher(cluster), "experiments=[table2]"], tmp_path)
    assert "5 runs: 0 finished before, 5 to train" in printed
    assert len(records(tmp_path)) == 5
    assert (tmp_path / "outputs/report/index.html").exists()


def test_a_cluster_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def init(**wanted: Any) -> None:
        raise ConnectionError("Could not find any running Ray instance.")

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(UserError, match=r"hydra\.launcher\.address=auto: Could not"):
        connect("auto")
