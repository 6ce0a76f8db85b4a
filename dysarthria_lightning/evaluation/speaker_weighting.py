"""AUROC of single recordings in which every speaker counts equally, however much they have read.

The AUROC of pooled recordings counts a speaker as often as they have recordings. Where patients
read less than others, or one speaker much more, it is about those who read most.
"""

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.metrics import Floats, Scores

#: Its name among metrics.
BY_SPEAKER = "auroc_by_speaker"


def auroc_by_speaker(
    items: Scores, weights: Floats, folds: NDArray[np.int64] | None = None
) -> Floats:
    """Compute the chance that a recording of a patient outscores one of a healthy speaker.

    A pair of speakers is drawn first, each pair alike, and then a recording of each: every
    recording weighs 1 / (recordings of its speaker). With P[i, j] the share of pairs of recordings
    in which dysarthric speaker i outscores healthy speaker j (ties count half), it is the mean of P
    over the pairs of speakers that count.

    Args:
        items: The scored recordings.
        weights: (n_draws, n_speakers) how often each speaker counts.
        folds: (n_speakers,) the fold whose model judged each speaker; then only pairs of one fold
            count, whose scores are of one model. Without it all pairs do.

    Returns:
        (n_draws,) values, NaN where no pair counts.
    """
    n_items = np.bincount(items.speakers, minlength=items.n_speakers)
    labels = items.speaker_labels
    positive = np.flatnonzero((labels == 1) & (n_items > 0))
    negative = np.flatnonzero((labels == 0) & (n_items > 0))
    counts = np.ones((len(positive), len(negative)))
    if folds is not None:
        counts = (folds[positive][:, None] == folds[negative]).astype(np.float64)
    shares = counts * _share_won(items, positive, negative)
    of_positive, of_negative = weights[:, positive], weights[:, negative]
    won = ((of_positive @ shares) * of_negative).sum(axis=1)
    pairs = ((of_positive @ counts) * of_negative).sum(axis=1)
    return np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def _share_won(items: Scores, positive: NDArray[np.intp], negative: NDArray[np.intp]) -> Floats:
    """Return (n_positive, n_negative) the share of pairs of recordings that each pair's first won.

    One healthy speaker is taken at a time, so that no array is larger than the recordings or than
    the pairs of speakers.
    """
    is_positive = items.labels == 1
    scores = items.scores[is_positive]
    row = np.searchsorted(positive, items.speakers[is_positive])
    n_rows = np.bincount(row, minlength=len(positive))
    shares = np.zeros((len(positive), len(negative)))
    for column, speaker in enumerate(negative):
        rivals = np.sort(items.scores[items.speakers == speaker])
        below = np.searchsorted(rivals, scores, side="left")
        not_above = np.searchsorted(rivals, scores, side="right")
        won = np.bincount(row, (below + not_above) / 2, minlength=len(positive))
        shares[:, column] = won / (n_rows * len(rivals))
    return shares
