"""A9: which change of the recordings of half the speakers the audits would notice.

Without it "nothing was found" says nothing: with few speakers only a coarse cue would be found.
Labels are dealt at random and the recordings of the speakers who are called patients are changed,
so that the change is the only difference between the classes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dysarthria_lightning.auditing.cue_audits import CueAudit
from dysarthria_lightning.auditing.permutations import Labelings, shares_as_high
from dysarthria_lightning.auditing.regression import Floats, cross_validated_aurocs

#: The share of labelings in which a change must be noticed.
POWER = 0.8
#: How many labelings are tried.
TRIALS = 50


class Null(NamedTuple):
    """What the audits come to under permuted labels.

    Attributes:
        statistics: By the audit's key (n_permutations,) values.
        critical: By the audit's key the value above which it raises an alarm: such that any audit
            does so in 5 % of labelings.
    """

    statistics: dict[str, Floats]
    critical: dict[str, float]

    @classmethod
    def of(cls, statistics: dict[str, Floats]) -> "Null":
        """Summarise permuted values; the first of each, under the true labels, does not count."""
        permuted = {key: values[1:] for key, values in statistics.items()}
        smallest = np.min([shares_as_high(values) for values in permuted.values()], axis=0)
        share = float(np.quantile(smallest, 0.05))
        critical = {
            key: float(np.quantile(values, 1 - share, method="lower"))
            for key, values in permuted.items()
        }
        return cls(permuted, critical)

    def smallest_found(self) -> float:
        """Return the AUROC above which any audit's cues would have raised an alarm."""
        return max(self.critical.values())


def share_noticed(
    null: Null, labelings: Labelings, pairs: Sequence[tuple[CueAudit, CueAudit]], trials: int
) -> float:
    """Return in which share of labelings a change of the patients' recordings is noticed.

    Args:
        null: Of the same audits, as the recordings are.
        labelings: Dealt at random; the first, the true one, is not used.
        pairs: Each audit of the recordings as they are, and of the same ones changed.
        trials: How many labelings to use.
    """
    noticed = np.zeros(trials, dtype=bool)
    for before, after in pairs:
        shared = before.chosen & after.chosen
        columns = _shared_columns(before, after)
        if not columns:
            continue
        as_is = before.found.rows[shared[before.chosen]][:, [one for one, _ in columns]]
        changed = after.found.rows[shared[after.chosen]][:, [other for _, other in columns]]
        of_shared = labelings.of_speakers(shared)
        dealt, folds = of_shared.labels[1 : 1 + trials], of_shared.folds[1 : 1 + trials]
        rows = np.where(dealt[:, :, None] == 1, changed, as_is)
        values = cross_validated_aurocs(rows, dealt, folds)
        noticed |= values > null.critical[before.key]
    return float(noticed.mean())


def _shared_columns(before: CueAudit, after: CueAudit) -> list[tuple[int, int]]:
    """Pair the columns that both have."""
    places = {
        (cue.column, statistic): number
        for number, (cue, statistic) in enumerate(
            zip(after.found.cues, after.found.statistics, strict=True)
        )
    }
    keys = zip(before.found.cues, before.found.statistics, strict=True)
    return [
        (number, places[cue.column, statistic])
        for number, (cue, statistic) in enumerate(keys)
        if (cue.column, statistic) in places
    ]
