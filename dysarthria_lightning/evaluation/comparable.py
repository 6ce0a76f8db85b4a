"""Which scores are compared where there may be no pairs of speakers that one model judged."""

from collections.abc import Sequence

from dysarthria_lightning.evaluation.bootstrap import Sample
from dysarthria_lightning.evaluation.metrics import Scores
from dysarthria_lightning.evaluation.study import CrossValidation


def folds_have_both_classes(repeats: Sequence[CrossValidation]) -> bool:
    """Say whether any fold tests both classes, so that one model judged pairs of them.

    Args:
        repeats: Of a cell.
    """
    return any(
        (repeat.test.groupby("fold")["label"].nunique() > 1).any()
        if "fold" in repeat.test
        else repeat.test["label"].nunique() > 1
        for repeat in repeats
    )


def comparable_items(sample: Sample, level: str) -> list[Scores]:
    """Return the items of each repeat, as if one model had judged all where no fold has pairs.

    As :func:`metrics.primary_auroc` does, but for all repeats alike: where no fold of any repeat
    tests both classes (leave-one-speaker-out), only pooled scores can be compared, whose AUROC is
    biased low.

    Args:
        sample: A cell's repeats.
        level: Of the scores.
    """
    items = [repeat.levels[level] for repeat in sample.repeats]
    if folds_have_both_classes([repeat.crossvalidation for repeat in sample.repeats]):
        return items
    return [of_repeat.pooled for of_repeat in items]


def has_pairs(items: Scores) -> bool:
    """Say whether one model judged items of both classes.

    Args:
        items: Of one repeat, or some of them.
    """
    if len(items.scores) == 0:
        return False
    folds = items.folds[items.speakers] if items.folds is not None else items.labels * 0
    return bool(set(folds[items.labels == 1].tolist()) & set(folds[items.labels == 0].tolist()))
