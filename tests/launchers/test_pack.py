"""A pack trains each of its runs once, however often it is started and whatever kills it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hydra.core.utils import JobReturn, JobStatus

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.launchers import pack, worker
from dysarthria_lightning.launchers.pack import Pack

OVERRIDES = {number: [f"fold={number}"] for number in range(3, 7)}


@pytest.fixture
def make_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Pack]:
    """A pack of four runs; each starts by leaving a line in a file named by its number."""

    def make(train: Callable[[int], Any], at_once: int = 1) -> Pack:
        def train_one(sweep: Any, number: int, overrides: list[str], until: float) -> JobReturn:
            with (sweep / str(number)).open("a") as file:
                file.write("begun\n")
            returned = JobReturn(overrides=overrides, status=JobStatus.COMPLETED)
            returned.return_value = train(number)
            return returned

        monkeypatch.setattr(pack, "train_one", train_one)
        monkeypatch.setattr(pack, "_LAST_BREATH_S", 0.1)
        made: Any = Pack(tmp_path, OVERRIDES, at_once, tmp_path / "runs3.pkl")  # type: ignore
        return made

    return make


def starts(folder: Path) -> dict[int, int]:
    return {int(path.name): len(path.read_text().split()) for path in folder.glob("[0-9]")}


@pytest.mark.parametrize("at_once", [1, 2])
def test_every_run_is_trained_and_reported(
    make_pack: Callable[..., Pack], tmp_path: Path, at_once: int
) -> None:
    packed = make_pack(lambda number: number * 10, at_once)
    packed()
    ended = packed.ended()
    assert {number: run.return_value for number, run in ended.items()} == {
        3: 30,
        4: 40,
        5: 50,
        6: 60,
    }
    assert ended[4].overrides == ["fold=4"]
    assert starts(tmp_path) == {3: 1, 4: 1, 5: 1, 6: 1}


def test_started_again_it_passes_over_what_has_ended(
    make_pack: Callable[..., Pack], tmp_path: Path
) -> None:
    packed = make_pack(lambda number: None)
    packed.runs = {3: OVERRIDES[3], 4: OVERRIDES[4]}
    packed()
    packed.runs = OVERRIDES
    packed.checkpoint().result()
    assert starts(tmp_path) == {3: 1, 4: 1, 5: 1, 6: 1}
    assert set(packed.ended()) == set(OVERRIDES)


def test_a_killed_worker_fails_its_runs_with_a_reason(make_pack: Callable[..., Pack]) -> None:
    def die_on_five(number: int) -> None:
        if number == 5:
            os.kill(os.getpid(), signal.SIGKILL)

    packed = make_pack(die_on_five)
    packed()
    ended = packed.ended()
    assert ended[3].status == JobStatus.COMPLETED
    assert ended[5].status == JobStatus.FAILED
    with pytest.raises(RunError, match="killed by the system, perhaps for want of memory"):
        _ = ended[5].return_value


def test_a_run_whose_worker_was_killed_is_trained_when_the_job_is_queued_again(
    make_pack: Callable[..., Pack], tmp_path: Path
) -> None:
    def die_at_first(number: int) -> str:
        if (tmp_path / "5").read_text() == "begun\n" and number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return "trained"

    packed = make_pack(lambda number: die_at_first(number) if number > 4 else "trained")
    packed()
    packed.checkpoint().result()
    assert {number: run.return_value for number, run in packed.ended().items()} == dict.fromkeys(
        OVERRIDES, "trained"
    )
    assert starts(tmp_path) == {3: 1, 4: 1, 5: 2, 6: 1}


def test_signals_to_the_whole_job_stop_no_worker(make_pack: Callable[..., Pack]) -> None:
    def signal_itself(number: int) -> str:
        for which in (signal.SIGTERM, signal.SIGUSR2):
            signal.signal(which, signal.SIG_DFL)  # as a library might
            os.kill(os.getpid(), which)
        return "at work"

    packed = make_pack(signal_itself)
    packed()
    assert [run.return_value for run in packed.ended().values()] == ["at work"] * 4


class Clock:
    """Time passes by sleeping only."""

    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def train_one(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[float], bool]], Any]:
    """Train a run whose task says, at a time after the start, whether it could be trained."""

    def train(could: Callable[[float], bool]) -> tuple[bool, float]:
        clock = Clock()

        def run(*args: Any) -> JobReturn:
            returned = JobReturn(status=JobStatus.COMPLETED)
            returned.return_value = could(clock.now - 1000.0)
            return returned

        monkeypatch.setattr(worker, "time", SimpleNamespace(time=clock.time, sleep=clock.sleep))
        monkeypatch.setattr(worker, "_run", run)
        returned = worker.train_one(SimpleNamespace(), 0, [])  # type: ignore[arg-type]
        return returned.return_value, clock.now - 1000.0

    return train


def test_a_run_whose_claim_expires_is_taken_over(train_one: Any) -> None:
    trained, after_s = train_one(lambda passed: passed >= worker.EXPIRY_S)
    assert trained
    assert after_s == worker.EXPIRY_S


def test_a_run_of_a_worker_that_lives_is_left_to_it(train_one: Any) -> None:
    trained, after_s = train_one(lambda passed: False)
    assert not trained
    assert worker.EXPIRY_S < after_s < worker.EXPIRY_S + 60


def test_a_free_run_is_trained_at_once(train_one: Any) -> None:
    assert train_one(lambda passed: True) == (True, 0.0)
