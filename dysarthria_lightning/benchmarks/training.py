"""Syllables trained a second: this package, the usual way with packed sequences, and the bound."""

import io
import statistics
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from dysarthria_lightning.benchmarks.bound import count_operations, product_rate
from dysarthria_lightning.benchmarks.idiomatic import (
    PackedClassifier,
    make_loader,
    make_packed_trainer,
)
from dysarthria_lightning.benchmarks.measurement import Announce, Measurement
from dysarthria_lightning.config import LSTM, BiLSTM, Config
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.splits import make_split
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.training.module import RecordingClassifier
from dysarthria_lightning.training.precision import cpu_has_bf16
from dysarthria_lightning.training.run import make_trainer, prepare_torch

ROUNDS = 3
_AIMS = {"32-true": 3.5, "bf16-mixed": 6.0}
_BOUND_AIM = 0.85
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
    """Train epochs both ways in turn.

    Args:
        config: One of the LSTMs, on the CPU.
        store: A corpus of about a thousand syllables.
        folder: For what trainers write.
        announce: Told before each round.

    Raises:
        RuntimeError: The two ways do not compute the same logits.
    """
    prepare_torch(config)
    split = make_split(
        store.recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
    )
    data = RecordingsDataModule(store, split, config.n_mfcc, config.trainer.batch_size, config.seed)
    check_same_logits(config, data)
    rounds = []
    for number in range(ROUNDS):
        announce(f"training {config.model.name}, round {number + 1} of {ROUNDS}")
        rounds.append(_run_round(config, data, folder / f"{config.model.name}{number}"))
    return _summarise(config, rounds, len(split.train))


def check_same_logits(config: Config, data: RecordingsDataModule) -> None:
    """Give both ways the same weights and compare their logits on a batch.

    Raises:
        RuntimeError: They differ by more than rounding.
    """
    ours, packed = _make_ours(config, data), _make_packed(config)
    copy_weights(ours, packed)
    batch = next(iter(data.train_dataloader()))
    with torch.no_grad():
        difference = (ours.eval()(batch) - packed.eval()(batch.features, batch.lengths)).abs().max()
    if not difference < 1e-4:
        raise RuntimeError(f"{config.model.name}: logits of the two ways differ by {difference}")


def copy_weights(ours: RecordingClassifier, packed: PackedClassifier) -> None:
    """Copy this package's weights into the packed network."""
    weights = ours.network.state_dict()
    renamed = {}
    for name, value in weights.items():
        name = name.replace("forward_lstm.", "lstm.")
        if name.startswith("backward_lstm."):
            name = f"{name.replace('backward_lstm.', 'lstm.')}_reverse"
        renamed[name] = value
    packed.load_state_dict(renamed)


def _run_round(config: Config, data: RecordingsDataModule, folder: Path) -> Round:
    operations = sum(
        count_operations(config, data.dataset(side).lengths, training=side == "train")
        for side in ("train", "validation")
    )
    precisions = ["32-true", *(["bf16-mixed"] if cpu_has_bf16() else [])]
    ours = {precision: _time_ours(config, data, folder, precision) for precision in precisions}
    bound = operations / product_rate()
    packed = _time_packed(config, data, folder)
    return Round(ours, packed, bound)


def _time_ours(config: Config, data: RecordingsDataModule, folder: Path, precision: str) -> float:
    config = config.model_copy(
        update={"trainer": config.trainer.model_copy(update={"precision": precision})}
    )
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
    trainer = make_packed_trainer(config, folder / "packed")
    return _time_epoch(trainer, _make_packed(config), **loaders)


def _time_epoch(trainer: Trainer, module: LightningModule, **data: object) -> float:
    timer = EpochTimer()
    trainer.callbacks.append(timer)  # type: ignore[attr-defined]
    # The progress bars are drawn, for they cost time, but not shown.
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        trainer.fit(module, **data)  # type: ignore[arg-type]
    return timer.seconds


class EpochTimer(Callback):
    """Times whole epochs, from the first batch to after the checkpoint."""

    seconds = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self.started = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop the clock."""
        self.seconds += time.perf_counter() - self.started


def _make_ours(config: Config, data: RecordingsDataModule) -> RecordingClassifier:
    return RecordingClassifier(
        config.model.model_dump(),
        config.n_mfcc,
        data.store.max_frames,
        config.trainer.learning_rate,
    )


def _make_packed(config: Config) -> PackedClassifier:
    assert isinstance(config.model, LSTM | BiLSTM)
    return PackedClassifier(config.model, config.n_mfcc, config.trainer.learning_rate)


def _summarise(config: Config, rounds: list[Round], n_syllables: int) -> list[Measurement]:
    def rate(seconds: list[float]) -> float:
        return n_syllables / statistics.median(seconds)

    name = config.model.name
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
