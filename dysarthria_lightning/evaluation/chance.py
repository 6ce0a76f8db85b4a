"""What an AUROC comes to by chance: the same scores under labels that were dealt at random."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.comparable import comparable_items
from dysarthria_lightning.evaluation.intervals import CONFIDENCE
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY, score_levels
from dysarthria_lightning.evaluation.metrics import Floats, Scores, count_wins

PERMUTATIONS = 2_000
_SEED = 0


def chance_interval(
    speakers: Sequence[NDArray[np.object_]], repeats: Sequence[Scores]
) -> tuple[float, float]:
    """Return the range that holds 95 % of the AUROCs that chance gives.

    Args:
        speakers: Of each repeat the ids of its speakers, by their numbers.
        repeats: The scored items of each.

    Returns:
        The ends; NaN where nothing is compared.
    """
    values = permuted_aurocs(speakers, repeats, np.random.default_rng(_SEED))
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return float("nan"), float("nan")
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def chance_of_speakers(tests: Sequence[pd.DataFrame]) -> tuple[float, float]:
    """Return the same range of a model's speakers (soft majority), pooled where results are.

    Args:
        tests: Of each repeat the test predictions of all folds.
    """
    items = [score_levels(test, [SOFT_MAJORITY])[SOFT_MAJORITY.key] for test in tests]
    speakers = [np.unique(it["speaker_id"].to_numpy(object)) for it in tests]
    return chance_interval(speakers, comparable_items(items))


def permuted_aurocs(
    speakers: Sequence[NDArray[np.object_]],
    repeats: Sequence[Scores],
    rng: np.random.Generator,
    permutations: int = PERMUTATIONS,
) -> Floats:
    """Compute the mean AUROC over repeats with the labels of speakers dealt anew.

    A speaker has the same label in all repeats. The scores stay as they are: nothing is trained
    with these labels. They are dealt among all speakers, where folds are stratified too: within
    the folds of each repeat a speaker would have other labels in each, and the mean over repeats
    would seem surer than it is (docs/statistics.md).

    Args:
        speakers: Of each repeat the ids of its speakers, by their numbers.
        repeats: The scored items of each.
        rng: Deals the labels.
        permutations: How often.

    Returns:
        (permutations,) values, NaN where a repeat has no pair of the two classes.
    """
    everybody = np.unique(np.concatenate(speakers))
    places = [np.searchsorted(everybody, ids) for ids in speakers]
    labels = np.zeros(len(everybody))
    for at, items in zip(places, repeats, strict=True):
        labels[at] = items.speaker_labels
    dealt = rng.permuted(np.tile(labels, (permutations, 1)), axis=1)
    total = np.zeros(permutations)
    for at, items in zip(places, repeats, strict=True):
        all_numbers = np.arange(items.n_speakers)
        wins, pairs = count_wins(items, all_numbers, all_numbers)
        dysarthric, healthy = dealt[:, at], 1 - dealt[:, at]
        won = ((dysarthric @ wins) * healthy).sum(axis=1)
        n = ((dysarthric @ pairs) * healthy).sum(axis=1)
        total += np.divide(won, n, out=np.full(permutations, np.nan), where=n > 0)
    return total / len(repeats)
