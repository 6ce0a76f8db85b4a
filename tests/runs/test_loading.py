"""A run is loaded whole, or it is said what is wrong with it."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.loading import load_run
from dysarthria_lightning.training.run import train_run


@pytest.fixture
def folder(tone_config: Callable[..., Config], without_curves: None) -> Path:
    config = tone_config("trainer.max_epochs=1")
    return train_run(config, prepare_corpus(config), show_progress=False)


def test_a_run_is_loaded_as_it_was_trained(
    folder: Path, tone_config: Callable[..., Config]
) -> None:
    run = load_run(str(folder))
    assert run.config == tone_config("trainer.max_epochs=1")
    assert run.record["epoch_tested"] == 1
    assert list(run.history["epoch"]) == [1]
    expected = pd.read_parquet(folder / layout.PREDICTIONS)
    pd.testing.assert_frame_equal(run.predictions, expected)
    assert set(run.predictions["speaker_id"]) == set(run.split["test"]["speakers"])
    validation = run.validation_predictions["speaker_id"]
    assert set(validation) == set(run.split["validation"]["speakers"])


def test_what_is_wrong_with_a_run_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no finished run"):
        load_run(tmp_path)
    (folder / layout.SPLIT).unlink()
    with pytest.raises(RunError, match=r"split.json damaged; train the run again"):
        load_run(folder)
