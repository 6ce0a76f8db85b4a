"""Tables of predictions: written, pooled, and refused where they do not fit together."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.evaluation.levels import score_levels
from dysarthria_lightning.evaluation.predictions import (
    COLUMNS,
    make_predictions,
    pool_folds,
    read_predictions,
)


def table(ids: list[str], speakers: list[str], labels: list[int]) -> pd.DataFrame:
    recordings = pd.DataFrame({"recording_id": ids, "speaker_id": speakers, "label": labels})
    return make_predictions(recordings, np.linspace(-1, 1, len(ids), dtype=np.float32))


def test_logits_stay_beside_their_recordings() -> None:
    predictions = table(["b", "a"], ["S2", "S1"], [1, 0])
    assert list(predictions.columns) == COLUMNS
    assert list(predictions["recording_id"]) == ["a", "b"]
    assert list(predictions["logit"]) == [1.0, -1.0]
    assert predictions["probability"].tolist() == pytest.approx([0.731058, 0.268941], abs=1e-6)


def test_pooling_refuses_a_recording_tested_twice() -> None:
    fold = table(["a", "b"], ["S1", "S2"], [0, 1])
    with pytest.raises(RunError, match="recording a is tested in two folds"):
        pool_folds([fold, table(["a"], ["S1"], [0])])


def test_pooling_refuses_a_speaker_with_two_labels() -> None:
    with pytest.raises(RunError, match="speaker S1 has two labels"):
        pool_folds([table(["a"], ["S1"], [0]), table(["b"], ["S1"], [1])])


def test_pooling_keeps_every_row() -> None:
    pooled = pool_folds([table(["a"], ["S1"], [0]), table(["b", "c"], ["S2", "S2"], [1, 1])])
    assert sorted(pooled["recording_id"]) == ["a", "b", "c"]


def test_a_damaged_table_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(RunError, match=r"predictions.parquet cannot be read.*overwrite=true"):
        read_predictions(path)


def test_levels_number_speakers_alike() -> None:
    predictions = table(["a", "b", "c"], ["S9", "S1", "S9"], [1, 0, 1])
    levels = score_levels(predictions)
    assert levels["recording"].speakers.tolist() == [1, 0, 1]
    assert levels["speaker_soft_majority"].labels.tolist() == [0, 1]
    assert levels["recording"].labels.tolist() == [1, 0, 1]
