"""Bootstrap over speakers: recordings of one speaker are no independent evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.intervals import (
    FEWEST_OF_CLASS,
    Basis,
    Estimate,
    summarise_resample,
)
from dysarthria_lightning.evaluation.levels import Level, score_levels
from dysarthria_lightning.evaluation.metrics import (
    Floats,
    Scores,
)
from dysarthria_lightning.evaluation.study import CrossValidation

DRAWS = 10_000


@dataclass(frozen=True)
class Resample:
    """How often each speaker counts in a bootstrap.

    Attributes:
        speakers: (n_speakers,) ids, sorted.
        weights: (1 + n_speakers + draws, n_speakers) how often each speaker counts:
            first as they are, then with each left out, then as drawn.
    """

    speakers: NDArray[np.object_]
    weights: Floats

    @property
    def first_draw(self) -> int:
        """Row of the weights in which the draws begin."""
        return 1 + len(self.speakers)

    def weights_of(self, speakers: Sequence[str]) -> Floats:
        """Return the weights of some speakers.

        Args:
            speakers: Ids; all of them are in the resample.

        Returns:
            (n_rows, len(speakers)) weights: the resample's own, not a copy, where the speakers are
            all of its own in order. They may take hundreds of megabytes.
        """
        if np.array_equal(self.speakers, np.asarray(speakers, dtype=object)):
            return self.weights
        return self.weights[:, np.searchsorted(self.speakers, np.asarray(speakers, dtype=object))]

    def estimate(self, values: Floats, basis: Basis | None = None) -> Estimate:
        """Summarise a statistic with its 95 % interval (:func:`intervals.summarise_resample`).

        Args:
            values: (n_rows,) the statistic under each row of weights.
            basis: The speakers it rests on; by default all, without an exact interval.
        """
        return summarise_resample(values, len(self.speakers), basis or Basis(len(self.speakers)))


def resample_speakers(
    speakers: Sequence[str], rng: np.random.Generator, draws: int = DRAWS
) -> Resample:
    """Weigh speakers as they are, each left out once, and drawn at random.

    A statistic of many weights at once gives its value, what its interval's acceleration is
    computed from, and its bootstrap distribution in one go. As many speakers are drawn as there
    are, with replacement, each with all of their recordings (Davison & Hinkley, Bootstrap Methods
    and their Application, 1997, section 3.8).

    Args:
        speakers: Ids, each once.
        rng: Draws them.
        draws: Number of bootstrap samples.
    """
    n = len(speakers)
    weights = np.concatenate([np.ones((1, n)), 1 - np.eye(n), _draw(n, draws, rng)])
    return Resample(np.sort(np.asarray(speakers, dtype=object)), weights)


def _draw(n_speakers: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return (draws, n_speakers) how often each speaker was drawn."""
    drawn = rng.integers(0, n_speakers, (draws, n_speakers))
    drawn += n_speakers * np.arange(draws)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=draws * n_speakers)
    return counts.reshape(draws, n_speakers).astype(np.float64)


@dataclass(frozen=True)
class Repeat:
    """One cross-validation, ready to be judged.

    Attributes:
        crossvalidation: Its tables.
        speakers: (n_speakers,) ids of the speakers tested in it, sorted: the speakers' numbers
            in all levels are places in it.
        levels: The scored items of each level.
        weights: (n_rows, n_speakers) how often each of these speakers counts.
    """

    crossvalidation: CrossValidation
    speakers: NDArray[np.object_]
    levels: dict[str, Scores]
    weights: Floats


@dataclass(frozen=True)
class Sample:
    """A cell's repeats and the bootstrap of all speakers tested in any of them.

    A speaker drawn twice counts twice in every repeat in which they are tested, so that intervals
    of means over repeats hold the chance of meeting these speakers. Repeats are drawn too, so that
    intervals also hold the chance of these partitions and weights: twice as many as there are,
    because drawing speakers moves the pairs within folds as another partition does, and holds a
    part of it already. Of 95 % intervals of five repeats so many held the truth in simulated
    studies with a learner (``tests/evaluation/test_learner_coverage.py``), stratified folds:

    =====================  ======  =============  =====================
    true AUROC             none    twice as many  as many as there are
    =====================  ======  =============  =====================
    0.86 to 0.90           95 %    96 to 98       98 to 99
    0.50: nothing to hear  86 %    91             93
    =====================  ======  =============  =====================

    Attributes:
        resample: Of the speakers.
        repeats: In order.
        luck: (draws, 2 · n_repeats) numbers from 0 to 1 that draw the repeats.
    """

    resample: Resample
    repeats: list[Repeat]
    luck: Floats

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n_speakers,) 0 or 1."""
        return self.pool(next(iter(self.repeats[0].levels))).speaker_labels

    @property
    def has_enough_speakers(self) -> bool:
        """Whether each class has as many speakers as intervals want."""
        counts = np.bincount(self.labels, minlength=2)
        return bool(counts.min() >= FEWEST_OF_CLASS)

    def items(self, level: str) -> list[Scores]:
        """List the items of each repeat.

        Args:
            level: Of the scores.
        """
        return [repeat.levels[level] for repeat in self.repeats]

    def pool(self, level: str) -> Scores:
        """Put the items of all repeats one after the other.

        Args:
            level: Of the scores.

        Returns:
            The items; their speakers are numbered as in the resample.
        """
        parts = self.items(level)
        places = [np.searchsorted(self.resample.speakers, r.speakers) for r in self.repeats]
        return Scores(
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([at[part.speakers] for at, part in zip(places, parts, strict=True)]),
            parts[0].threshold,
            len(self.resample.speakers),
        )

    def estimate(self, values: Sequence[Floats], basis: Basis) -> Estimate:
        """Estimate the mean of a statistic over repeats.

        Args:
            values: Of each repeat that counts (n_rows,), one for each row of its weights.
            basis: The speakers it rests on in any repeat.

        Returns:
            The mean with its interval; NaN where it is not defined for one of the repeats, or where
            there are none.
        """
        if not values:
            return Estimate(float("nan"), float("nan"), float("nan"))
        return self.resample.estimate(self.average(values), basis)

    def average(self, values: Sequence[Floats], n_drawn: int | None = None) -> Floats:
        """Average a statistic over repeats, in every draw over those that it has drawn.

        Args:
            values: Of each repeat that counts (n_rows,), one for each row of its weights, or for
                the first of them.
            n_drawn: How many repeats are drawn; None: twice as many as there are.

        Returns:
            (n_rows,) means; NaN where one is NaN.
        """
        of_repeats = np.asarray(values)
        first = self.resample.first_draw
        means: Floats = of_repeats.sum(axis=0) / len(of_repeats)
        means[first:] = self.average_draws(of_repeats[:, first:], n_drawn)
        return means

    def average_draws(self, values: Floats, n_drawn: int | None = None) -> Floats:
        """Average what a statistic is in each draw over the repeats that the draw has drawn.

        Args:
            values: (n_repeats, n_draws, ...) of the first draws.
            n_drawn: As for :meth:`average`.

        Returns:
            (n_draws, ...) means; NaN where one is NaN.
        """
        n, n_draws = values.shape[:2]
        if n == 1:
            return values[0]
        luck = self.luck[:n_draws, : n_drawn or 2 * n]
        drawn = (luck * n).astype(np.int64)
        # One repeat after the other: all at once would be a copy for each that is drawn.
        rows = np.arange(n_draws)
        total = np.zeros(values.shape[1:])
        for places in drawn.T:
            total += values[places, rows]
        return total / drawn.shape[1]


def auroc_basis(repeats: Sequence[Scores]) -> Basis:
    """Return what a mean of AUROCs rests on: the speakers who are compared with any other.

    Args:
        repeats: The items of each repeat, of the same speakers or some of them.
    """
    counts = [_count_compared(items) for items in repeats]
    n_dysarthric, n_healthy, n_trials = np.max(counts, axis=0).tolist() if counts else (0, 0, 0)
    return Basis.of_auroc(n_dysarthric, n_healthy, n_trials)


def _count_compared(items: Scores) -> tuple[int, int, int]:
    """Count dysarthric and healthy speakers compared, and pairs of them that share nobody."""
    there = np.unique(items.speakers)
    labels = items.speaker_labels[there]
    folds = np.zeros(len(there)) if items.folds is None else items.folds[there]
    n_dysarthric, n_healthy = (
        np.array([np.sum(labels[folds == fold] == label) for fold in np.unique(folds)])
        for label in (1, 0)
    )
    # Of a fold of one class nobody is compared.
    compared = (n_dysarthric > 0) & (n_healthy > 0)
    n_trials = np.minimum(n_dysarthric, n_healthy).sum()
    return int(n_dysarthric[compared].sum()), int(n_healthy[compared].sum()), int(n_trials)


def make_sample(
    repeats: Sequence[CrossValidation],
    rng: np.random.Generator,
    draws: int = DRAWS,
    levels: Sequence[Level] | None = None,
) -> Sample:
    """Draw the speakers and the repeats of a cell.

    Args:
        repeats: Its cross-validations, at least one.
        rng: Draws them.
        draws: Number of bootstrap samples.
        levels: At which they are to be judged; None: all.
    """
    tested = [np.unique(repeat.test["speaker_id"].to_numpy(dtype=object)) for repeat in repeats]
    resample = resample_speakers([*np.unique(np.concatenate(tested))], rng, draws)
    return Sample(
        resample,
        [
            Repeat(
                repeat,
                speakers,
                score_levels(repeat.test, levels),
                resample.weights_of([*speakers]),
            )
            for repeat, speakers in zip(repeats, tested, strict=True)
        ],
        rng.random((draws, 2 * len(repeats))),
    )
