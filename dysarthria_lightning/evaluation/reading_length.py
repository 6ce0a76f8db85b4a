"""How well speakers are told apart when each has read only so much."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.bootstrap import Repeat, Sample, auroc_basis
from dysarthria_lightning.evaluation.comparable import comparable_items
from dysarthria_lightning.evaluation.intervals import with_reason
from dysarthria_lightning.evaluation.levels import RECORDING, SPEAKER_LEVELS
from dysarthria_lightning.evaluation.metrics import Floats, Scores

LENGTHS = (1, 2, 4, 8, 16, 32, 64)
SUBSETS = 50


def reading_length_table(
    sample: Sample, recordings: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Compute the expected speaker-level AUROC from a few recordings of each speaker.

    Random subsets are drawn without replacement. Each subset of a length is part of the next longer
    one, and they are the same for all models and repeats if ``rng`` is.

    Args:
        sample: A cell's repeats.
        recordings: Of the corpus: ``recording_id``.
        rng: Draws the recordings.

    Returns:
        Rows of ``n_recordings`` (speakers with fewer give all they have; the last are all
        recordings, as many as the speaker with most has), ``level``, ``value`` (mean over subsets
        and repeats of the AUROC that results are about, :func:`comparable.comparable_items`; NaN
        where a repeat has one class only), ``low``, ``high``: an interval over speakers of that
        mean.
    """
    order = rng.random((SUBSETS, len(recordings)))
    places = pd.Index(recordings["recording_id"])
    counts = [r.crossvalidation.test["speaker_id"].value_counts().max() for r in sample.repeats]
    most = int(max(counts))
    lengths = [*(length for length in LENGTHS if length < most), most]
    values: dict[tuple[int, str], list[Floats]] = {
        (length, level): [] for level in SPEAKER_LEVELS for length in lengths
    }
    compared = comparable_items(sample.items(RECORDING.key))
    for repeat, items in zip(sample.repeats, compared, strict=True):
        ids = repeat.crossvalidation.test["recording_id"]
        drawn = order[:, places.get_indexer(ids)]
        for key, wins in _mean_wins(repeat, drawn, lengths).items():
            values[key].append(_auroc(items, wins, repeat.weights))
    basis = auroc_basis(compared)
    rows: list[dict[str, Any]] = [
        {
            "n_recordings": length,
            "level": level,
            **with_reason(sample.estimate(of_repeats, basis), basis),
        }
        for (length, level), of_repeats in values.items()
    ]
    return pd.DataFrame(rows)


def _mean_wins(repeat: Repeat, order: Floats, lengths: list[int]) -> dict[tuple[int, str], Floats]:
    """Count in which share of subsets each dysarthric speaker outscores each healthy one.

    Args:
        repeat: The cross-validation.
        order: (n_subsets, n_recordings) a subset's recordings are a speaker's first by this.
        lengths: Recordings to use.

    Returns:
        By length and level (n_dysarthric, n_healthy) shares; ties count half.
    """
    logits = repeat.crossvalidation.test["logit"].to_numpy(np.float64)
    speakers = repeat.levels[RECORDING.key].speakers
    n_recordings = np.bincount(speakers)
    starts = np.cumsum(n_recordings) - n_recordings
    position = np.arange(len(speakers)) - np.repeat(starts, n_recordings)
    labels = repeat.levels[RECORDING.key].speaker_labels
    shape = (np.sum(labels == 1), np.sum(labels == 0))
    wins = {(length, level): np.zeros(shape) for level in SPEAKER_LEVELS for length in lengths}
    for keys in order:
        shuffled = np.lexsort((keys, speakers))
        for length in lengths:
            used = shuffled[position < length]
            for level in SPEAKER_LEVELS.values():
                scores = level.score(logits[used], speakers[used])
                wins[length, level.key] += _outscores(scores, labels) / len(order)
    return wins


def _outscores(scores: Floats, labels: NDArray[np.int64]) -> Floats:
    positive, negative = scores[labels == 1][:, None], scores[labels == 0]
    return (positive > negative) + (positive == negative) / 2


def _auroc(items: Scores, wins: Floats, weights: Floats) -> Floats:
    """Compute the AUROC of pairs within folds under each row of weights."""
    labels = items.speaker_labels
    folds = np.zeros(len(labels)) if items.folds is None else items.folds
    alike = (folds[labels == 1][:, None] == folds[labels == 0]).astype(np.float64)
    positive, negative = weights[:, labels == 1], weights[:, labels == 0]
    won = ((positive @ (wins * alike)) * negative).sum(axis=1)
    pairs = ((positive @ alike) * negative).sum(axis=1)
    return np.divide(won, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
