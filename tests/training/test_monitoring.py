"""What chooses the tested epoch, against the history that a run leaves."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
from sklearn.metrics import log_loss, roc_auc_score

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import read_run
from dysarthria_lightning.training.run import train_run

pytestmark = pytest.mark.usefixtures("without_curves")

EPOCHS, STEPS_OF_EPOCH = 10, 3
MONITORS = ["error", "loss", "auroc"]


def train(config: Config) -> Path:
    return train_run(config, prepare_corpus(config), show_progress=False)


def best_epoch(history: pd.DataFrame, monitor: str, min_steps: int) -> int:
    """The first best epoch of those that end at the least steps, or in the last quarter."""
    best, lowest = 0, float("inf")
    for epoch, value in zip(history["epoch"], history[f"validation_{monitor}"], strict=True):
        cost = -value if monitor == "auroc" else value
        late = epoch * STEPS_OF_EPOCH >= min_steps or epoch > 0.7 * EPOCHS
        if late and cost < lowest:
            best, lowest = epoch, cost
    return best


@pytest.mark.parametrize(
    ("monitor", "min_steps"),
    [("error", 0), ("loss", 0), ("auroc", 0), ("loss", 4), ("loss", 12), ("error", 1000)],
)
def test_the_best_epoch_after_the_least_steps_is_tested(
    monitor: str, min_steps: int, tone_config: Callable[..., Config]
) -> None:
    words = [f"trainer.max_epochs={EPOCHS}", f"trainer.early_stopping.patience={EPOCHS}"]
    words += ["trainer.learning_rate=0.02", "model=baseline", "seed=3"]
    folder = train(
        tone_config(*words, f"trainer.monitor={monitor}", f"trainer.min_steps={min_steps}")
    )
    record = read_run(folder)
    assert record is not None
    history = pd.read_csv(folder / layout.HISTORY)
    tested = best_epoch(history, monitor, min_steps)
    row = history.iloc[tested - 1]
    assert record["epoch_tested"] == tested
    assert record["steps"] == tested * STEPS_OF_EPOCH
    assert record["steps_trained"] == EPOCHS * STEPS_OF_EPOCH
    assert record["min_steps"] == min(min_steps, 22)  # three quarters of 30
    assert record["monitor"] == monitor
    assert record["monitor_value"] == pytest.approx(row[f"validation_{monitor}"])
    assert record["train_error"] == pytest.approx(row["train_error"])
    assert record["validation_error"] == pytest.approx(row["validation_error"])
    # The weights are that epoch's, too.
    assert torch.load(folder / layout.CHECKPOINT, weights_only=True)["epoch"] == tested - 1
    judged = pd.read_parquet(folder / layout.VALIDATION_PREDICTIONS)
    labels, probabilities = judged["label"], judged["probability"]
    assert row["validation_auroc"] == pytest.approx(roc_auc_score(labels, probabilities), abs=1e-6)
    assert row["validation_loss"] == pytest.approx(log_loss(labels, probabilities), abs=1e-5)
    assert row["validation_error"] == pytest.approx(((probabilities > 0.5) != labels).mean())


def test_the_monitors_choose_differently(tone_config: Callable[..., Config]) -> None:
    """Otherwise the test above would not tell them apart."""
    words = [f"trainer.max_epochs={EPOCHS}", f"trainer.early_stopping.patience={EPOCHS}"]
    words += ["trainer.learning_rate=0.02", "model=baseline", "seed=3"]
    history = pd.read_csv(train(tone_config(*words)) / layout.HISTORY)
    chosen = {
        (monitor, least): best_epoch(history, monitor, least)
        for monitor in MONITORS
        for least in (0, 4, 12, 1000)
    }
    assert len({chosen[monitor, 0] for monitor in MONITORS}) > 1
    assert len({chosen["loss", least] for least in (0, 4, 12)}) == 3
    assert chosen["error", 0] != chosen["error", 1000]


@pytest.mark.parametrize("monitor", MONITORS)
def test_training_stops_by_what_is_monitored(
    monitor: str, tone_config: Callable[..., Config]
) -> None:
    least = 4 * STEPS_OF_EPOCH
    words = ["trainer.max_epochs=30", "trainer.learning_rate=0.05", f"trainer.min_steps={least}"]
    words += ["trainer.early_stopping.patience=1", "trainer.early_stopping.alpha=0"]
    folder = train(tone_config(*words, f"trainer.monitor={monitor}", "model=baseline"))
    values = pd.read_csv(folder / layout.HISTORY)[f"validation_{monitor}"]
    costs = list(1 - values if monitor == "auroc" else values)[3:]
    above = [cost > min(costs[: n + 1]) + 1e-6 for n, cost in enumerate(costs)]
    assert 1 < len(costs) < 27
    assert above == [False] * (len(costs) - 1) + [True]
