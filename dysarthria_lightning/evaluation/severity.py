"""Whether patients' scores grow with a severity that no model has seen."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.bootstrap import DRAWS, resample_speakers
from dysarthria_lightning.evaluation.intervals import Basis, with_reason
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY, score_speakers
from dysarthria_lightning.evaluation.metrics import Floats
from dysarthria_lightning.evaluation.study import CrossValidation


def severity_table(repeats: Sequence[CrossValidation], recordings: pd.DataFrame) -> pd.DataFrame:
    """Put patients' scores beside their severity.

    Args:
        repeats: A cell's cross-validations.
        recordings: Of the corpus: ``speaker_id`` and, where it is known, ``severity``.

    Returns:
        Rows of ``speaker_id``, ``severity``, ``score``: the soft majority, averaged over the
        repeats in which the patient was tested. Patients without a severity are left out.
    """
    scores = pd.concat([score_speakers(repeat.test, SOFT_MAJORITY) for repeat in repeats])
    patients = scores[scores["label"] == 1].groupby("speaker_id")["score"].mean()
    known = recordings.reindex(columns=["speaker_id", "severity"]).dropna()
    severity = known.groupby("speaker_id")["severity"].first().astype(np.float64)
    table = pd.DataFrame({"severity": severity, "score": patients}).dropna()
    return table.rename_axis("speaker_id").sort_index().reset_index()


def severity_correlation(
    severity: pd.DataFrame, rng: np.random.Generator, draws: int = DRAWS
) -> pd.DataFrame:
    """Correlate scores and severity by ranks, with an interval from a bootstrap of patients.

    Args:
        severity: What :func:`severity_table` returned.
        rng: Draws the patients.
        draws: Number of bootstrap samples.

    Returns:
        One row of Spearman's ``value``, ``low``, ``high`` and ``n_speakers``; NaN where all scores
        or severities are the same; none without patients.
    """
    if severity.empty:
        return pd.DataFrame()
    resample = resample_speakers([*severity["speaker_id"]], rng, draws)
    rho = spearman(
        severity["severity"].to_numpy(np.float64),
        severity["score"].to_numpy(np.float64),
        resample.weights,
    )
    estimate = with_reason(resample.estimate(rho), Basis(len(severity)))
    return pd.DataFrame([{**estimate, "n_speakers": len(severity)}])


def spearman(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Spearman's rank correlation of weighted pairs; ties share their mean rank.

    Args:
        x: (n,) values.
        y: (n,) values.
        weights: (n_draws, n) how often each pair counts.

    Returns:
        (n_draws,) correlations, NaN where one side is constant.
    """
    n = weights.sum(axis=1, keepdims=True)
    centred = []
    for values in (x, y):
        below = (values[:, None] < values).astype(np.float64)
        ranks = weights @ (below + (values[:, None] == values) / 2)
        # The mean of ranks less a half, which leaves the correlation as it is, is n / 2.
        centred.append(ranks - n / 2)
    a, b = centred
    covariance = np.sum(weights * a * b, axis=1)
    spread = np.sum(weights * a**2, axis=1) * np.sum(weights * b**2, axis=1)
    return np.divide(
        covariance, np.sqrt(spread), out=np.full(len(weights), np.nan), where=spread > 0
    )
