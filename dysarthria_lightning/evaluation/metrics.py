"""How well scores tell dysarthric from healthy, for the data as they are and for every bootstrap.

Everything is a function of speakers' weights: ones give the plain value, a bootstrap draw counts
a speaker as often as they were drawn, with all of their recordings. Many draws are computed at
once.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: The AUROC over pairs that one model judged, which results are first about.
WITHIN_FOLDS = "auroc_within_folds"
AUROCS = (WITHIN_FOLDS, "auroc")
#: Of calling items above the threshold dysarthric; not defined where there is none.
THRESHOLD_METRICS = ("accuracy", "precision", "recall", "f1")
METRICS = (*AUROCS, "average_precision", *THRESHOLD_METRICS)

_UNDEFINED_IS_NAN = np.errstate(invalid="ignore", divide="ignore")


@dataclass(frozen=True)
class Scores:
    """Scored items (recordings or whole speakers) and whose they are.

    Attributes:
        scores: (n_items,) higher for dysarthric.
        labels: (n_items,) 0 or 1; one label per speaker.
        speakers: (n_items,) the speaker's number, from 0 to n_speakers - 1.
        threshold: Items that score above it are called dysarthric; None where no score is fixed
            beforehand above which they are.
        n_speakers: How many speakers are numbered, those of whom no item is left included.
        folds: (n_speakers,) the number of the fold whose model judged each; None where one model
            judged all.
    """

    scores: Floats
    labels: NDArray[np.int64]
    speakers: NDArray[np.int64]
    threshold: float | None
    n_speakers: int
    folds: NDArray[np.int64] | None = None

    @property
    def pooled(self) -> "Scores":
        """The same, as if one model had judged all."""
        return replace(self, folds=None)

    @property
    def speaker_labels(self) -> NDArray[np.int64]:
        """(n_speakers,) 0 or 1; 0 for speakers without items."""
        labels = np.zeros(self.n_speakers, dtype=np.int64)
        labels[self.speakers] = self.labels
        return labels

    @property
    def called(self) -> NDArray[np.bool_]:
        """(n_items,) whether each is called dysarthric; none is without a threshold."""
        if self.threshold is None:
            return np.zeros(len(self.scores), dtype=bool)
        return self.scores > self.threshold

    def select(self, which: NDArray[np.bool_]) -> "Scores":
        """Keep some items; speakers keep their numbers.

        Args:
            which: (n_items,) True for those to keep.
        """
        return replace(
            self,
            scores=self.scores[which],
            labels=self.labels[which],
            speakers=self.speakers[which],
        )


def compute_metrics(items: Scores, weights: Floats | None = None) -> dict[str, Floats]:
    """Compute all of :data:`METRICS`.

    Args:
        items: The scored items.
        weights: (n_draws, n_speakers) how often each speaker counts; None counts each once.

    Returns:
        For each metric (n_draws,) values, NaN where it is not defined: AUROC without both
        classes (``auroc_within_folds``: in one fold), average precision and recall without
        dysarthric items, precision without items called dysarthric, :data:`THRESHOLD_METRICS`
        without a threshold.
    """
    if weights is None:
        weights = np.ones((1, items.n_speakers))
    return {
        WITHIN_FOLDS: auroc(items, weights),
        "auroc": auroc(items.pooled, weights),
        "average_precision": average_precision(items, weights),
        **threshold_metrics(items, weights),
    }


@_UNDEFINED_IS_NAN
def auroc(items: Scores, weights: Floats) -> Floats:
    """Area under the ROC curve: the chance that a dysarthric item outscores a healthy one.

    Only pairs that the model of one fold judged are compared. Scores of several models are not on
    one scale, and a fold that tests more patients was trained on fewer and scores lower, so that
    the AUROC of pooled scores is biased low (Forman & Scholz, Apples-to-Apples in Cross-Validation
    Studies, 2010; Airola et al., A Comparison of AUC Estimators in Small-Sample Studies, 2009).
    ``items.pooled`` gives that of pooled scores.

    With W[i, j] the number of pairs in which an item of dysarthric speaker i outscores one of
    healthy speaker j (ties count half; 0 in different folds), a draw's AUROC is the bilinear form
    of W with the speakers' weights over the same form of all pairs, so W is counted once for all
    draws. A single draw needs no W, which grows with the square of the speakers.

    Args:
        items: The scored items.
        weights: (n_draws, n_speakers).

    Returns:
        (n_draws,) values; NaN where no fold has both classes.
    """
    if len(weights) == 1:
        return _auroc_of_weighted(items, weights[0, items.speakers])
    labels = items.speaker_labels
    positive, negative = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    wins, pairs = count_wins(items, positive, negative)
    of_positive, of_negative = weights[:, positive], weights[:, negative]
    won = ((of_positive @ wins) * of_negative).sum(axis=1)
    return won / ((of_positive @ pairs) * of_negative).sum(axis=1)


def count_wins(
    items: Scores, speakers: NDArray[np.int64], rivals: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Count between speakers in how many pairs of items the one's scores higher.

    Args:
        items: The scored items.
        speakers: Numbers of some speakers, ascending.
        rivals: Numbers of those they are compared with.

    Returns:
        (len(speakers), len(rivals)) pairs won, ties counting half, and pairs in all; both 0 where
        models of different folds judged the two.
    """
    n_items = np.bincount(items.speakers, minlength=items.n_speakers)
    pairs = np.outer(n_items[speakers], n_items[rivals]).astype(np.float64)
    if items.folds is not None:
        pairs *= items.folds[speakers][:, None] == items.folds[rivals]
    wins = np.zeros(pairs.shape)
    chosen = np.isin(items.speakers, speakers)
    scores, row = items.scores[chosen], np.searchsorted(speakers, items.speakers[chosen])
    for column, rival in enumerate(rivals):
        theirs = np.sort(items.scores[items.speakers == rival])
        below = np.searchsorted(theirs, scores, side="left")
        not_above = np.searchsorted(theirs, scores, side="right")
        wins[:, column] = np.bincount(row, (below + not_above) / 2, minlength=len(speakers))
    return np.where(pairs > 0, wins, 0.0), pairs


def _auroc_of_weighted(items: Scores, weights: Floats) -> Floats:
    """Compute the same from the weight of each item, (n_items,); returns (1,) values."""
    folds = np.zeros(items.n_speakers) if items.folds is None else items.folds
    fold_of_item = folds[items.speakers]
    won = pairs = 0.0
    for fold in np.unique(fold_of_item):
        inside = fold_of_item == fold
        positive = inside & (items.labels == 1)
        negative = inside & (items.labels == 0)
        order = np.argsort(items.scores[negative])
        rivals = items.scores[negative][order]
        total = np.append(0, np.cumsum(weights[negative][order]))
        scores = items.scores[positive]
        below = total[np.searchsorted(rivals, scores, side="left")]
        not_above = total[np.searchsorted(rivals, scores, side="right")]
        won += weights[positive] @ (below + not_above) / 2
        pairs += weights[positive].sum() * total[-1]
    return np.array([won]) / pairs


@_UNDEFINED_IS_NAN
def average_precision(items: Scores, weights: Floats) -> Floats:
    """Average precision: Σ (R_k - R_{k-1}) P_k over the distinct scores, from the highest down.

    Args:
        items: The scored items.
        weights: (n_draws, n_speakers).

    Returns:
        (n_draws,) values.
    """
    order = np.argsort(-items.scores, kind="stable")
    last_of_ties = np.diff(items.scores[order], append=np.nan) != 0
    by_speaker = np.ascontiguousarray(weights.T)
    # Item by item for all draws at once: running sums stay in the cache, as cumulative sums over
    # (draws, items) do not, which took thirty times as long.
    # Not quite 0, so that the precision of nothing called is 0 and not 0 / 0.
    called = np.full(len(weights), np.finfo(np.float64).tiny)
    found, gained, total = np.zeros((3, len(weights)))
    pending = False
    for speaker, label, last in zip(
        items.speakers[order], items.labels[order], last_of_ties, strict=True
    ):
        called += by_speaker[speaker]
        if label:
            gained += by_speaker[speaker]
            pending = True
        if last and pending:
            found += gained
            total += gained * (found / called)
            gained[:] = 0
            pending = False
    return total / found


@_UNDEFINED_IS_NAN
def threshold_metrics(items: Scores, weights: Floats) -> dict[str, Floats]:
    """Accuracy, precision, recall and F1 of calling items above the threshold dysarthric.

    Args:
        items: The scored items.
        weights: (n_draws, n_speakers).

    Returns:
        For each metric (n_draws,) values; NaN without a threshold.
    """
    if items.threshold is None:
        return {name: np.full(len(weights), np.nan) for name in THRESHOLD_METRICS}
    called = items.called
    positive = items.labels == 1

    def count(which: NDArray[np.bool_]) -> Floats:
        return weights @ np.bincount(items.speakers, which, minlength=items.n_speakers)

    true_positive, false_positive = count(called & positive), count(called & ~positive)
    false_negative, true_negative = count(~called & positive), count(~called & ~positive)
    n = true_positive + false_positive + false_negative + true_negative
    return {
        "accuracy": (true_positive + true_negative) / n,
        "precision": true_positive / (true_positive + false_positive),
        "recall": true_positive / (true_positive + false_negative),
        "f1": 2 * true_positive / (2 * true_positive + false_positive + false_negative),
    }


@_UNDEFINED_IS_NAN
def weighted_mean(values: NDArray[Any], speakers: NDArray[np.int64], weights: Floats) -> Floats:
    """Average over items, such as squared errors, or whether each was called rightly.

    Args:
        values: (n_items,) numbers or truth values.
        speakers: (n_items,) the speakers' numbers.
        weights: (n_draws, n_speakers).

    Returns:
        (n_draws,) means, NaN for draws without items.
    """
    n_speakers = weights.shape[1]
    total = weights @ np.bincount(speakers, values, minlength=n_speakers)
    return total / (weights @ np.bincount(speakers, minlength=n_speakers))
