"""How to read the tables of results."""

from dysarthria_lightning.reporting.content import ReportContent, has_pairs_within_folds
from dysarthria_lightning.reporting.estimands import describe_interval

#: What each value is, before anything else.
VALUES = "Values are in per cent, each with its 95 % interval."
_PAPER = (
    "Under it stand the paper's value and ours minus the paper's, in points, with our interval "
    "shifted: it leaves out how uncertain the paper's value is. "
)
_WITHIN = (
    "AUROCs of new speakers compare pairs that the same fold's model judged. Under them stand what "
    "chance gives and the AUROC of pooled scores. "
)
_SPREAD = " “Repeats” gives the smallest and the largest of {} repeats."


def how_to_read(content: ReportContent) -> str:
    """Say what stands beside and under the values.

    Args:
        content: Of the report.
    """
    n_repeats = content.repeats_there
    said = _WITHIN if has_pairs_within_folds(content) else ""
    if content.beside_paper:
        said += _PAPER
    spread = _SPREAD.format(n_repeats) if n_repeats > 1 else ""
    return said + describe_interval(n_repeats) + spread
