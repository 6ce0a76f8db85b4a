"""What a large corpus costs: time and memory of an epoch, and the opening of a feature store.

The corpora are invented straight into the feature store, and everything after it is as in a run.
"""

import math
import multiprocessing
import os
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pytorch_lightning import Callback, LightningModule, Trainer

from bench.invented import write_store
from bench.measurement import Announce, Measurement
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.protocols import NovelSpeakers
from dysarthria_lightning.data.splits import make_split
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.models.lstm import LSTM
from dysarthria_lightning.training.module import RecordingClassifier
from dysarthria_lightning.training.networks import make_trainer, prepare_torch

Result = TypeVar("Result")

SIZES = (600, 6_000, 60_000)
LARGE_STORE = 1_000_000

# Small corpora are trained on for more epochs, so that their time and memory settle too.
_LEAST_TRAINED = 12_000
# An epoch over a corpus so many times as large may take this much longer for each syllable, ...
_TIME_AIM = 1.25
# ... and each recording more take this many times its row in the index, because that is decoded.
_MEMORY_AIM = 2.0
_OPENING_LIMIT_S = 1.0
# A process's memory is looked at this often.
_PAUSE_S = 0.005


@dataclass(frozen=True)
class EpochCost:
    """What it takes to train on a corpus.

    Attributes:
        n_recordings: The corpus's.
        n_trained: Those on the training side.
        seconds: Of one epoch's training batches, without validation; the median over the epochs
            but the first, which loads torch's kernels. A large corpus has a single one.
        memory_bytes: The most memory of its own that the process had from the store's opening on,
            above what it had before; pages mapped from the store do not count. None where the
            system does not tell.
    """

    n_recordings: int
    n_trained: int
    seconds: float
    memory_bytes: int | None

    @property
    def seconds_per_thousand(self) -> float:
        """Seconds of an epoch for each 1,000 syllables trained on."""
        return 1000 * self.seconds / self.n_trained


@dataclass(frozen=True)
class OpeningCost:
    """What it takes to open a feature store.

    Attributes:
        n_recordings: The store's.
        seconds: From the index on disk, which the system has just written and holds in memory, to
            the table.
        bytes_per_recording: Memory that the index holds for each recording.
    """

    n_recordings: int
    seconds: float
    bytes_per_recording: float


@dataclass(frozen=True)
class ScaleResult:
    """How corpora of rising size were trained on, and how a large store was opened."""

    epochs: tuple[EpochCost, ...]
    opening: OpeningCost


def measure_scale(
    config: Config,
    folder: Path,
    announce: Announce,
    sizes: tuple[int, ...] = SIZES,
    large: int = LARGE_STORE,
) -> ScaleResult:
    """Train on corpora of rising size and open a large store.

    Args:
        config: ``features``, ``n_mfcc`` and the batches count; the network is a small LSTM on one
            thread of the CPU, so that the data's part shows.
        folder: For the stores, which are deleted again.
        announce: Told before each size.
        sizes: Recordings of the corpora to train on.
        large: Recordings of the store to open.
    """
    epochs = []
    for n_recordings in sizes:
        announce(f"an epoch over {n_recordings:,} recordings")
        run = small_run(config, n_epochs=max(2, math.ceil(_LEAST_TRAINED / n_recordings)))
        with _invented(config, folder, n_recordings, with_frames=True) as store:
            (seconds, n_trained), memory = in_new_process(train_epochs, run, store)
        epochs.append(EpochCost(n_recordings, n_trained, seconds, memory))
    announce(f"a store of {large:,} recordings")
    with _invented(config, folder, large, with_frames=False) as store:
        (seconds, per_recording), _ = in_new_process(open_store, store)
    return ScaleResult(tuple(epochs), OpeningCost(large, seconds, per_recording))


def compare_sizes(result: ScaleResult) -> list[Measurement]:
    """Set larger corpora beside the smallest one, memory and opening beside the index."""

    def at_most(aim: float, what: str, ours: float, reference: str, theirs: float) -> Measurement:
        return Measurement(what, ours, reference, theirs, ours / theirs, aim, at_most=True)

    smallest, *larger = result.epochs
    measurements = [
        at_most(
            _TIME_AIM,
            f"{epoch.n_recordings // smallest.n_recordings}x corpus, s/1,000 tr.",
            epoch.seconds_per_thousand,
            "1x corpus",
            smallest.seconds_per_thousand,
        )
        for epoch in larger
    ]
    row = result.opening.bytes_per_recording
    growth = _growth(*result.epochs[-2:])
    if growth is not None:
        what = "one recording more, bytes"
        measurements.append(at_most(_MEMORY_AIM, what, growth, "its row in the index", row))
    what = f"index of {result.opening.n_recordings:,}, s"
    measurements.append(at_most(1.0, what, result.opening.seconds, "limit", _OPENING_LIMIT_S))
    return measurements


def _growth(small: EpochCost, large: EpochCost) -> float | None:
    """Compute the bytes of memory that each recording more takes.

    Between large corpora, as torch keeps something for each shape of batch until it has met all.
    """
    if small.memory_bytes is None or large.memory_bytes is None:
        return None
    return (large.memory_bytes - small.memory_bytes) / (large.n_recordings - small.n_recordings)


@contextmanager
def _invented(config: Config, folder: Path, n_recordings: int, with_frames: bool) -> Iterator[Path]:
    """Write a store and delete it in the end."""
    store = folder / f"{n_recordings}"
    try:
        write_store(config, store, n_recordings, np.random.default_rng(0), with_frames)
        yield store
    finally:
        shutil.rmtree(store, ignore_errors=True)


def small_run(config: Config, n_epochs: int) -> Config:
    """Choose a network that takes little time, and a split that a few speakers allow."""
    network = LSTM(name="lstm1", hidden_size=8, l2=0.0, architecture="lstm", layers=1, dropout=0.0)
    trainer = {
        "max_epochs": n_epochs,
        # None stops early.
        "early_stopping": config.trainer.early_stopping.model_copy(update={"patience": n_epochs}),
        "accelerator": "cpu",
        "precision": "32-true",
        "threads": 1,
    }
    return config.model_copy(
        update={
            "model": network,
            "trainer": config.trainer.model_copy(update=trainer),
            "subset": config.subset.model_copy(update={"exclude": []}),
            "protocol": NovelSpeakers(
                name="novel_speakers", folds=4, validation_speakers=2, stratify=True
            ),
            "fold": 0,
            "split_seed": 0,
        }
    )


def train_epochs(config: Config, folder: Path) -> tuple[float, int]:
    """Train on a store as a run does.

    Args:
        config: The whole configuration.
        folder: The store.

    Returns:
        Seconds of an epoch, and the recordings trained on.
    """
    prepare_torch(config)
    store = FeatureStore.open(folder)
    split = make_split(
        store.recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
    )
    n_columns = config.n_mfcc or store.n_columns
    data = RecordingsDataModule(store, split, n_columns, config.trainer.batch_size, config.seed)
    module = RecordingClassifier(
        config.model.model_dump(), n_columns, store.max_frames, config.trainer.learning_rate
    )
    run = folder / "run"
    run.mkdir()
    trainer = make_trainer(config, data, run, show_progress=False)
    timer = TrainingTimer()
    trainer.callbacks.append(timer)  # type: ignore[attr-defined]
    trainer.fit(module, datamodule=data)
    return statistics.median(timer.seconds[1:]), len(split.train)


class TrainingTimer(Callback):
    """Times each epoch's training batches, with the drawing of their order."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self.started = time.perf_counter()
        self.seconds.append(0.0)

    def on_train_batch_end(self, *args: Any, **kwargs: Any) -> None:
        """Read the clock."""
        self.seconds[-1] = time.perf_counter() - self.started


def open_store(folder: Path) -> tuple[float, float]:
    """Open a store; return seconds, and bytes of the index for each recording."""
    started = time.perf_counter()
    recordings = FeatureStore.open(folder).recordings
    seconds = time.perf_counter() - started
    return seconds, float(recordings.memory_usage(deep=True).sum()) / len(recordings)


def in_new_process(task: Callable[..., Result], *arguments: Any) -> tuple[Result, int | None]:
    """Run a task where nothing has happened yet, and watch how its memory grows.

    Args:
        task: A function of this module.
        arguments: What it is given.

    Returns:
        What it returned, and the most bytes of its own that the process had above those before.
    """
    with ProcessPoolExecutor(1, mp_context=_new_processes()) as pool:
        pid = pool.submit(_process_id).result()
        before = anonymous_bytes(pid)
        future = pool.submit(task, *arguments)
        peak = before
        while not future.done():
            # From outside, because the process cannot look at itself while NumPy or Arrow work.
            peak = max(peak or 0, anonymous_bytes(pid) or 0)
            wait([future], timeout=_PAUSE_S)
        return future.result(), None if before is None else (peak or 0) - before


def anonymous_bytes(pid: int) -> int | None:
    """Read how much memory a process has of its own, files mapped from disk left out."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    return 1024 * int(found.group(1)) if found else None


def _new_processes() -> multiprocessing.context.BaseContext:
    """Start processes from one that has imported all this already, where the system can."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _process_id() -> int:
    return os.getpid()
