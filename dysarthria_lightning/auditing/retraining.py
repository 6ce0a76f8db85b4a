"""A7: what training comes to with labels dealt at random."""

from collections.abc import Sequence

import numpy as np

from dysarthria_lightning.auditing.finding import Finding, Light
from dysarthria_lightning.auditing.lights import ALPHA

_KEY, _NAME = "retraining", "Permuted labels"


def retraining_finding(observed: float, permuted: Sequence[float]) -> Finding:
    """Compare a model with the same model trained with permuted labels.

    Args:
        observed: Its AUROC, of one cross-validation.
        permuted: Of each training with permuted labels.
    """
    values = np.asarray(permuted)
    p = float((1 + np.sum(values >= observed - 1e-12)) / (1 + len(values)))
    text = (
        f"Trained {len(values)} times with permuted labels the model reaches "
        f"{100 * values.min():.1f} to {100 * values.max():.1f} %, with the true ones "
        f"{100 * observed:.1f} %"
    )
    light = Light.GREEN
    if len(values) < 1 / ALPHA - 1:
        light, text = Light.GREY, f"{text}: too few trainings to judge by, 19 are needed"
    elif p > ALPHA:
        light, text = Light.RED, f"{text}, which is no more than chance"
    chance, chance_high = float(values.mean()), float(np.quantile(values, 0.95))
    return Finding(_KEY, _NAME, light, f"{text}.", observed, chance, chance_high, p)


def not_retrained(command: str) -> Finding:
    """Say that the model was not trained with permuted labels, and how to.

    Args:
        command: What does it.
    """
    text = (
        f"Not trained with permuted labels; this does it, and takes 19 cross-validations: {command}"
    )
    return Finding(_KEY, _NAME, Light.GREY, text)


def of_known_speakers() -> Finding:
    """Say that known speakers' permuted labels are no chance."""
    text = "Not trained with permuted labels: of speakers it has heard a model can remember them."
    return Finding(_KEY, _NAME, Light.GREY, text)
