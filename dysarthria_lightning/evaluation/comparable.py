"""Which scores are compared: of pairs that one model judged, or of all folds where those are few.

One rule for whatever is said of a cell: its values, comparisons, groups and prompts.
"""

from collections.abc import Sequence

from dysarthria_lightning.evaluation.bootstrap import auroc_basis
from dysarthria_lightning.evaluation.metrics import Scores


def comparable_items(repeats: Sequence[Scores]) -> list[Scores]:
    """Return the items of each repeat, as if one model had judged all where pairs are too few.

    Args:
        repeats: The items of all repeats of a cell.
    """
    if are_compared_within_folds(repeats):
        return [*repeats]
    return [items.pooled for items in repeats]


def are_compared_within_folds(repeats: Sequence[Scores]) -> bool:
    """Say whether results are about pairs of speakers whom the same fold's model judged.

    They are about pooled scores, in all repeats alike, where a repeat has no such pair
    (leave-one-speaker-out), or where too few speakers are in one for an interval: a handful of
    pairs says less than the pooled AUROC, biased low as that is.

    Args:
        repeats: The items of all repeats of a cell.
    """
    if not all(has_pairs(items) for items in repeats):
        return False
    pooled = [items.pooled for items in repeats]
    return auroc_basis(repeats).enough or not auroc_basis(pooled).enough


def has_pairs(items: Scores) -> bool:
    """Say whether one model judged items of both classes.

    Args:
        items: Of one repeat, or some of them.
    """
    if len(items.scores) == 0:
        return False
    folds = items.folds[items.speakers] if items.folds is not None else items.labels * 0
    return bool(set(folds[items.labels == 1].tolist()) & set(folds[items.labels == 0].tolist()))
