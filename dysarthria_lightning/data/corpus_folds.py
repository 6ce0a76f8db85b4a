"""Parts of speakers of several corpora: each with its share of every corpus and class."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Class, gender and corpus.
Stratum = tuple[int, str, str]

# Of which a part has its share, rounded up or down: two trees, each from all speakers down to
# single strata. What two trees ask for can always be met at once, and what three ask for cannot
# (Cox, Journal of the American Statistical Association 82:520, 1987).
_SHARES: tuple[Callable[[Stratum], Any], ...] = (
    lambda it: (),
    lambda it: it[2],  # corpus
    lambda it: it[::2],  # class of a corpus
    lambda it: it[0],  # class
    lambda it: it[:2],  # class and gender
)
_CLASSES = 3


def round_by_corpus(
    wanted: Mapping[Stratum, Fraction], rng: np.random.Generator
) -> dict[Stratum, int]:
    """Round a table of numbers of speakers up or down, and its sums with it.

    The sums are those of all speakers, of each corpus, of each class of a corpus, of each class,
    and of each class and gender. Of both classes there is one if that can be.

    Args:
        wanted: By stratum, the number that its share gives.
        rng: Draws one of the possible roundings.
    """
    costs = rng.random(len(wanted))
    rounded = _round(wanted, costs, least_of_class=1)
    if rounded is None:
        rounded = _round(wanted, costs, least_of_class=0)
    assert rounded is not None
    return rounded


def _round(
    wanted: Mapping[Stratum, Fraction], costs: NDArray[np.float64], least_of_class: int
) -> dict[Stratum, int] | None:
    """Find the rounding of the least costs; None where there is none."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    strata = [*wanted]
    rows, low, high = [], [], []
    for place, share in enumerate(_SHARES):
        least = least_of_class if place == _CLASSES else 0
        for group in sorted({share(it) for it in strata}):
            total = sum((wanted[it] for it in strata if share(it) == group), Fraction())
            rows.append([float(share(it) == group) for it in strata])
            high.append(math.ceil(total))
            low.append(max(math.floor(total), min(least, high[-1])))
    found = milp(
        costs,
        integrality=np.ones(len(strata)),
        bounds=Bounds([*map(math.floor, wanted.values())], [*map(math.ceil, wanted.values())]),
        constraints=LinearConstraint(np.array(rows), low, high),
    )
    if not found.success:
        return None
    return {it: round(number) for it, number in zip(strata, found.x, strict=True)}
