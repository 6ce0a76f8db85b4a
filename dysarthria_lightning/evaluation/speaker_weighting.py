"""AUROC of single recordings in which every speaker counts equally, however much they have read.

The AUROC of pooled recordings counts a speaker as often as they have recordings. Where patients
read less than others, or one speaker much more, it is about those who read most.
"""

import numpy as np

from dysarthria_lightning.evaluation.metrics import Floats, Scores, count_wins

#: Its name among metrics.
BY_SPEAKER = "auroc_by_speaker"


def auroc_by_speaker(items: Scores, weights: Floats) -> Floats:
    """Compute the chance that a recording of a patient outscores one of a healthy speaker.

    A pair of speakers is drawn first, each pair alike, and then a recording of each: every
    recording weighs 1 / (recordings of its speaker). With P[i, j] the share of pairs of recordings
    in which dysarthric speaker i outscores healthy speaker j (ties count half), it is the mean of P
    over the pairs of speakers whom one model judged, as in :func:`metrics.auroc`.

    Args:
        items: The scored recordings.
        weights: (n_draws, n_speakers) how often each speaker counts.

    Returns:
        (n_draws,) values, NaN where no pair counts.
    """
    labels = items.speaker_labels
    positive, negative = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    wins, pairs = count_wins(items, positive, negative)
    shares = np.divide(wins, pairs, out=np.zeros_like(wins), where=pairs > 0)
    of_positive, of_negative = weights[:, positive], weights[:, negative]
    won = ((of_positive @ shares) * of_negative).sum(axis=1)
    counted = ((of_positive @ (pairs > 0)) * of_negative).sum(axis=1)
    return np.divide(won, counted, out=np.full(len(weights), np.nan), where=counted > 0)
