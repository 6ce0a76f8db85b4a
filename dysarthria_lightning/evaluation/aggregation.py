"""From recordings to speakers: the paper's equations 1 and 2."""

import math

import numpy as np
import pandas as pd

# Each score's value for a speaker whose recordings all have probability 1/2.
SOFT_MAJORITY_THRESHOLD = 0.5
NOISY_OR_THRESHOLD = 1 + math.log(2)


def aggregate_speakers(predictions: pd.DataFrame) -> pd.DataFrame:
    """Score each speaker from the probabilities σ of their m recordings.

    - ``soft_majority``: (1/m) Σ σ (paper, equation 1), in [0, 1].
    - ``noisy_or``: 1 - (1/m) Σ log(1 - σ) (paper, equation 2). A score and no probability: it
      grows with σ from 1 without bound. The released code plots soft-majority scores under this
      name. It is computed from the logits as 1 + (1/m) Σ log(1 + e^logit), which stays finite
      where σ rounds to 1.

    Args:
        predictions: Rows with ``speaker_id``, ``label``, ``logit`` and ``probability``.

    Returns:
        One row a speaker, sorted: ``speaker_id``, ``label``, ``n_recordings``,
        ``soft_majority``, ``noisy_or``.
    """
    logits = predictions["logit"].to_numpy(np.float64)
    grouped = predictions.assign(log_complement=-np.logaddexp(0, logits)).groupby("speaker_id")
    speakers = grouped.agg(
        label=("label", "first"),
        n_recordings=("label", "size"),
        soft_majority=("probability", "mean"),
        mean_log_complement=("log_complement", "mean"),
    ).reset_index()
    speakers["noisy_or"] = 1 - speakers.pop("mean_log_complement")
    return speakers
