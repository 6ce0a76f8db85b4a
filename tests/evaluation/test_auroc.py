"""The AUROC of pairs within folds against a loop over pairs of copied rows."""

import numpy as np
import pytest
from auroc_oracles import auroc_of_copies, auroc_of_pairs, scores_in_folds, whole_weights
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching
from sklearn.metrics import roc_auc_score

from dysarthria_lightning.evaluation.bootstrap import auroc_basis
from dysarthria_lightning.evaluation.comparable import comparable_items
from dysarthria_lightning.evaluation.metrics import (
    Scores,
    auroc,
    compute_metrics,
    count_wins,
)


@given(st.data())
def test_it_is_the_loop_over_pairs_of_copied_rows(data: st.DataObject) -> None:
    items = data.draw(scores_in_folds())
    weights = np.stack([data.draw(whole_weights(items)) for _ in range(3)])
    expected = [auroc_of_copies(items, of_draw) for of_draw in weights]
    assert auroc(items, weights) == pytest.approx(expected, nan_ok=True)
    assert auroc(items, weights[:1]) == pytest.approx(expected[:1], nan_ok=True)


@given(st.data())
def test_one_draw_has_the_auroc_of_many_to_the_bit(data: st.DataObject) -> None:
    items = data.draw(scores_in_folds())
    weights = data.draw(whole_weights(items))
    alone = auroc(items, weights[None])
    together = auroc(items, np.stack([weights, weights]))
    np.testing.assert_array_equal(alone, together[:1])


@given(st.data())
def test_without_folds_it_is_scikit_learns(data: st.DataObject) -> None:
    items = data.draw(scores_in_folds())
    ours = auroc(items.pooled, np.ones((1, items.n_speakers)))[0]
    if len(set(items.labels)) == 2:
        assert ours == pytest.approx(roc_auc_score(items.labels, items.scores))
    else:
        assert np.isnan(ours)


@given(scores_in_folds())
def test_both_aurocs_are_among_the_metrics(items: Scores) -> None:
    ours = compute_metrics(items)
    folds = None if items.folds is None else items.folds[items.speakers]
    within = auroc_of_pairs(items.labels, items.scores, folds)
    pooled = auroc_of_pairs(items.labels, items.scores)
    assert ours["auroc_within_folds"] == pytest.approx([within], nan_ok=True)
    assert ours["auroc"] == pytest.approx([pooled], nan_ok=True)


@given(scores_in_folds())
def test_a_models_own_scale_does_not_matter(items: Scores) -> None:
    """Scores of one fold may be shifted against those of another, which pooling would notice."""
    if items.folds is None:
        return
    shifted = Scores(**{**vars(items), "scores": items.scores + items.folds[items.speakers]})
    weights = np.ones((2, items.n_speakers))
    np.testing.assert_array_equal(auroc(items, weights), auroc(shifted, weights))


@pytest.mark.parametrize("n_draws", [1, 3])
def test_folds_of_one_class_each_have_no_auroc(n_draws: int) -> None:
    labels = np.array([0, 0, 1, 1])
    items = Scores(np.arange(4.0), labels, np.arange(4), 0.5, 4, folds=labels)
    weights = np.ones((n_draws, 4))
    assert np.isnan(auroc(items, weights)).all()
    assert auroc(items.pooled, weights).tolist() == [1.0] * n_draws
    # Which is then what models are compared by.
    (compared,) = comparable_items([items])
    assert auroc(compared, weights).tolist() == [1.0] * n_draws


def test_a_draw_that_leaves_no_pair_is_undefined_and_the_primary_one_stays_what_it_is() -> None:
    items = Scores(
        np.array([0.0, 1.0, 0.0, 2.0]), np.array([0, 1, 0, 1]), np.arange(4), 0.5, 4,
        folds=np.array([0, 0, 1, 1]),
    )  # fmt: skip
    # The second draw has both classes, but in no fold.
    weights = np.array([[1.0, 1, 1, 1], [2, 0, 0, 2]])
    for compared in (items, *comparable_items([items])):
        assert auroc(compared, weights) == pytest.approx([1, np.nan], nan_ok=True)


@given(st.data())
def test_won_pairs_are_counted_between_any_speakers(data: st.DataObject) -> None:
    items = data.draw(scores_in_folds())
    some = st.sets(st.integers(0, items.n_speakers - 1), min_size=1).map(sorted).map(np.array)
    speakers, rivals = data.draw(some), data.draw(some)
    wins, pairs = count_wins(items, speakers, rivals)
    for row, one in enumerate(speakers):
        for column, other in enumerate(rivals):
            alike = items.folds is None or items.folds[one] == items.folds[other]
            duels = [
                1.0 if ours > theirs else 0.5 if ours == theirs else 0.0
                for ours in items.scores[items.speakers == one]
                for theirs in items.scores[items.speakers == other]
                if alike
            ]
            assert (wins[row, column], pairs[row, column]) == (sum(duels), len(duels))


def test_speakers_without_items_win_and_lose_nothing() -> None:
    items = Scores(np.array([1.0, 2.0]), np.array([0, 1]), np.array([0, 2]), 0.5, 4)
    wins, pairs = count_wins(items, np.arange(4), np.arange(4))
    there = np.array([1, 0, 1, 0])
    assert pairs.tolist() == np.outer(there, there).tolist()
    assert wins.tolist() == [[0.5, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0.5, 0], [0, 0, 0, 0]]


@given(st.lists(scores_in_folds(most=20), min_size=1, max_size=3))
def test_a_basis_counts_speakers_and_pairs_that_share_nobody(repeats: list[Scores]) -> None:
    counts = []
    for items in repeats:
        folds = np.zeros(items.n_speakers) if items.folds is None else items.folds
        labels = items.speaker_labels
        compared = (labels == 1)[:, None] & (labels == 0) & (folds[:, None] == folds)
        matched = maximum_bipartite_matching(csr_array(compared))
        # Whoever has no rival in the fold is in no pair.
        n_compared = compared.any(axis=1).sum(), compared.any(axis=0).sum()
        counts.append((*n_compared, sum(matched >= 0)))
    n_dysarthric, n_healthy, n_trials = (
        max(of_repeats) for of_repeats in zip(*counts, strict=True)
    )
    basis = auroc_basis(repeats)
    assert (basis.n_speakers, basis.n_trials) == (n_dysarthric + n_healthy, n_trials)
    assert basis.enough == (min(n_dysarthric, n_healthy) >= 7)


def test_a_basis_counts_only_speakers_who_have_items() -> None:
    labels = np.arange(20) % 2
    items = Scores(np.ones(20), labels, np.arange(20), 0.5, 20)
    few = items.select(np.arange(20) < 5)
    assert auroc_basis([items]).n_speakers == 20
    assert auroc_basis([few]).n_speakers == 5
    assert auroc_basis([few]).n_trials == 2
    assert not auroc_basis([]).enough
