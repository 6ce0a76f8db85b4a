"""The levels at which predictions are judged: each recording alone, and each speaker."""

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.aggregation import (
    NOISY_OR_THRESHOLD,
    SOFT_MAJORITY_THRESHOLD,
    aggregate_speakers,
)
from dysarthria_lightning.evaluation.metrics import Scores


def score_levels(predictions: pd.DataFrame) -> dict[str, Scores]:
    """Prepare predictions for judging.

    Args:
        predictions: Rows with ``speaker_id``, ``label``, ``logit`` and ``probability``.

    Returns:
        For each level (``recording``, ``speaker_soft_majority``, ``speaker_noisy_or``) the
        scored items; speakers have the same numbers in all.
    """
    speakers = aggregate_speakers(predictions)
    order = np.searchsorted(speakers["speaker_id"], predictions["speaker_id"])
    numbers = np.arange(len(speakers))
    labels = speakers["label"].to_numpy(np.int64)
    return {
        # Logits rank as probabilities do, without ties where those round to 0 or 1.
        "recording": Scores(
            predictions["logit"].to_numpy(np.float64),
            predictions["label"].to_numpy(np.int64),
            order,
            threshold=0.0,
        ),
        "speaker_soft_majority": Scores(
            speakers["soft_majority"].to_numpy(np.float64),
            labels,
            numbers,
            SOFT_MAJORITY_THRESHOLD,
        ),
        "speaker_noisy_or": Scores(
            speakers["noisy_or"].to_numpy(np.float64), labels, numbers, NOISY_OR_THRESHOLD
        ),
    }
