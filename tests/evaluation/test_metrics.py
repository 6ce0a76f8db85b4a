"""Metrics against scikit-learn, with weights too."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from dysarthria_lightning.evaluation.metrics import (
    METRICS,
    THRESHOLD_METRICS,
    Scores,
    auroc,
    compute_metrics,
)


@st.composite
def scored(draw: st.DrawFn) -> tuple[Scores, np.ndarray]:
    """Items of speakers with one label each, scores with ties, and speakers' integer weights."""
    n_speakers = draw(st.integers(2, 8))
    labels = draw(st.lists(st.integers(0, 1), min_size=n_speakers, max_size=n_speakers))
    sizes = draw(st.lists(st.integers(1, 5), min_size=n_speakers, max_size=n_speakers))
    speakers = np.repeat(np.arange(n_speakers), sizes)
    n_items = len(speakers)
    # A coarse grid makes ties frequent.
    grid = draw(st.lists(st.integers(0, 6), min_size=n_items, max_size=n_items))
    order = np.random.default_rng(draw(st.integers(0, 99))).permutation(n_items)
    items = Scores(
        np.array(grid)[order] / 6.0,
        np.array(labels)[speakers][order],
        speakers[order],
        0.5,
        n_speakers,
    )
    weights = draw(st.lists(st.integers(0, 3), min_size=n_speakers, max_size=n_speakers))
    return items, np.array(weights, dtype=float)


@settings(max_examples=40, deadline=None)
@given(scored())
def test_weighted_values_are_scikit_learns_on_repeated_items(
    case: tuple[Scores, np.ndarray],
) -> None:
    items, weights = case
    repeats = weights[items.speakers].astype(int)
    labels, scores = np.repeat(items.labels, repeats), np.repeat(items.scores, repeats)
    ours = {name: value[0] for name, value in compute_metrics(items, weights[None]).items()}
    called = scores > items.threshold
    if len(set(labels)) < 2:
        assert np.isnan(ours["auroc"])
    else:
        assert ours["auroc"] == pytest.approx(sk.roc_auc_score(labels, scores))
    if not labels.any():
        assert np.isnan(ours["average_precision"])
        assert np.isnan(ours["recall"])
    else:
        expected = sk.average_precision_score(labels, scores)
        assert ours["average_precision"] == pytest.approx(expected)
        assert ours["recall"] == pytest.approx(sk.recall_score(labels, called))
        assert ours["f1"] == pytest.approx(sk.f1_score(labels, called, zero_division=0))
    if not called.any():
        assert np.isnan(ours["precision"])
    else:
        expected = sk.precision_score(labels, called, zero_division=0)
        assert ours["precision"] == pytest.approx(expected)
    if len(labels):
        assert ours["accuracy"] == pytest.approx(sk.accuracy_score(labels, called))


@settings(max_examples=40, deadline=None)
@given(scored())
def test_one_draw_has_the_auroc_of_many_to_the_bit(case: tuple[Scores, np.ndarray]) -> None:
    items, weights = case
    alone = auroc(items, weights[None])
    together = auroc(items, np.stack([weights, weights]))
    np.testing.assert_array_equal(alone, together[:1])


def test_many_draws_at_once_equal_each_alone() -> None:
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(30), 50)
    items = Scores(rng.normal(size=1500), speakers % 2, speakers, 0.0, 30)
    weights = rng.integers(0, 4, (3000, 30)).astype(float)
    together = compute_metrics(items, weights)
    for draw in (0, 1234, 2999):
        for name, value in compute_metrics(items, weights[draw : draw + 1]).items():
            assert together[name][draw] == pytest.approx(value[0])


def test_a_selection_is_judged_by_the_weights_of_all_speakers() -> None:
    """Items of the last speaker may be left out; weights still are those of everybody."""
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(8), 3)
    items = Scores(rng.normal(size=24), speakers % 2, speakers, 0.0, n_speakers=8)
    weights = rng.integers(1, 4, (20, 8)).astype(float)
    for last in (7, 6, 1):
        kept = items.select(speakers <= last)
        assert kept.n_speakers == 8
        together = compute_metrics(kept, weights)
        for draw in (0, 19):
            repeats = weights[draw, kept.speakers].astype(int)
            labels, scores = np.repeat(kept.labels, repeats), np.repeat(kept.scores, repeats)
            assert together["auroc"][draw] == pytest.approx(sk.roc_auc_score(labels, scores))
            expected = sk.accuracy_score(labels, scores > 0)
            assert together["accuracy"][draw] == pytest.approx(expected)
            expected = sk.average_precision_score(labels, scores)
            assert together["average_precision"][draw] == pytest.approx(expected)
        alone = compute_metrics(kept)
        assert alone["auroc"] == pytest.approx([sk.roc_auc_score(kept.labels, kept.scores)])


@pytest.mark.parametrize("n_draws", [1, 3])
def test_a_selection_of_nothing_has_no_metrics(n_draws: int) -> None:
    items = Scores(np.ones(4), np.array([0, 1, 0, 1]), np.arange(4), 0.0, n_speakers=4)
    nothing = items.select(np.zeros(4, dtype=bool))
    assert nothing.n_speakers == 4
    for name, values in compute_metrics(nothing, np.ones((n_draws, 4))).items():
        assert np.isnan(values).all(), name
        assert len(values) == n_draws


@pytest.mark.parametrize("n_draws", [1, 3])
def test_without_a_threshold_items_are_ranked_only(n_draws: int) -> None:
    rng = np.random.default_rng(0)
    items = Scores(rng.normal(size=20), np.arange(20) % 2, np.arange(20), 0.0, 20)
    weights = rng.integers(1, 4, (n_draws, 20)).astype(float)
    with_one = compute_metrics(items, weights)
    without = compute_metrics(replace(items, threshold=None), weights)
    for name in METRICS:
        if name in THRESHOLD_METRICS:
            assert np.isfinite(with_one[name]).all()
            np.testing.assert_array_equal(without[name], np.full(n_draws, np.nan))
        else:
            np.testing.assert_array_equal(without[name], with_one[name])
