"""Batched cross-validated regressions are scikit-learn's, one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from dysarthria_lightning.auditing.permutations import draw_labelings
from dysarthria_lightning.auditing.regression import (
    auroc_within_folds,
    cross_validated_aurocs,
    fit,
)


def regression_of(rows: np.ndarray, labels: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=0.1, max_iter=5000, tol=1e-9).fit(rows, labels)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), n_columns=st.integers(1, 8), shift=st.floats(-50, 50))
def test_coefficients_are_scikit_learns(seed: int, n_columns: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(shift, 10 ** rng.uniform(-2, 2, n_columns), (30, n_columns))
    labels = np.arange(30) % 3 // 2
    chosen = rng.random(30) < 0.8
    chosen[:3] = True
    found = fit(rows[None], labels[None], chosen[None])[0]
    mean, std = rows[chosen].mean(axis=0), rows[chosen].std(axis=0)
    theirs = regression_of((rows[chosen] - mean) / std, labels[chosen])
    logits = rows @ found[:-1] + found[-1]
    expected = theirs.decision_function((rows - mean) / std)
    np.testing.assert_allclose(logits, expected, atol=1e-4)


def test_a_column_that_is_constant_where_it_is_fitted_counts_for_nothing() -> None:
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=20), np.full(20, 3.0)])
    rows[-1, 1] = 1e6  # not fitted
    labels = np.arange(20) % 2
    found = fit(rows[None], labels[None], (np.arange(20) < 19)[None])[0]
    assert found[1] == 0
    assert np.isfinite(found).all()


def test_separable_and_enormous_rows_converge() -> None:
    labels = np.arange(40) % 2
    rows = np.column_stack([labels * 1e9, 1e-9 * labels, np.arange(40.0)])
    found = fit(rows[None], labels[None], np.ones((1, 40), bool))
    assert np.isfinite(found).all()


def test_values_are_those_of_a_loop_over_folds() -> None:
    rng = np.random.default_rng(3)
    labels = np.arange(34) % 2
    rows = rng.normal(size=(34, 4)) + 0.4 * labels[:, None]
    labelings = draw_labelings(labels, rng, permutations=3, partitions=2)
    values = cross_validated_aurocs(rows, labelings.labels, labelings.folds)
    for row, value in enumerate(values):
        of_partitions = []
        for folds in labelings.folds[row]:
            won = pairs = 0.0
            for fold in range(folds.max() + 1):
                tested = folds == fold
                mean, std = rows[~tested].mean(axis=0), rows[~tested].std(axis=0)
                model = regression_of((rows[~tested] - mean) / std, labelings.labels[row][~tested])
                scores = model.decision_function((rows[tested] - mean) / std)
                own = labelings.labels[row][tested]
                n_pairs = (own == 1).sum() * (own == 0).sum()
                if n_pairs:
                    won += roc_auc_score(own, scores) * n_pairs
                    pairs += n_pairs
            of_partitions.append(won / pairs)
        assert value == pytest.approx(np.mean(of_partitions), abs=1e-9)


def test_rows_may_differ_between_labelings() -> None:
    rng = np.random.default_rng(4)
    labels = np.arange(30) % 2
    labelings = draw_labelings(labels, rng, permutations=2, partitions=2)
    rows = rng.normal(size=(3, 30, 2))
    together = cross_validated_aurocs(rows, labelings.labels, labelings.folds)
    for row in range(3):
        part = slice(row, row + 1)
        alone = cross_validated_aurocs(rows[row], labelings.labels[part], labelings.folds[part])
        assert together[row] == alone[0]


def test_without_columns_everything_is_a_tie() -> None:
    labels = np.arange(20) % 2
    labelings = draw_labelings(labels, np.random.default_rng(0), permutations=1, partitions=1)
    values = cross_validated_aurocs(np.zeros((20, 0)), labelings.labels, labelings.folds)
    np.testing.assert_array_equal(values, 0.5)


def test_pairs_of_other_folds_do_not_count_and_ties_count_half() -> None:
    scores = np.array([[1.0, 0.0, 5.0, 5.0, 9.0]])
    labels = np.array([[1, 0, 1, 0, 0]])
    folds = np.array([[0, 0, 1, 1, 2]])
    assert auroc_within_folds(scores, labels, folds)[0] == 0.75
    assert np.isnan(auroc_within_folds(scores[:, 4:], labels[:, 4:], folds[:, 4:])[0])
