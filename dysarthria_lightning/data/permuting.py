"""Labels dealt anew among speakers: what training comes to where there is nothing to learn."""

import numpy as np
import pandas as pd

from dysarthria_lightning.data.several_corpora import speakers_by_corpus


def permute_labels(recordings: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Deal the speakers' labels anew.

    All recordings of a speaker get the same label, and as many speakers have each label as before;
    in each corpus, where there are several.

    Args:
        recordings: Rows with ``speaker_id`` and ``label``; ``corpus`` if there are several.
        seed: Deals them.
    """
    labels = recordings.groupby("speaker_id")["label"].first().sort_index()
    rng = np.random.default_rng(seed)
    dealt = labels.copy()
    for speakers in speakers_by_corpus(recordings).values():
        dealt[speakers] = rng.permutation(labels[speakers].to_numpy())
    return recordings.assign(label=recordings["speaker_id"].map(dealt))
