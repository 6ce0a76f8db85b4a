"""A9: which change of the recordings of half the speakers the audits would notice.

Without it "nothing was found" says nothing: with few speakers only a coarse cue would be found.
Labels are dealt at random and the recordings of the speakers who are called patients are changed,
so that the change is the only difference between the classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dysarthria_lightning.auditing.changes import CHANGES
from dysarthria_lightning.auditing.cue_audits import CueAudit
from dysarthria_lightning.auditing.permutations import Labelings, shares_as_high
from dysarthria_lightning.auditing.regression import Floats, cross_validated_aurocs

#: The share of labelings in which a change must be noticed.
POWER = 0.8
#: How many labelings are tried.
TRIALS = 50


@dataclass(frozen=True)
class Thresholds:
    """Above which AUROC each audit raises an alarm: such that any does in 5 % of labelings.

    Attributes:
        of: By the audit's key.
    """

    of: dict[str, float]

    @classmethod
    def from_permuted(cls, statistics: dict[str, Floats]) -> "Thresholds":
        """Find them.

        Args:
            statistics: By the audit's key (1 + n_permutations,) values; the first, under the true
                labels, does not count.
        """
        permuted = {key: values[1:] for key, values in statistics.items()}
        smallest = np.min([shares_as_high(values) for values in permuted.values()], axis=0)
        share = float(np.quantile(smallest, 0.05))
        return cls(
            {
                key: float(np.quantile(values, 1 - share, method="lower"))
                for key, values in permuted.items()
            }
        )

    @property
    def highest(self) -> float:
        """The AUROC above which any audit's cues would have raised an alarm."""
        return max(self.of.values())


def share_noticed(
    thresholds: Thresholds,
    labelings: Labelings,
    pairs: Sequence[tuple[CueAudit, CueAudit]],
    trials: int,
) -> float:
    """Return in which share of labelings a change of the patients' recordings is noticed.

    Args:
        thresholds: Of the same audits, as the recordings are.
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
        noticed |= values > thresholds.of[before.key]
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


def describe_noticed(noticed: Mapping[str, float]) -> list[str]:
    """Name of each kind of change the smallest that would have been found, or that none would.

    Args:
        noticed: By a change's text the share of labelings in which it is noticed.
    """
    said = []
    for kind in dict.fromkeys(type(change) for change in CHANGES):
        of_kind = [it.text for it in CHANGES if type(it) is kind and it.text in noticed]
        found = next((text for text in of_kind if noticed[text] >= POWER), None)
        if found:
            said.append(f"{found} in the patients' recordings ({100 * noticed[found]:.0f} % sure)")
        elif of_kind:
            said.append(f"not even {of_kind[-1]} in the patients' recordings")
    return said
