"""The Lightning module: its metrics against scikit-learn, its L2, its stopping and its choice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn import metrics as sk
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.runs.record import read_run
from dysarthria_lightning.runs.training_length import epoch_tested
from dysarthria_lightning.training.module import AUROCOrNaN, RecordingClassifier
from dysarthria_lightning.training.run import train_run

pytestmark = pytest.mark.usefixtures("without_curves")


def make_module(config: Config) -> RecordingClassifier:
    return RecordingClassifier(config.model.model_dump(), 13, 20, config.trainer.learning_rate)


@pytest.mark.parametrize(
    ("model", "l2"), [("baseline", 0.0), ("lstm1", 1e-4), ("lstm2", 0.0), ("bilstm1", 1e-4)]
)
def test_l2_acts_on_the_weights_of_the_one_layer_lstms(
    model: str, l2: float, make_config: Callable[..., Config]
) -> None:
    module = make_module(make_config(f"model={model}"))
    optimizer = module.configure_optimizers()
    assert isinstance(optimizer, torch.optim.Adam)
    decay = {
        id(parameter): group["weight_decay"]
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    assert len(decay) == len(list(module.parameters()))
    for name, parameter in module.named_parameters():
        assert decay[id(parameter)] == (0.0 if "bias" in name else l2)


def test_metrics_are_scikit_learns(make_config: Callable[..., Config]) -> None:
    module = make_module(make_config())
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 300), rng.uniform(size=300)
    metrics = module.metrics["test"]
    for part in np.array_split(np.arange(300), 4):
        metrics.update(torch.tensor(scores[part]), torch.tensor(labels[part]))
    ours = {name: float(value) for name, value in metrics.compute().items()}
    called = scores > 0.5
    assert ours == pytest.approx(
        {
            "test/auroc": sk.roc_auc_score(labels, scores),
            "test/accuracy": sk.accuracy_score(labels, called),
            "test/precision": sk.precision_score(labels, called),
            "test/recall": sk.recall_score(labels, called),
            "test/f1": sk.f1_score(labels, called),
        },
        abs=1e-6,
    )


def test_one_class_has_no_auroc() -> None:
    metric = AUROCOrNaN()
    metric.update(torch.tensor([0.2, 0.9]), torch.tensor([1, 1]))
    assert torch.isnan(metric.compute())
    metric.update(torch.tensor([0.1]), torch.tensor([0]))
    assert metric.compute() == 1.0


def validation_errors(folder: Path) -> list[float]:
    events = EventAccumulator(str(folder))
    events.Reload()
    return [event.value for event in events.Scalars("validation/error")]


def test_the_epoch_of_the_lowest_validation_error_is_tested(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config("trainer.max_epochs=8", "trainer.early_stopping.patience=8", "seed=3")
    record = read_run(folder := train_run(config, prepare_corpus(config), show_progress=False))
    assert record is not None
    errors = validation_errors(folder)
    assert len(errors) == 8
    assert len(set(errors)) > 1
    assert epoch_tested(record) == 1 + int(np.argmin(errors))
    assert record["validation_error"] == pytest.approx(min(errors))


def test_training_stops_by_the_rule(tone_config: Callable[..., Config]) -> None:
    config = tone_config(
        "trainer.max_epochs=30",
        "trainer.early_stopping.patience=1",
        "trainer.early_stopping.alpha=0",
        "trainer.learning_rate=0.05",
    )
    folder = train_run(config, prepare_corpus(config), show_progress=False)
    errors = validation_errors(folder)
    assert len(errors) < 30
    above = [error > min(errors[: n + 1]) + 1e-6 for n, error in enumerate(errors)]
    assert above == [False] * (len(errors) - 1) + [True]


def test_epochs_see_the_recordings_in_another_order(
    tone_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[int]] = []
    original = RecordingClassifier.training_step

    def record_rows(self: RecordingClassifier, batch: object, batch_idx: int) -> torch.Tensor:
        seen.append(batch.rows.tolist())  # type: ignore[attr-defined]
        return original(self, batch, batch_idx)  # type: ignore[arg-type]

    monkeypatch.setattr(RecordingClassifier, "training_step", record_rows)
    config = tone_config()
    train_run(config, prepare_corpus(config), show_progress=False)
    first, second = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    assert sorted(sum(first, [])) == sorted(sum(second, []))  # noqa: RUF017
    assert first != second
