"""Parts of speakers of several corpora: each with its share of every corpus and class."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

#: Class, gender and corpus.
Stratum = tuple[int, str, str]

# Of which a part has its share, rounded up or down: two trees, each from all speakers down to
# single strata. What two trees ask for can always be met at once, and what three ask for cannot
# (Cox, Journal of the American Statistical Association 82:520, 1987).
_SHARES: tuple[Callable[[Stratum], Any], ...] = (
    lambda it: None,
    lambda it: it[2],  # corpus
    lambda it: it[::2],  # class of a corpus
    lambda it: it[0],  # class
    lambda it: it[:2],  # class and gender
)


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
    return rounded or _round(wanted, costs, least_of_class=0) or dict.fromkeys(wanted, 0)


def _round(
    wanted: Mapping[Stratum, Fraction], costs: np.ndarray, least_of_class: int
) -> dict[Stratum, int] | None:
    from scipy.optimize import Bounds, LinearConstraint, milp

    strata = [*wanted]
    rows, low, high = [], [], []
    for key, share in enumerate(_SHARES):
        for group in sorted({share(it) for it in strata}, key=str):
            members = [share(it) == group for it in strata]
            total = sum(
                (wanted[it] for it, is_in in zip(strata, members, strict=True) if is_in), Fraction()
            )
            is_class = _SHARES[key] is _SHARES[3]
            rows.append(members)
            low.append(max(math.floor(total), least_of_class if is_class else 0))
            high.append(math.ceil(total))
    found = milp(
        costs,
        integrality=np.ones(len(strata)),
        bounds=Bounds(
            [math.floor(it) for it in wanted.values()], [math.ceil(it) for it in wanted.values()]
        ),
        constraints=LinearConstraint(np.array(rows, dtype=float), low, high),
    )
    if not found.success:
        return None
    return {it: round(number) for it, number in zip(strata, found.x, strict=True)}
