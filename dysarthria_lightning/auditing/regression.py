"""Cross-validated logistic regressions of many labelings at once.

A permutation test repeats a cross-validation for every permutation: fifty fits each with five
partitions of ten folds, 25 000 in all. Newton's method takes its steps for many of them at once.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Inverse strength of the penalty, as of ``model=functionals``.
C = 0.1

# Numbers that are held at once in one array.
_MOST_NUMBERS = 4_000_000
_MOST_STEPS = 50
_TOLERANCE = 1e-9


def cross_validated_aurocs(rows: Floats, labels: Integers, folds: Integers) -> Floats:
    """Judge how well speakers' rows tell their labels, by cross-validated logistic regression.

    Each fold's regression (L2, :data:`C`) is fitted to the speakers of the others, whose columns
    are standardised by their own means and SDs. The AUROC is that of the pairs of speakers whom
    the model of one fold judged.

    Args:
        rows: (n_speakers, n_columns), or (n_labelings, n_speakers, n_columns) where they differ.
        labels: (n_labelings, n_speakers) 0 or 1.
        folds: (n_labelings, n_partitions, n_speakers) which fold tests each speaker, from 0.

    Returns:
        (n_labelings,) means over partitions; NaN where a partition compares nobody.
    """
    n_labelings, n_partitions, n_speakers = folds.shape
    rows = np.broadcast_to(rows, (n_labelings, *rows.shape[-2:]))
    # The intercept's column makes it one more.
    width = n_speakers * (rows.shape[-1] + 1)
    step = max(1, _MOST_NUMBERS // (width * n_partitions))
    values = np.empty(n_labelings)
    for start in range(0, n_labelings, step):
        part = slice(start, start + step)
        values[part] = _aurocs(rows[part], labels[part], folds[part])
    return values


def _aurocs(rows: Floats, labels: Integers, folds: Integers) -> Floats:
    """Judge some labelings, every one in all of its partitions."""
    n_labelings, n_partitions, n_speakers = folds.shape
    repeated = np.repeat(np.arange(n_labelings), n_partitions)
    rows, labels = rows[repeated], labels[repeated]
    folds = folds.reshape(-1, n_speakers)
    scores = np.zeros(folds.shape)
    for fold in range(folds.max() + 1):
        tested = folds == fold
        coefficients = fit(rows, labels, ~tested)
        scores = np.where(tested, logits(rows, coefficients), scores)
    values = auroc_within_folds(scores, labels, folds)
    means: Floats = values.reshape(n_labelings, n_partitions).mean(axis=1)
    return means


def fit(rows: Floats, labels: Integers, chosen: NDArray[np.bool_]) -> Floats:
    """Fit a regression to some speakers of each problem.

    It minimises half the squared norm of the coefficients of standardised columns plus
    :data:`C` times the log loss, as scikit-learn's ``LogisticRegression(C=0.1)`` does.

    Args:
        rows: (n_problems, n_speakers, n_columns).
        labels: (n_problems, n_speakers) 0 or 1.
        chosen: (n_problems, n_speakers) who is fitted.

    Returns:
        (n_problems, n_columns + 1) coefficients of the rows as they are; the last is the
        intercept.

    Raises:
        ArithmeticError: It does not converge, which no finite rows lead to.
    """
    weights = chosen.astype(np.float64)
    n_chosen = weights.sum(axis=1, keepdims=True)
    mean = (weights[:, None] @ rows)[:, 0] / n_chosen
    centred = (rows - mean[:, None]) * weights[..., None]
    std = np.sqrt(np.square(centred).sum(axis=1) / n_chosen)
    # What is constant but for rounding tells nothing.
    varies = std > 1e-12 * np.maximum(1, abs(mean))
    std = np.where(varies, std, 1.0)
    standardised = np.where(varies[:, None], centred / std[:, None], 0.0)
    design = np.concatenate([standardised, weights[..., None]], axis=2)
    found = _minimise(design, labels * weights, weights)
    slopes = np.where(varies, found[:, :-1] / std, 0.0)
    intercept = found[:, -1] - np.sum(slopes * mean, axis=1)
    return np.concatenate([slopes, intercept[:, None]], axis=1)


def _minimise(design: Floats, labels: Floats, weights: Floats) -> Floats:
    """Take Newton's steps, each halved until it descends.

    Args:
        design: (n_problems, n_speakers, n_columns + 1), rows of 0 for those who are not fitted.
        labels: (n_problems, n_speakers).
        weights: (n_problems, n_speakers) 1 for those who are fitted, 0 for others.
    """
    transposed = design.transpose(0, 2, 1)
    penalty = np.ones(design.shape[2])
    penalty[-1] = 0
    found = np.zeros((len(design), design.shape[2]))
    share = np.clip(labels.sum(axis=1) / weights.sum(axis=1), 1e-6, 1 - 1e-6)
    found[:, -1] = np.log(share / (1 - share))

    def loss(coefficients: Floats) -> tuple[Floats, Floats]:
        score = (design @ coefficients[..., None])[..., 0]
        losses = (np.logaddexp(0, score) - labels * score) * weights
        return C * losses.sum(axis=1) + 0.5 * np.square(coefficients) @ penalty, score

    value, score = loss(found)
    for _ in range(_MOST_STEPS):
        probability = 1 / (1 + np.exp(-score))
        error = ((probability - labels) * weights)[..., None]
        gradient = C * (transposed @ error)[..., 0] + penalty * found
        if np.max(np.abs(gradient)) < _TOLERANCE:
            return found
        curvature = C * probability * (1 - probability) * weights
        hessian = (transposed * curvature[:, None]) @ design
        hessian[:, np.arange(len(penalty)), np.arange(len(penalty))] += penalty
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        length = np.ones((len(found), 1))
        tried, there = loss(found - step)
        for _ in range(_MOST_STEPS):
            worse = tried > value + 1e-12 * np.maximum(1, value)
            if not worse.any():
                break
            length[worse] /= 2
            tried, there = loss(found - length * step)
        found, value, score = found - length * step, tried, there
    raise ArithmeticError("a logistic regression has not converged")


def logits(rows: Floats, coefficients: Floats) -> Floats:
    """Return what regressions give.

    Args:
        rows: (n_problems, n_speakers, n_columns).
        coefficients: What :func:`fit` returned.

    Returns:
        (n_problems, n_speakers).
    """
    slopes, intercept = coefficients[:, :-1], coefficients[:, -1:]
    scores: Floats = (rows @ slopes[..., None])[..., 0] + intercept
    return scores


def auroc_within_folds(scores: Floats, labels: Integers, folds: Integers) -> Floats:
    """Compute the AUROC of pairs of one fold; ties count half.

    Args:
        scores: (n_problems, n_speakers).
        labels: (n_problems, n_speakers) 0 or 1.
        folds: (n_problems, n_speakers).

    Returns:
        (n_problems,) values; NaN where no fold has both classes.
    """
    won = pairs = np.zeros(len(scores))
    for fold in range(folds.max() + 1):
        tested = folds == fold
        # Others rank behind, where they change no rank.
        ranks = rankdata(np.where(tested, scores, np.inf), axis=1)
        positive = tested & (labels == 1)
        n_positive = positive.sum(axis=1)
        above = (ranks * positive).sum(axis=1) - n_positive * (n_positive + 1) / 2
        won = won + above
        pairs = pairs + n_positive * (tested.sum(axis=1) - n_positive)
    return np.divide(won, pairs, out=np.full(len(scores), np.nan), where=pairs > 0)
