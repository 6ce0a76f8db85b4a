"""What must be said wherever certain metrics are shown."""

from collections.abc import Iterable

from dysarthria_lightning.evaluation.levels import Level
from dysarthria_lightning.reporting.display import DASH, capitalised

#: Beside precision, F1 and average precision.
CASE_MIX = (
    "Precision, F1 and average precision are of this mix of dysarthric and healthy speakers. Among "
    "the people a clinic meets dysarthria may be much rarer, and they are then much lower."
)

#: Beside what is computed from scores of several folds' models.
POOLED = (
    "Where each fold's model judged some speakers, average precision, accuracy, precision, recall "
    "and F1 are of their pooled scores, and biased as the pooled AUROC is if folds are not "
    "stratified."
)


def metric_notes(levels: Iterable[Level]) -> list[str]:
    """Say what average precision, accuracy, precision, recall and F1 do not tell.

    Args:
        levels: Those whose metrics are shown.
    """
    ranking = [capitalised(level.name) for level in levels if level.threshold is None]
    no_threshold = (
        f"{' and '.join(ranking)} ranks speakers and calls nobody dysarthric: the score is no "
        "probability and grows with the spread of a speaker's logits alone, so no threshold is "
        f"fixed beforehand. Its accuracy, precision, recall and F1 are a dash ({DASH})."
    )
    return [CASE_MIX, POOLED, *([no_threshold] if ranking else [])]
