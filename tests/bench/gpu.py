"""Folds that share one accelerator: in processes of their own, or side by side in one process."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

import torch
from torch.nn import functional as F

from bench.epochs import make_data, make_ours
from bench.measurement import Announce, Measurement
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.batches import Batch
from dysarthria_lightning.training.module import RecordingClassifier
from dysarthria_lightning.training.networks import prepare_torch

SHARES = (1, 2, 4, 8, 16)
_EPOCHS = 3


def measure_sharing(
    config: Config, store: Path, device: str, announce: Announce, shares: tuple[int, ...] = SHARES
) -> list[Measurement]:
    """Train folds both ways, more and more of them at once.

    Args:
        config: One of the LSTMs.
        store: The feature store.
        device: Such as ``cuda``.
        announce: Told before each step.
        shares: Numbers of folds at once, the first of them one.

    Returns:
        Recordings trained a second, all folds together, beside one fold alone.
    """
    rates: dict[str, list[float]] = {"processes": [], "one process": []}
    for share in shares:
        announce(f"{config.model.name}, {share} at once")
        for way, (n_processes, n_folds) in zip(rates, ((share, 1), (1, share)), strict=True):
            train = partial(train_side_by_side, config, store, device, n_folds)
            rates[way].append(rate_together(train, n_processes))
    return [
        Measurement(
            f"{config.model.name}, {share} at once, {way}, /s",
            ours=rate,
            reference="one fold alone",
            theirs=of_way[0],
            ratio=rate / of_way[0],
            aim=1.0,
        )
        for way, of_way in rates.items()
        for share, rate in zip(shares, of_way, strict=True)
    ]


class Trained(NamedTuple):
    """What a process has trained once all were warm.

    Attributes:
        n_recordings: How many.
        started: When, in seconds of a clock that all processes share.
        ended: When.
    """

    n_recordings: int
    started: float
    ended: float


def rate_together(train: Callable[[], Trained], n_processes: int) -> float:
    """Train in processes that begin at the same moment, and count recordings a second."""
    context = get_context("spawn")
    all_are_warm = context.Barrier(n_processes)
    with ProcessPoolExecutor(n_processes, context, _share_barrier, (all_are_warm,)) as pool:
        parts = [job.result() for job in [pool.submit(train) for _ in range(n_processes)]]
    seconds = max(part.ended for part in parts) - min(part.started for part in parts)
    return sum(part.n_recordings for part in parts) / seconds


def _share_barrier(barrier: Barrier) -> None:
    global _all_are_warm
    _all_are_warm = barrier


_all_are_warm: Barrier | None = None


def train_side_by_side(config: Config, store: Path, device: str, n_folds: int) -> Trained:
    """Train folds in this process, a step of each in turn, on streams of their own.

    An epoch to warm up comes first; then all processes wait for each other.
    """
    prepare_torch(config)
    datas = [
        make_data(config.model_copy(update={"fold": fold % config.protocol.folds}), store)
        for fold in range(n_folds)
    ]
    modules = [make_ours(config, data).to(device) for data in datas]
    optimisers = [module.configure_optimizers() for module in modules]
    streams = [nullcontext() if device == "cpu" else torch.Stream(device) for _ in modules]
    started, n_trained = 0.0, 0
    for epoch in range(1 + _EPOCHS):
        if epoch == 1:
            _wait(device)
            if _all_are_warm is not None:
                _all_are_warm.wait()
            started, n_trained = time.perf_counter(), 0
        loaders = [iter(data.train_dataloader()) for data in datas]
        # The shortest fold ends the epoch of all.
        for batches in zip(*loaders, strict=False):
            for batch, module, optimiser, stream in zip(
                batches, modules, optimisers, streams, strict=True
            ):
                with stream:
                    _step(module, optimiser, Batch(*(part.to(device) for part in batch)))
                n_trained += len(batch.rows)
    _wait(device)
    return Trained(n_trained, started, time.perf_counter())


def _step(module: RecordingClassifier, optimiser: torch.optim.Optimizer, batch: Batch) -> None:
    optimiser.zero_grad()
    F.binary_cross_entropy_with_logits(module(batch), batch.labels).backward()
    optimiser.step()


def _wait(device: str) -> None:
    if device != "cpu":
        torch.accelerator.synchronize()
