"""Whoever was taken for dead and wakes up leaves its run to the process that has taken it over."""

import fcntl
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from configurations import AS_IN_THE_PAPER
from processes import Command
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.data.batches import Batch
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.files import locks
from dysarthria_lightning.files.locks import LostClaimError, claim
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import write_run
from dysarthria_lightning.runs.replacing import replacing
from dysarthria_lightning.training import networks, run
from dysarthria_lightning.training.claim import ClaimCheck
from dysarthria_lightning.training.module import RecordingClassifier


def suspend_itself() -> None:
    """Have a process suspend itself in its third epoch, when all that came before is on disk."""
    step = RecordingClassifier.training_step

    def suspended_step(self: RecordingClassifier, batch: Batch, batch_idx: int) -> Tensor:
        if (self.current_epoch, batch_idx) == (2, 1):
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGSTOP)
        return step(self, batch, batch_idx)

    RecordingClassifier.training_step = suspended_step  # type: ignore[method-assign]
    locks.HEARTBEAT_S = 0.1


def wait_until_suspended(train: Command, claim_file: Path) -> int:
    """Return the identity of the process that holds a claim, once it is suspended."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert train.wait(0) is None, train.read_printed()
        with suppress(OSError, ValueError):  # it has not begun yet
            process = int(json.loads(claim_file.read_text(encoding="utf-8"))["process"])
            status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
            if status.rpartition(")")[2].split()[0] == "T":
                return process
        time.sleep(0.05)
    raise AssertionError("no process suspends itself")


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Every file beside and in a run's folder, and when it was written."""
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.parent.rglob("*")
        if path.is_file()
    }


@contextmanager
def claim_elsewhere(config: Config) -> Iterator[None]:
    """Hold a run's claim as another machine does, which sees no locks of this one's."""

    def refuse(descriptor: int, how: int) -> None:
        raise OSError(37, "No locks available")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fcntl, "flock", refuse)
        patch.setattr(locks, "EXPIRY_S", 0.5)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with claim(layout.claim_file(config)) as held:
                if held is not None:
                    yield
                    return
            time.sleep(0.1)
        raise AssertionError("the claim of a suspended process has not expired")


@pytest.fixture
def words(tone_corpus: Path) -> list[str]:
    """Settings of a run that is trained for so long that it has to be stopped."""
    return [
        "data=manifest",
        f"data.manifest={tone_corpus}",
        "protocol.folds=3",
        "protocol.validation_speakers=3",
        *AS_IN_THE_PAPER,
        "trainer.batch_size=8",
        "trainer.precision=32-true",
        "trainer.max_epochs=100",
        "trainer.early_stopping.patience=100",
        "model.hidden_size=8",
        "overwrite=true",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ([], 1, "error: another process has taken over {folder}"),
        # The sweep takes what the other has made.
        (["-m", "hydra/launcher=basic"], 0, "runs: 1 of 1 done, 0 running, 0 failed"),
    ],
    ids=["alone", "in a sweep"],
)
def test_a_suspended_process_whose_run_was_taken_over_touches_nothing_of_it(
    more: list[str],
    code: int,
    said: str,
    words: list[str],
    tone_config: Callable[..., Config],
    tmp_path: Path,
) -> None:
    config = tone_config("trainer.max_epochs=100", "trainer.early_stopping.patience=100")
    result = {"epochs": 1, "wall_time_s": 2.4, "validation_error": 0.25, "epoch_tested": 1}
    record = {"fingerprint": fingerprint(config, prepare_corpus(config).key), "files": {}}
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    (folder / layout.RUN).write_text("finished before, thus kept aside", encoding="utf-8")
    words = [f"outputs_dir={tmp_path}/outputs", *words, *more]
    train = Command("train", words, tmp_path, suspend_itself)
    try:
        suspended = wait_until_suspended(train, layout.claim_file(config))
        assert (folder / layout.RESUME_POINT).exists()
        with claim_elsewhere(config), replacing(folder):
            write_run(record | result, folder)
            before = contents(folder)
            os.kill(suspended, signal.SIGCONT)
            assert train.wait(120) == code
            assert contents(folder) == before
            assert layout.claim_file(config).exists()
    finally:
        if train.wait(0) is None:
            train.kill()
    printed = train.read_printed()
    assert "Traceback" not in printed
    # Below may stand what to type next.
    *_, last = [line for line in printed.splitlines() if not line.startswith("Next: ")]
    assert said.format(folder=folder) in last


class Other:
    """Another process that takes a run over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.has_it = False
        self.wrote: dict[Path, tuple[bytes, int]] = {}

    def take_over(self) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        (self.folder / layout.CONFIG).write_text("the other's", encoding="utf-8")
        self.wrote = contents(self.folder)
        self.has_it = True

    def check(self) -> None:
        if self.has_it:
            raise LostClaimError


def train_in_vain(config: Config, other: Other) -> None:
    with pytest.raises(LostClaimError):
        run.train_run(config, prepare_corpus(config), show_progress=False, check=other.check)
    assert contents(other.folder) == other.wrote


class TakeOverAt(Callback):
    """Has another process take a run over while this one is at one of Lightning's hooks."""

    def __init__(self, hook: str, side: str, other: Other) -> None:
        self.side = side
        self.other = other
        setattr(self, hook, self._take_over)

    def _take_over(self, trainer: Trainer, pl_module: LightningModule, *args: Any) -> None:
        if not self.other.has_it and trainer.state.fn == self.side and trainer.current_epoch:
            self.other.take_over()


@pytest.mark.parametrize(
    ("hook", "side"),
    [
        ("on_train_batch_start", "fit"),
        ("on_validation_batch_start", "fit"),
        ("on_test_batch_start", "test"),
        ("on_predict_batch_start", "predict"),
    ],
)
def test_whatever_it_was_at_nothing_more_is_written(
    hook: str,
    side: str,
    tone_config: Callable[..., Config],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tone_config()
    make_trainer = networks.make_trainer
    other = Other(layout.run_folder(config))

    def make_suspended_trainer(*args: Any) -> Trainer:
        trainer = make_trainer(*args)
        trainer.callbacks.append(TakeOverAt(hook, side, other))  # type: ignore[attr-defined]
        return trainer

    monkeypatch.setattr(networks, "make_trainer", make_suspended_trainer)
    train_in_vain(config, other)
    assert other.has_it


@pytest.mark.parametrize("step", ["fit", "score"])
def test_nor_by_a_model_without_gradient_steps(
    step: str, tone_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tone_config("model=functionals")
    other = Other(layout.run_folder(config))
    take_step = getattr(type(config.model), step)

    def suspended(*arguments: Any) -> Any:
        other.take_over()
        return take_step(*arguments)

    monkeypatch.setattr(type(config.model), step, suspended)
    train_in_vain(config, other)
    assert other.has_it


def test_a_run_taken_over_before_it_begins_is_not_cleared(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config()
    other = Other(layout.run_folder(config))
    other.folder.mkdir(parents=True)
    other.take_over()
    train_in_vain(config, other)


def test_a_run_taken_over_as_it_ends_is_not_finished(
    tone_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tone_config()
    taken_over: list[Path] = []
    monkeypatch.setattr(run, "digest_files", taken_over.append)

    def check() -> None:
        if taken_over:
            raise LostClaimError

    with pytest.raises(LostClaimError):
        run.train_run(config, prepare_corpus(config), show_progress=False, check=check)
    assert not (layout.run_folder(config) / layout.RUN).exists()


def test_batches_that_go_by_quickly_are_not_all_followed_by_a_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[float] = []
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    callback = ClaimCheck(lambda: looks.append(now))
    for _ in range(1000):
        now += 0.01
        callback.on_train_batch_end()
    assert 8 <= len(looks) <= 10
