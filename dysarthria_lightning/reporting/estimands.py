"""What is estimated, and what its interval holds and leaves out: in words that every table uses."""

from dysarthria_lightning.evaluation.bootstrap import DRAWS
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.speaker_weighting import BY_SPEAKER

#: What the AUROCs are called wherever several of them stand together.
AUROC_NAMES = {
    WITHIN_FOLDS: "AUROC, pairs within a fold",
    "auroc": "AUROC, pooled",
    BY_SPEAKER: "AUROC, every speaker alike",
}

#: From so many repeats on, one more changes an interval's width by little.
ENOUGH_REPEATS = 5

FEW_REPEATS = (
    "With fewer than five repeats the interval is wider, because it knows little of what other "
    "partitions and weights give."
)
ONE_REPEAT = (
    "One repeat leaves open what other partitions and weights would give: its interval is about "
    "half as wide again as that of five."
)

#: When two models are called different.
DIFFERENT = (
    "Different: p < 0.05, corrected by Holm's method for all comparisons shown, and ahead in every "
    "repeat. It is said of these trained models on these speakers. The smallest difference that "
    "could be found is the true one that 80 of 100 such studies would find, uncorrected."
)


def describe_within_folds() -> str:
    """Say what the primary AUROC is."""
    return (
        "AUROC: the chance that a dysarthric speaker scores above a healthy one, of pairs that the "
        f"same fold's model judged. {describe_pooled()}"
    )


def describe_pooled(*, only: bool = False) -> str:
    """Say what is wrong with pooled scores.

    Args:
        only: Whether there is nothing else, because no fold tests both classes.
    """
    if only:
        return (
            "Too few speakers of both classes were judged by one model, so scores of different "
            "models are pooled; that AUROC is biased low. Fewer folds, or stratified ones "
            "(protocol.stratify=true), would give pairs that one model judged."
        )
    return (
        "Pooled: scores of all folds; biased low if folds are not stratified, as "
        "curves and all other metrics are, which are of pooled scores too."
    )


def describe_no_pairs() -> str:
    """Say why an AUROC within folds is a dash throughout."""
    return (
        "Not defined here: no fold tests both classes, so no model judged a pair. Fewer folds, or "
        "stratified ones (protocol.stratify=true), would give pairs."
    )


def describe_interval(n_repeats: int, draws: int = DRAWS) -> str:
    """Say what intervals hold and leave out.

    Args:
        n_repeats: Cross-validations that the values are means of.
        draws: Bootstrap samples.
    """
    how = f"BCa, from {draws:,} bootstrap draws"
    too_few = "None for an AUROC of fewer than seven speakers of a class."
    if n_repeats > 1:
        return (
            f"Intervals ({how} of speakers and repeats) hold the chance of testing other "
            f"speakers, and of other partitions and weights. They leave out training on other "
            f"speakers. {too_few}"
        )
    return (
        f"Intervals ({how} of speakers) hold the chance of testing other speakers. They leave "
        f"out training again, on these speakers or on others. {too_few}"
    )


def describe_chance() -> str:
    """Say what stands beside values as chance."""
    return (
        "Chance: the range of 95 % of such AUROCs when labels are dealt to the speakers at random. "
        "Nothing is trained with those, so a value just above the range says little."
    )
