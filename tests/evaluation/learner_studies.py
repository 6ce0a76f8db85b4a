"""Studies with a learner: speakers with features, cross-validated logistic regression.

Other simulated studies draw the scores themselves, and so miss what training does to them: a fold
that tests more patients was trained on fewer and scores lower, all folds share training speakers,
and another partition or another seed gives another model. Here all of that happens, and the true
AUROC of every trained model is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtr, ndtri

from dysarthria_lightning.evaluation.study import Cell, CrossValidation

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

# As many as the paper's corpus has, and its protocol.
N_SPEAKERS, N_PATIENTS, N_VALIDATION, N_FOLDS = 69, 31, 9, 10
N_FEATURES = 10
_NEWTON_STEPS = 8


@dataclass(frozen=True)
class Learner:
    """How speakers differ, and how a model is trained to tell them apart.

    Attributes:
        distance: Between the means of the two classes, in standard deviations of the one feature
            that differs; 0: there is nothing to hear.
        inverse_penalty: As scikit-learn's ``C``.
        seed_noise: Spread of what a seed adds to the weights, relative to their length.
    """

    distance: float
    inverse_penalty: float
    seed_noise: float = 0.0


@dataclass(frozen=True)
class LearnerStudy:
    """One simulated study.

    Attributes:
        procedures: Of each of the equally good procedures the repeats, over the same partitions.
        distances: (n_models,) between the means of the two classes' scores for everybody, in
            standard deviations, of each model that the first one trained.
    """

    procedures: list[list[CrossValidation]]
    distances: Floats

    @property
    def truth(self) -> float:
        """Mean true AUROC of the first procedure's models."""
        return float(ndtr(self.distances / np.sqrt(2)).mean())

    def true_rate(self, other_rate: float) -> float:
        """Mean true sensitivity at a true specificity, or the other way round."""
        return float(ndtr(self.distances - ndtri(other_rate)).mean())


def simulate_studies(
    learner: Learner,
    n_studies: int,
    *,
    stratified: bool = True,
    repeats: int = 5,
    procedures: int = 1,
    seed: int = 0,
) -> Iterator[LearnerStudy]:
    """Carry out studies, each with other speakers.

    Args:
        learner: Of every procedure. Procedures hear features of their own, of which that which
            tells the classes apart is correlated between them.
        n_studies: How many.
        stratified: Whether every fold tests about as many patients.
        repeats: Cross-validations of each study.
        procedures: How many, compared on the same partitions.
        seed: Draws everything.
    """
    for number in range(n_studies):
        rng = np.random.default_rng([seed, number])
        labels = (np.arange(N_SPEAKERS) < N_PATIENTS).astype(np.int64)
        features = _draw_features(rng, labels, learner.distance, procedures)
        folds = [_draw_folds(rng, labels, stratified=stratified) for _ in range(repeats)]
        judged = [_crossvalidate(rng, each, labels, folds, learner) for each in features]
        yield LearnerStudy(
            [
                [
                    _as_crossvalidation(place, labels, of_repeat, fold)
                    for place, (of_repeat, fold) in enumerate(zip(scores, folds, strict=True))
                ]
                for scores, _ in judged
            ],
            judged[0][1],
        )


def fit_logistic(features: Floats, labels: Floats, inverse_penalty: float) -> tuple[Floats, Floats]:
    """Fit many logistic regressions with an L2 penalty on all but the intercept.

    Args:
        features: (n_models, n_speakers, n_features).
        labels: (n_models, n_speakers) 0 or 1.
        inverse_penalty: As scikit-learn's ``C``.

    Returns:
        (n_models, n_features) weights and (n_models,) intercepts.
    """
    n_models, _, n_features = features.shape
    inputs = np.concatenate([features, np.ones((*features.shape[:2], 1))], axis=2)
    penalty = np.append(np.full(n_features, 1 / inverse_penalty), 0)
    weights = np.zeros((n_models, n_features + 1))
    for _ in range(_NEWTON_STEPS):
        predicted = expit((inputs @ weights[:, :, None])[:, :, 0])
        gradient = ((predicted - labels)[:, None] @ inputs)[:, 0] + penalty * weights
        # Where classes are separated, curvatures would round to 0.
        curvature = predicted * (1 - predicted) + 1e-9
        hessian = inputs.transpose(0, 2, 1) @ (curvature[:, :, None] * inputs)
        hessian += np.diag(penalty + 1e-9)
        weights = weights - np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
    return weights[:, :-1], weights[:, -1]


def _draw_features(
    rng: np.random.Generator, labels: Numbers, distance: float, procedures: int
) -> Floats:
    """Return (procedures, n_speakers, n_features), of which the first differs between classes."""
    features = rng.normal(size=(procedures, len(labels), N_FEATURES))
    shared = rng.normal(size=len(labels))
    # So that half of what tells them apart is the same in two procedures.
    features[:, :, 0] = (features[:, :, 0] + shared) / np.sqrt(2) + distance * (labels - 0.5)
    return features


def _draw_folds(rng: np.random.Generator, labels: Numbers, *, stratified: bool) -> Numbers:
    """Return (n_speakers,) the fold that tests each, -1 for those who validate."""
    order = rng.permutation(len(labels))
    if stratified:
        # Patients first, so that each is dealt to the next fold.
        order = order[np.argsort(-labels[order], kind="stable")]
        n_patients = round(N_VALIDATION * labels.mean())
        validating = np.append(order[:n_patients], order[n_patients - N_VALIDATION :])
        order = order[n_patients : n_patients - N_VALIDATION]
    else:
        validating, order = order[:N_VALIDATION], order[N_VALIDATION:]
    folds = np.empty(len(labels), dtype=np.int64)
    folds[validating] = -1
    folds[order] = np.arange(len(order)) % N_FOLDS
    return folds


def _crossvalidate(
    rng: np.random.Generator,
    features: Floats,
    labels: Numbers,
    folds: list[Numbers],
    learner: Learner,
) -> tuple[list[Floats], Floats]:
    """Return for each repeat (n_speakers,) scores, and the models' true distances."""
    of_models = [(of_repeat, fold) for of_repeat in folds for fold in range(N_FOLDS)]
    trained = np.array(
        [np.flatnonzero((of_repeat >= 0) & (of_repeat != fold)) for of_repeat, fold in of_models]
    )
    weights, intercepts = fit_logistic(
        features[trained], labels[trained].astype(np.float64), learner.inverse_penalty
    )
    length = np.linalg.norm(weights, axis=1, keepdims=True)
    noise = rng.normal(size=weights.shape) / np.sqrt(N_FEATURES)
    weights = weights + learner.seed_noise * length * noise
    of_all = (features @ weights.T + intercepts).reshape(len(labels), len(folds), N_FOLDS)
    scores = [
        np.take_along_axis(of_all[:, place], of_repeat.clip(0)[:, None], axis=1)[:, 0]
        for place, of_repeat in enumerate(folds)
    ]
    # Scores of the two classes are normal, with one spread.
    length = np.linalg.norm(weights, axis=1)
    return scores, learner.distance * weights[:, 0] / length


def _as_crossvalidation(
    repeat: int, labels: Numbers, scores: Floats, folds: Numbers
) -> CrossValidation:
    tested = np.flatnonzero(folds >= 0)
    table = pd.DataFrame(
        {
            "speaker_id": np.array([f"S{number:02d}" for number in tested], dtype=object),
            "label": labels[tested],
            "logit": scores[tested],
            "fold": folds[tested],
        }
    )
    nothing = pd.DataFrame()
    return CrossValidation(Cell("", "", "", ""), repeat, table, nothing, nothing)
