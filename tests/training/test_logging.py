"""Runs that are logged elsewhere, and logs that fail: the run's result is the same."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.loggers.parts.events import EventsLogger
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import is_finished
from dysarthria_lightning.scoring.finding import find_runs
from dysarthria_lightning.training.board import find_logged, pool_what_is_not
from dysarthria_lightning.training.run import train_run

RESULTS = (layout.PREDICTIONS, layout.VALIDATION_PREDICTIONS, layout.METRICS, layout.HISTORY)


def train(config: Config) -> Path:
    return train_run(config, prepare_corpus(config), show_progress=False)


def results(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in RESULTS]


@pytest.mark.usefixtures("without_curves")
def test_a_log_that_fails_is_told_and_costs_nothing(
    tone_config: Callable[..., Config],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = tone_config("model=baseline")
    expected = results(train(config))
    assert caplog.text == ""

    def fail(self: EventsLogger, metrics: Mapping[str, float], step: int) -> None:
        if step == 2:
            raise ConnectionError("the server is gone")

    monkeypatch.setattr(EventsLogger, "log_metrics", fail)
    assert results(train(config)) == expected
    assert "logger=tensorboard failed for" in caplog.text
    assert "ConnectionError: the server is gone" in caplog.text
    assert caplog.text.count("failed") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csv", "mlflow", "wandb"])
def test_a_run_logged_elsewhere_is_the_same_run(
    name: str, tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    if name != "csv":
        pytest.importorskip(name)
    usual = tone_config("model=baseline")
    folder = train(usual)
    expected = results(folder)
    offline = ["logger.mode=offline"] if name == "wandb" else []
    other = tone_config("model=baseline", f"logger={name}", *offline)
    assert is_finished(other, prepare_corpus(other).key)
    assert train(other) == folder
    assert results(folder) == expected
    assert is_finished(usual, prepare_corpus(usual).key)
    assert not list(folder.glob("events*"))
    logs = tmp_path / "outputs" / "logs" / name
    assert logs.is_dir()
    if name == "csv":
        table = pd.read_csv(logs / folder.relative_to(tmp_path / "outputs/runs") / "metrics.csv")
        losses = table["validation/loss"].dropna().tolist()
        assert losses == pytest.approx(pd.read_csv(folder / layout.HISTORY)["validation_loss"])


@pytest.mark.slow
def test_the_last_fold_writes_the_curves_of_all(tone_config: Callable[..., Config]) -> None:
    config = tone_config("model=baseline")
    pooled = layout.pooled_events(config)
    for fold in range(3):
        assert not pooled.exists()
        folder = train(tone_config("model=baseline", f"fold={fold}"))
    events = EventAccumulator(str(pooled.parent))
    events.Reload()
    assert set(events.Tags()["images"]) == {"test/roc", "test/precision_recall"}
    assert events.Tags()["scalars"] == []
    assert [path.name for path in pooled.parent.iterdir()] == [pooled.name]
    assert [run.name for run in find_runs(folder.parent).folders] == ["fold0", "fold1", "fold2"]
    # A process that was killed before it wrote them leaves them to whoever looks.
    pooled.unlink()
    pooled.parent.rmdir()
    outputs = Path(config.outputs_dir)
    pool_what_is_not(outputs, find_logged(outputs / "runs"))
    assert pooled.exists()
    # Folds of other settings cannot be pooled.
    train(tone_config("model=baseline", "trainer.learning_rate=0.01", "overwrite=true"))
    assert not pooled.exists()
