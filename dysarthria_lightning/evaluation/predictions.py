"""Tables of predictions: one row per recording, as runs write and reports read them."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.errors import RunError

COLUMNS = ["recording_id", "speaker_id", "label", "logit", "probability"]


def make_predictions(recordings: pd.DataFrame, logits: NDArray[np.float32]) -> pd.DataFrame:
    """Put logits beside the recordings they belong to.

    Args:
        recordings: Rows with ``recording_id``, ``speaker_id`` and ``label``.
        logits: (len(recordings),) float32.

    Returns:
        A table with :data:`COLUMNS`, sorted by ``recording_id``.
    """
    table = recordings[["recording_id", "speaker_id", "label"]].reset_index(drop=True)
    # In double precision: a float32 sigmoid reaches exactly 1 at a logit of 17.
    table = table.assign(logit=logits, probability=sigmoid(np.asarray(logits, dtype=np.float64)))
    return table.sort_values("recording_id", ignore_index=True)[COLUMNS]


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn logits into probabilities; large ones overflow nowhere."""
    probabilities: NDArray[np.float64] = np.exp(-np.logaddexp(0, -logits))
    return probabilities


def read_predictions(path: Path) -> pd.DataFrame:
    """Read a run's table.

    Raises:
        RunError: The file is missing or damaged.
    """
    try:
        return pd.read_parquet(path, columns=COLUMNS)
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"{path} cannot be read ({error}); train the run again with overwrite=true"
        ) from None


def pool_folds(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Pool the test predictions of all folds (paper, section V).

    Raises:
        RunError: A recording is tested in two folds, or a speaker has two labels.
    """
    pooled = pd.concat(tables, ignore_index=True)
    twice = pooled["recording_id"][pooled["recording_id"].duplicated()]
    if len(twice):
        raise RunError(f"recording {twice.iloc[0]} is tested in two folds; these are not one split")
    labels = pooled.groupby("speaker_id")["label"].nunique()
    if (labels > 1).any():
        raise RunError(f"speaker {labels.idxmax()} has two labels in the predictions")
    return pooled
