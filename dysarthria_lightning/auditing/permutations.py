"""Permutation tests of speakers' labels, and what several of them come to together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from dysarthria_lightning.auditing.regression import Floats, Integers

# Two values that differ by less are equal: sums of the same numbers in another order.
_EQUAL = 1e-12


@dataclass(frozen=True)
class Labelings:
    """The speakers' labels as they are, and dealt anew, each with partitions of its own.

    All tests of an audit share them, so that what chance does to one it does to the others.

    Attributes:
        labels: (1 + n_permutations, n_speakers) 0 or 1; the first row as they are.
        folds: (1 + n_permutations, n_partitions, n_speakers) which fold tests each speaker.
    """

    labels: Integers
    folds: Integers

    def of_speakers(self, chosen: NDArray[np.bool_]) -> "Labelings":
        """Keep some speakers."""
        return Labelings(self.labels[:, chosen], self.folds[:, :, chosen])


def draw_labelings(
    labels: Integers,
    rng: np.random.Generator,
    permutations: int = 499,
    partitions: int = 5,
    strata: Integers | None = None,
) -> Labelings:
    """Deal labels and partitions.

    Args:
        labels: (n_speakers,) 0 or 1.
        rng: Deals them.
        permutations: How often labels are dealt.
        partitions: Of each labeling, stratified by its labels.
        strata: (n_speakers,) labels are dealt among speakers of one stratum only; None: among all.
    """
    n_speakers = len(labels)
    dealt = np.tile(labels, (1 + permutations, 1))
    groups = np.zeros(n_speakers, dtype=np.int64) if strata is None else strata
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        dealt[1:, members] = rng.permuted(dealt[1:, members], axis=1)
    n_folds = count_folds(labels)
    by_partition = np.repeat(dealt[:, None], partitions, axis=1)
    # In random order within each class, dealt round and round: the second class goes on where the
    # first has ended, so that folds are of equal size.
    order = np.argsort(by_partition + rng.random(by_partition.shape), axis=2)
    folds = np.empty_like(by_partition)
    np.put_along_axis(
        folds, order, np.broadcast_to(np.arange(n_speakers) % n_folds, folds.shape), 2
    )
    return Labelings(dealt, folds)


def log10_labelings(labels: Integers, strata: Integers) -> float:
    """Return the logarithm of the number of ways to deal labels within strata.

    Args:
        labels: (n_speakers,) 0 or 1.
        strata: (n_speakers,) numbers from 0.
    """
    sizes = np.bincount(strata)
    dysarthric = np.bincount(strata, labels)
    ways = gammaln(sizes + 1) - gammaln(dysarthric + 1) - gammaln(sizes - dysarthric + 1)
    return float(ways.sum() / np.log(10))


def count_folds(labels: Integers) -> int:
    """Return how many folds a cross-validation has: ten, or one for each speaker of a small class.

    Args:
        labels: (n_speakers,) 0 or 1.
    """
    return int(min(10, np.bincount(labels, minlength=2).min()))


class Significance(NamedTuple):
    """What a permutation test has found.

    Attributes:
        value: The statistic under the labels as they are.
        chance: Its mean under permuted labels.
        chance_high: What 95 % of the values under permuted labels do not exceed.
        p: The share of labelings, the true one included, whose value is as high.
        p_familywise: The share in which any of the tests is as far above its chance.
    """

    value: float
    chance: float
    chance_high: float
    p: float
    p_familywise: float


def compare_with_chance(statistics: Sequence[Floats]) -> list[Significance]:
    """Test several statistics by the same labelings.

    p = (1 + #{T_b >= T}) / (1 + B). The family-wise p-value compares with the smallest p-value of
    all tests in each labeling (Westfall & Young, Resampling-Based Multiple Testing, 1993, single
    step). P-values and not statistics are compared: AUROCs of few columns spread otherwise, and
    more skewly, than those of many.

    Args:
        statistics: Of each test (1 + n_permutations,) values, the first under the true labels.
    """
    if not statistics:
        return []
    p_values = [shares_as_high(values) for values in statistics]
    smallest = np.min(p_values, axis=0)
    return [
        Significance(
            float(values[0]),
            float(values[1:].mean()),
            float(np.quantile(values[1:], 0.95)),
            float(own[0]),
            float(np.mean(smallest <= own[0] + _EQUAL)),
        )
        for values, own in zip(statistics, p_values, strict=True)
    ]


def shares_as_high(values: Floats) -> Floats:
    """Return for each value the share of all that are as high; equal ones count.

    Args:
        values: (n,).
    """
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values - _EQUAL, side="left")
    return np.asarray((len(values) - below) / len(values))
