"""Syllables trained a second: this package, a bare loop, packed sequences, and the bound."""

import statistics
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch

from bench.bound import count_operations, product_rate
from bench.epochs import make_data, make_ours, make_packed, time_bare, time_ours, time_packed
from bench.idiomatic import PackedClassifier
from bench.measurement import Announce, Measurement
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.training.module import RecordingClassifier
from dysarthria_lightning.training.networks import prepare_torch
from dysarthria_lightning.training.precision import cpu_has_bf16

ROUNDS = 3
_BOUND_AIM = 0.6
_BARE_AIMS = {"32-true": 0.9, "bf16-mixed": 0.8}
_TOLERANCES = {"32-true": 1e-4, "bf16-mixed": 0.05}
_NAMES = {"32-true": "fp32", "bf16-mixed": "bf16"}


@dataclass(frozen=True)
class Round:
    """Seconds of one epoch each way, validation included.

    Attributes:
        ours: By precision; metrics, logging and checkpoint included.
        bare: Of a loop of torch alone, by precision.
        packed: Of the usual way, in fp32; metrics, logging and checkpoint included.
        bound: That the epoch's matrix products alone take, in fp32.
    """

    ours: dict[str, float]
    bare: dict[str, float]
    packed: float
    bound: float


def measure_training(
    config: Config, store: Path, folder: Path, announce: Announce
) -> list[Measurement]:
    """Train an epoch each way in turn, in one order and in the other.

    Each is the first epoch of its training, as cold for the one way as for the other.

    Args:
        config: One of the LSTMs, on the CPU.
        store: The feature store of a corpus of about a thousand syllables.
        folder: For what trainers write.
        announce: Told before each round.

    Raises:
        RuntimeError: The two ways do not compute the same logits.
    """
    config = _with_trainer(config, max_epochs=1)
    prepare_torch(config)
    data = make_data(config, store)
    check_same_logits(config, data)
    rounds = []
    with ExitStack() as stack:
        pools: dict[str, ProcessPoolExecutor] = {}
        for number in range(ROUNDS):
            announce(f"training {config.model.name}, round {number + 1} of {ROUNDS}")
            place = folder / f"{config.model.name}{number}"
            ways = _list_ways(config, store, place)
            for way in ways.keys() - pools.keys():
                pools[way] = stack.enter_context(ProcessPoolExecutor(1, get_context("spawn")))
            order = list(ways) if number % 2 == 0 else list(reversed(ways))
            taken = {way: pools[way].submit(ways[way]).result() for way in order}
            rounds.append(_make_round(taken, _count_epoch(config, data)))
    return summarise(config.model.name, rounds, len(data.split.train), _packed_aims())


def _list_ways(config: Config, store: Path, folder: Path) -> dict[str, Callable[[], float]]:
    ways: dict[str, Callable[[], float]] = {"rate": partial(product_rate, config.trainer.threads)}
    for precision in _precisions():
        chosen = _with_trainer(config, precision=precision)
        ways[f"ours {precision}"] = partial(time_ours, chosen, store, folder / precision)
        ways[f"bare {precision}"] = partial(time_bare, chosen, store)
    ways["packed"] = partial(time_packed, config, store, folder / "packed")
    return ways


def _make_round(taken: dict[str, float], operations: float) -> Round:
    return Round(
        ours={precision: taken[f"ours {precision}"] for precision in _precisions()},
        bare={precision: taken[f"bare {precision}"] for precision in _precisions()},
        packed=taken["packed"],
        bound=operations / taken["rate"],
    )


def _count_epoch(config: Config, data: RecordingsDataModule) -> float:
    return sum(
        count_operations(
            config.model, data.n_columns, data.dataset(side).lengths, training=side == "train"
        )
        for side in ("train", "validation")
    )


def check_same_logits(config: Config, data: RecordingsDataModule) -> None:
    """Give both ways the same weights and compare their logits on a batch.

    Raises:
        RuntimeError: They differ by more than rounding; where bf16 is measured, by its rounding.
    """
    ours, packed = make_ours(config, data), make_packed(config, data)
    copy_weights(ours, packed)
    batch = next(iter(data.train_dataloader()))
    ours.eval()
    packed.eval()
    for precision in _precisions():
        with torch.no_grad():
            expected = packed(batch.features, batch.lengths)
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16-mixed"):
                difference = (ours(batch) - expected).abs().max()
        if not difference < _TOLERANCES[precision]:
            raise RuntimeError(
                f"{config.model.name}: logits of the two ways differ by {difference} in {precision}"
            )


def copy_weights(ours: RecordingClassifier, packed: PackedClassifier) -> None:
    """Copy this package's weights into the packed network."""
    weights = ours.network.state_dict()
    renamed = {}
    for name, value in weights.items():
        name = name.removeprefix("encoder.").removeprefix("head.")
        name = name.replace("forward_lstm.", "lstm.")
        if name.startswith("backward_lstm."):
            name = f"{name.replace('backward_lstm.', 'lstm.')}_reverse"
        renamed[name] = value
    packed.load_state_dict(renamed)


def _precisions() -> list[str]:
    return ["32-true", *(["bf16-mixed"] if cpu_has_bf16() else [])]


def _packed_aims() -> dict[str, float]:
    """oneDNN has an LSTM of its own for AVX-512, and a plain one for what came before."""
    has_avx512 = torch.cpu.get_capabilities().get("avx512", False)
    return {"32-true": 4.0 if has_avx512 else 3.0, "bf16-mixed": 8.0}


def _with_trainer(config: Config, **settings: object) -> Config:
    return config.model_copy(update={"trainer": config.trainer.model_copy(update=settings)})


def summarise(
    name: str, rounds: list[Round], n_syllables: int, packed_aims: dict[str, float]
) -> list[Measurement]:
    """Set ours beside the usual way, the bare loop and the bound.

    Args:
        name: The network's.
        rounds: At least one.
        n_syllables: Recordings trained on in an epoch.
        packed_aims: Ours over the usual way, by precision.
    """

    def measurement(
        precision: str, reference: str, theirs: Callable[[Round], float], aim: float
    ) -> Measurement:
        ours = [one.ours[precision] for one in rounds]
        beside = [theirs(one) for one in rounds]
        return Measurement(
            f"{name} {_NAMES[precision]}, syllables/s",
            ours=n_syllables / statistics.median(ours),
            reference=reference,
            theirs=n_syllables / statistics.median(beside),
            ratio=statistics.median(b / o for o, b in zip(ours, beside, strict=True)),
            aim=aim,
        )

    measurements = []
    for precision in rounds[0].ours:
        packed = measurement(
            precision, "packed, fp32", lambda one: one.packed, packed_aims[precision]
        )
        bare = measurement(
            precision,
            f"bare loop, {_NAMES[precision]}",
            lambda one, precision=precision: one.bare[precision],  # type: ignore[misc]
            _BARE_AIMS[precision],
        )
        measurements += [packed, bare]
    bound = measurement("32-true", "products alone, fp32", lambda one: one.bound, _BOUND_AIM)
    return [*measurements, bound]
