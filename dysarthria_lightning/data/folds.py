"""How speakers are divided into parts: at random as in the paper, or class by class."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.data.corpus_folds import Stratum as Stratum
from dysarthria_lightning.data.corpus_folds import round_by_corpus


@dataclass(frozen=True)
class Parts:
    """Speakers, divided.

    Attributes:
        validation: Those who validate in every fold and are never tested; none where the folds
            validate in turn.
        folds: The others; each part is tested once.
    """

    validation: list[str]
    folds: list[list[str]]

    def sides(self, fold: int) -> dict[str, list[str]]:
        """Say who trains, validates and is tested in a fold.

        Where nobody validates in every fold, the next part does, and the first after the last.

        Args:
            fold: The one to test, from 0.

        Returns:
            Speakers by side.
        """
        following = (fold + 1) % len(self.folds)
        resting = {fold} if self.validation else {fold, following}
        return {
            "train": [
                speaker
                for number, part in enumerate(self.folds)
                if number not in resting
                for speaker in part
            ],
            "validation": self.validation or self.folds[following],
            "test": self.folds[fold],
        }


def shuffle_speakers(speakers: Sequence[str], n_validation: int, folds: int, seed: int) -> Parts:
    """Draw validation speakers at random and cut the others into folds (paper, section V).

    Args:
        speakers: All speakers, in any order.
        n_validation: How many validate in every fold; 0 where the folds validate in turn.
        folds: How many parts; their sizes differ by one at the most.
        seed: Draws the order of speakers.
    """
    order = np.random.default_rng(seed).permutation(sorted(speakers))
    parts = np.array_split(order[n_validation:], folds)
    return Parts(_names(order[:n_validation]), [_names(part) for part in parts])


def stratify_speakers(
    strata: Mapping[str, Stratum], n_validation: int, folds: int, seed: int
) -> Parts:
    """Divide speakers so that every part has its share of each class and gender.

    Between folds, the numbers of all speakers, of each class, of each gender and of each class and
    gender together differ by one at the most. The validation speakers have the share that their
    number gives, rounded up or down; of both classes there is one if there are two of them.

    How many of each stratum a part gets is a controlled rounding of a table of classes and genders
    (Cox, Journal of the American Statistical Association 82:520, 1987): one exists for every part
    in turn, and which speakers they are is drawn. Where there are several corpora, their sums and
    those of their classes are rounded, too, and those of genders alone are not
    (:func:`corpus_folds.round_by_corpus`).

    Args:
        strata: Each speaker's class, gender and corpus: the class is one, the gender where that of
            all speakers of the corpus is known, the corpus where there are several.
        n_validation: How many validate in every fold; 0 where the folds validate in turn.
        folds: How many parts.
        seed: Draws the order of each stratum's speakers, and the roundings.
    """
    rng = np.random.default_rng(seed)
    members: dict[Stratum, list[str]] = {stratum: [] for stratum in sorted(set(strata.values()))}
    for speaker in sorted(strata):
        members[strata[speaker]].append(speaker)
    waiting = {stratum: _names(rng.permutation(names)) for stratum, names in members.items()}
    validation = _take(waiting, Fraction(n_validation, len(strata)), rng)
    parts = [_take(waiting, Fraction(1, left), rng) for left in range(folds, 0, -1)]
    return Parts(validation, parts)


def _take(
    waiting: dict[Stratum, list[str]], share: Fraction, rng: np.random.Generator
) -> list[str]:
    """Take a share of the speakers who are left."""
    taken: list[str] = []
    wanted = {it: len(waiting[it]) * share for it in waiting}
    several = len({corpus for _, _, corpus in wanted}) > 1
    rounded = round_by_corpus(wanted, rng) if several else _round(wanted, rng)
    for stratum, number in rounded.items():
        taken += waiting[stratum][:number]
        del waiting[stratum][:number]
    return taken


def _round(wanted: dict[Stratum, Fraction], rng: np.random.Generator) -> dict[Stratum, int]:
    """Round a table of numbers up or down, and its sums with it; both classes stay if they can."""
    sums = [list(wanted)] + [
        [stratum for stratum in wanted if stratum[axis] == value]
        for axis in (0, 1)
        for value in sorted({stratum[axis] for stratum in wanted}, key=str)
    ]
    choices = (range(math.floor(number), math.ceil(number) + 1) for number in wanted.values())
    tables = [dict(zip(wanted, numbers, strict=True)) for numbers in product(*choices)]
    possible = [table for table in tables if all(_is_rounded(table, wanted, its) for its in sums)]
    most = max(map(_n_classes, possible))
    fitting = [table for table in possible if _n_classes(table) == most]
    return fitting[rng.integers(len(fitting))]


def _is_rounded(
    table: dict[Stratum, int], wanted: dict[Stratum, Fraction], strata: list[Stratum]
) -> bool:
    return -1 < sum((wanted[it] - table[it] for it in strata), Fraction()) < 1


def _n_classes(table: dict[Stratum, int]) -> int:
    return len({stratum[0] for stratum, number in table.items() if number})


def _names(speakers: NDArray[np.str_]) -> list[str]:
    return [str(speaker) for speaker in speakers]
