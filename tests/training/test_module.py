"""The Lightning module: its metrics against scikit-learn, its L2, its stopping and its choice."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
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
