"""Every speaker counts equally: against loops over pairs, and scikit-learn's weights."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from dysarthria_lightning.evaluation.metrics import Scores, auroc
from dysarthria_lightning.evaluation.speaker_weighting import auroc_by_speaker


@st.composite
def scored(draw: st.DrawFn) -> tuple[Scores, np.ndarray, np.ndarray]:
    """Recordings in a mixed order with ties, speakers' whole weights, and their folds."""
    n = draw(st.integers(2, 8))
    labels = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    sizes = draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))
    folds = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    weights = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), dtype=float)
    speakers = np.repeat(np.arange(n), sizes)
    size = len(speakers)
    scores = np.array(draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))) / 6
    order = np.random.default_rng(draw(st.integers(0, 99))).permutation(size)
    items = Scores(scores[order], labels[speakers][order], speakers[order], 0.5, n)
    return items, weights, folds


def by_hand(items: Scores, weights: np.ndarray, folds: np.ndarray | None) -> float:
    """Each pair of speakers by all pairs of their recordings."""
    won = pairs = 0.0
    of = [items.scores[items.speakers == speaker] for speaker in range(items.n_speakers)]
    for i, j in product(range(items.n_speakers), repeat=2):
        if (items.speaker_labels[i], items.speaker_labels[j]) != (1, 0):
            continue
        if folds is not None and folds[i] != folds[j]:
            continue
        wins = [(a > b) + (a == b) / 2 for a in of[i] for b in of[j]]
        won += weights[i] * weights[j] * sum(wins) / len(wins)
        pairs += weights[i] * weights[j]
    return won / pairs if pairs else np.nan


@settings(max_examples=100, deadline=None)
@given(scored(), st.booleans())
def test_it_is_the_mean_over_pairs_of_speakers(
    case: tuple[Scores, np.ndarray, np.ndarray], within_folds: bool
) -> None:
    items, weights, folds = case
    mask = folds if within_folds else None
    draws = np.stack([weights, np.ones_like(weights)])
    ours = auroc_by_speaker(replace(items, folds=mask), draws)
    expected = [by_hand(items, draw, mask) for draw in draws]
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


@settings(max_examples=50, deadline=None)
@given(scored())
def test_it_is_scikit_learns_with_recordings_weighted(
    case: tuple[Scores, np.ndarray, np.ndarray],
) -> None:
    items, weights, _ = case
    each = (weights / np.bincount(items.speakers, minlength=items.n_speakers))[items.speakers]
    kept = each > 0
    ours = auroc_by_speaker(items, weights[None])[0]
    if len(set(items.labels[kept])) < 2:
        assert np.isnan(ours)
    else:
        expected = roc_auc_score(items.labels[kept], items.scores[kept], sample_weight=each[kept])
        assert ours == pytest.approx(expected)


def test_equally_many_recordings_leave_the_auroc_as_it_is() -> None:
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(12), 5)
    items = Scores(rng.normal(size=60) + speakers % 2, speakers % 2, speakers, 0.0, 12)
    weights = rng.integers(0, 4, (50, 12)).astype(float)
    np.testing.assert_allclose(auroc_by_speaker(items, weights), auroc(items, weights))


def test_who_reads_much_does_not_count_more() -> None:
    # One patient is heard, one is not; the first has read ninety-nine times as much.
    scores = np.array([*[1.0] * 99, -1.0, 0.0])
    labels = np.array([*[1] * 100, 0])
    speakers = np.array([*[0] * 99, 1, 2])
    items = Scores(scores, labels, speakers, 0.0, 3)
    ones = np.ones((1, 3))
    assert auroc(items, ones) == pytest.approx([0.99])
    assert auroc_by_speaker(items, ones) == pytest.approx([0.5])
    # Only the first is judged by the same fold's model as the healthy speaker.
    assert auroc_by_speaker(replace(items, folds=np.array([4, 2, 4])), ones) == pytest.approx([1.0])
    assert np.isnan(auroc_by_speaker(replace(items, folds=np.array([4, 4, 2])), ones))


def test_speakers_without_recordings_are_in_no_pair() -> None:
    items = Scores(np.array([1.0, 2.0]), np.array([0, 1]), np.array([1, 2]), 0.0, 4)
    ones = np.ones((2, 4))
    assert auroc_by_speaker(items, ones) == pytest.approx([1.0, 1.0])
    nothing = items.select(np.zeros(2, dtype=bool))
    assert np.isnan(auroc_by_speaker(nothing, ones)).all()
