"""Folds that share one accelerator: in processes of their own, or side by side in one process."""

import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path

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
    with ProcessPoolExecutor(max(shares), get_context("spawn")) as pool:
        for share in shares:
            announce(f"{config.model.name}, {share} at once")
            alone = partial(train_side_by_side, config, store, device, 1)
            jobs = [pool.submit(alone) for _ in range(share)]
            rates["processes"].append(sum(job.result() for job in jobs))
            together = pool.submit(train_side_by_side, config, store, device, share)
            rates["one process"].append(together.result())
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


def train_side_by_side(config: Config, store: Path, device: str, n_folds: int) -> float:
    """Train folds in this process, a step of each in turn, on streams of their own.

    Returns:
        Recordings trained a second, after an epoch to warm up.
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
    return n_trained / (time.perf_counter() - started)


def _step(module: RecordingClassifier, optimiser: torch.optim.Optimizer, batch: Batch) -> None:
    optimiser.zero_grad()
    F.binary_cross_entropy_with_logits(module(batch), batch.labels).backward()
    optimiser.step()


def _wait(device: str) -> None:
    if device != "cpu":
        torch.accelerator.synchronize()
