"""A6: whether a model's scores follow the recording's conditions among speakers of one class."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from dysarthria_lightning.auditing.permutations import Significance, compare_with_chance
from dysarthria_lightning.auditing.regression import Floats, Integers
from dysarthria_lightning.data.manifest_schema import LABEL_NAMES

#: By column of the measurements, or of what is known of speakers, its name.
CONDITIONS = {
    "rms_db": "level",
    "floor_db": "noise floor",
    "age": "age",
    "duration_s": "duration",
}


class Correlation(NamedTuple):
    """The largest correlation of any condition in any class.

    Attributes:
        text: Which one, in words.
        significance: Its size (Spearman, without its sign) beside that under permutation; the
            family-wise p counts all of them.
    """

    text: str
    significance: Significance


def largest_correlation(
    scores: Floats,
    labels: Integers,
    conditions: pd.DataFrame,
    rng: np.random.Generator,
    permutations: int = 499,
) -> Correlation | None:
    """Correlate scores with conditions inside each class.

    Args:
        scores: (n_speakers,) a model's.
        labels: (n_speakers,) 0 or 1.
        conditions: (n_speakers, ...) columns of :data:`CONDITIONS`, some may be missing or NaN.
        rng: Permutes the scores inside each class.
        permutations: How often.

    Returns:
        The largest; None where no condition is known of five speakers of a class.
    """
    names: list[str] = []
    statistics: list[Floats] = []
    signs: list[float] = []
    for label, class_name in LABEL_NAMES.items():
        members = np.flatnonzero(labels == label)
        order = np.argsort(rng.random((permutations, len(members))), axis=1)
        dealt = np.concatenate([np.arange(len(members))[None], order])
        for column, name in CONDITIONS.items():
            if column not in conditions:
                continue
            values = conditions[column].to_numpy(np.float64)[members]
            known = np.isfinite(values)
            if known.sum() < 5 or np.ptp(values[known]) == 0 or np.ptp(scores[members]) == 0:
                continue
            rho = np.array([_spearman(scores[members][row][known], values[known]) for row in dealt])
            names.append(f"{name} among {class_name} speakers")
            signs.append(float(rho[0]))
            statistics.append(abs(rho))
    if not names:
        return None
    tested = compare_with_chance(statistics)
    best = min(range(len(names)), key=lambda it: (tested[it].p_familywise, -tested[it].value))
    return Correlation(f"{names[best]} (Spearman {signs[best]:+.2f})", tested[best])


def _spearman(x: Floats, y: Floats) -> float:
    a, b = rankdata(x), rankdata(y)
    a, b = a - a.mean(), b - b.mean()
    spread = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / spread) if spread > 0 else 0.0
