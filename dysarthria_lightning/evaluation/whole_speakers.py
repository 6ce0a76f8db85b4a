"""Which models judge speakers as a whole, and not what each recording sounds like."""

from collections.abc import Sequence

from dysarthria_lightning.evaluation.study import CrossValidation


def judges_whole_speakers(repeats: Sequence[CrossValidation]) -> bool:
    """Say whether a model gives all recordings of a speaker one and the same score.

    It is told from predictions, so that it holds under any name. Values of single recordings,
    prompts and few recordings say nothing about such a model: it has heard everything, or nothing.

    Args:
        repeats: Of a cell.

    Returns:
        False too where no speaker has several recordings, where one score is given to everybody,
        and without repeats.
    """
    n_several = n_scores = 0
    for repeat in repeats:
        logits = repeat.test.groupby("speaker_id")["logit"].agg(["size", "nunique"])
        if (logits["nunique"] > 1).any():
            return False
        n_several += int((logits["size"] > 1).sum())
        n_scores = max(n_scores, repeat.test["logit"].nunique())
    return n_several > 0 and n_scores > 1
