"""Syllables trained a second: this package, the usual way with packed sequences, and the bound."""

import io
import statistics
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from bench.bound import count_operations, product_rate
from bench.idiomatic import (
    PackedClassifier,
    make_loader,
    make_packed_trainer,
)
from bench.measurement import Announce, Measurement
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.splits import make_split
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.models.bilstm import BiLSTM
from dysarthria_lightning.models.lstm import LSTM
from dysarthria_lightning.training.module import RecordingClassifier
from dysarthria_lightning.training.networks import make_trainer, prepare_torch
from dysarthria_lightning.training.precision import cpu_has_bf16

ROUNDS = 3
_AIMS = {"32-true": 3.5, "bf16-mixed": 6.0}
_BOUND_AIM = 0.85
_TOLERANCES = {"32-true": 1e-4, "bf16-mixed": 0.05}
_NAMES = {"32-true": "fp32", "bf16-mixed": "bf16"}


@dataclass(frozen=True)
class Round:
    """Seconds of one epoch each way, validation, metrics, logging and checkpoint included.

    Attributes:
        ours: Seconds by precision.
        packed: Seconds of the usual way, in fp32.
        bound: Seconds that the epoch's matrix products alone take, in fp32.
    """

    ours: dict[str, float]
    packed: float
    bound: float


def measure_training(
    config: Config, store: FeatureStore, folder: Path, announce: Announce
) -> list[Measurement]:
    """Train an epoch both ways in turn, beginning with the one and with the other.

    Each is the first epoch of its training, as cold for the one way as for the other.

    Args:
        config: One of the LSTMs, on the CPU.
        store: A corpus of about a thousand syllables.
        folder: For what trainers write.
        announce: Told before each round.

    Raises:
        RuntimeError: The two ways do not compute the same logits.
    """
    config = _with_trainer(config, max_epochs=1)
    prepare_torch(config)
    split = make_split(
        store.recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
    )
    n_columns = config.n_mfcc or store.n_columns
    data = RecordingsDataModule(store, split, n_columns, config.trainer.batch_size, config.seed)
    check_same_logits(config, data)
    rounds = []
    for number in range(ROUNDS):
        announce(f"training {config.model.name}, round {number + 1} of {ROUNDS}")
        place = folder / f"{config.model.name}{number}"
        rounds.append(_run_round(config, data, place, packed_first=number % 2 == 1))
    return summarise(config.model.name, rounds, len(split.train))


def check_same_logits(config: Config, data: RecordingsDataModule) -> None:
    """Give both ways the same weights and compare their logits on a batch.

    Raises:
        RuntimeError: They differ by more than rounding; where bf16 is measured, by its rounding.
    """
    ours, packed = _make_ours(config, data), _make_packed(config, data)
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


def _run_round(
    config: Config, data: RecordingsDataModule, folder: Path, packed_first: bool
) -> Round:
    operations = sum(
        count_operations(
            config.model, data.n_columns, data.dataset(side).lengths, training=side == "train"
        )
        for side in ("train", "validation")
    )
    ways: dict[str, Callable[[], float]] = {
        precision: partial(_time_ours, config, data, folder, precision)
        for precision in _precisions()
    }
    ways["packed"] = partial(_time_packed, config, data, folder)
    order = reversed(ways) if packed_first else iter(ways)
    seconds = {way: ways[way]() for way in order}
    packed = seconds.pop("packed")
    return Round(seconds, packed, operations / product_rate())


def _time_ours(config: Config, data: RecordingsDataModule, folder: Path, precision: str) -> float:
    config = _with_trainer(config, precision=precision)
    folder = folder / precision
    folder.mkdir(parents=True)
    trainer = make_trainer(config, data, folder, show_progress=True)
    return _time_epoch(trainer, _make_ours(config, data), datamodule=data)


def _time_packed(config: Config, data: RecordingsDataModule, folder: Path) -> float:
    size = config.trainer.batch_size
    loaders = {
        "train_dataloaders": make_loader(data.dataset("train"), size, shuffle=True),
        "val_dataloaders": make_loader(data.dataset("validation"), size, shuffle=False),
    }
    n_batches = len(loaders["train_dataloaders"])
    trainer = make_packed_trainer(config, folder / "packed", n_batches)
    return _time_epoch(trainer, _make_packed(config, data), **loaders)


def _time_epoch(trainer: Trainer, module: LightningModule, **data: object) -> float:
    timer = EpochTimer()
    trainer.callbacks.append(timer)  # type: ignore[attr-defined]
    # The progress bars are drawn, because that takes time, but not shown.
    with redirect_stdout(_HiddenTerminal()), redirect_stderr(_HiddenTerminal()):
        trainer.fit(module, **data)  # type: ignore[arg-type]
    return timer.seconds


class _HiddenTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class EpochTimer(Callback):
    """Times the last whole epoch, from the first batch to after the checkpoint."""

    seconds = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self.started = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self.started


def _make_ours(config: Config, data: RecordingsDataModule) -> RecordingClassifier:
    return RecordingClassifier(
        config.model.model_dump(),
        data.n_columns,
        data.store.max_frames,
        config.trainer.learning_rate,
    )


def _make_packed(config: Config, data: RecordingsDataModule) -> PackedClassifier:
    assert isinstance(config.model, LSTM | BiLSTM)
    return PackedClassifier(config.model, data.n_columns, config.trainer.learning_rate)


def _with_trainer(config: Config, **settings: object) -> Config:
    return config.model_copy(update={"trainer": config.trainer.model_copy(update=settings)})


def summarise(name: str, rounds: list[Round], n_syllables: int) -> list[Measurement]:
    """Set ours beside the usual way and beside the bound.

    Args:
        name: The network's.
        rounds: At least one.
        n_syllables: Recordings trained on in an epoch.
    """

    def rate(seconds: list[float]) -> float:
        return n_syllables / statistics.median(seconds)

    packed = rate([one.packed for one in rounds])
    measurements = [
        Measurement(
            f"{name} {_NAMES[precision]}, syllables/s",
            ours=rate([one.ours[precision] for one in rounds]),
            reference="packed, fp32",
            theirs=packed,
            ratio=statistics.median(one.packed / one.ours[precision] for one in rounds),
            aim=_AIMS[precision],
        )
        for precision in rounds[0].ours
    ]
    ours = [one.ours["32-true"] for one in rounds]
    measurements.append(
        Measurement(
            f"{name} fp32, syllables/s",
            ours=rate(ours),
            reference="products alone, fp32",
            theirs=rate([one.bound for one in rounds]),
            ratio=statistics.median(one.bound / one.ours["32-true"] for one in rounds),
            aim=_BOUND_AIM,
        )
    )
    return measurements
