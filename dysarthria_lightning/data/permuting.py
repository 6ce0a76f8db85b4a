"""Labels dealt anew among speakers: what training comes to where there is nothing to learn."""

import numpy as np
import pandas as pd


def permute_labels(recordings: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Deal the speakers' labels anew.

    All recordings of a speaker get the same label, and as many speakers have each label as before.

    Args:
        recordings: Rows with ``speaker_id`` and ``label``.
        seed: Deals them.
    """
    labels = recordings.groupby("speaker_id")["label"].first().sort_index()
    rng = np.random.default_rng(seed)
    dealt = pd.Series(rng.permutation(labels.to_numpy()), labels.index)
    return recordings.assign(label=recordings["speaker_id"].map(dealt))
