"""Logistic regression with one row per speaker, for models without gradient steps."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def number_speakers(speakers: NDArray[np.object_]) -> tuple[int, NDArray[np.int64]]:
    """Count speakers and say whose each recording is.

    Args:
        speakers: (n_recordings,) their ids.

    Returns:
        How many there are; and (n_recordings,) each recording's speaker, in order of the ids.
    """
    names, places = np.unique(speakers.astype(str), return_inverse=True)
    return len(names), places


def fit_regression(
    rows: NDArray[np.float64],
    places: NDArray[np.int64],
    labels: NDArray[np.int64],
    c: float,
) -> dict[str, Any]:
    """Fit scikit-learn's regression to standardised rows.

    Args:
        rows: (n_speakers, n_columns).
        places: (n_recordings,) each recording's speaker.
        labels: (n_recordings,) 0 or 1.
        c: Inverse strength of the L2 penalty.

    Returns:
        What :func:`regression_logits` needs, as lists and numbers.
    """
    from sklearn.linear_model import LogisticRegression  # takes a second to import

    of_speakers = np.zeros(len(rows), dtype=np.int64)
    of_speakers[places] = labels
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    std = np.where(std > 1e-12 * np.maximum(1, abs(mean)), std, 1.0)
    regression = LogisticRegression(C=c, max_iter=1000)
    regression.fit((rows - mean) / std, of_speakers)
    return {
        "mean": mean.tolist(),
        "std": std.tolist(),
        "coefficients": regression.coef_[0].tolist(),
        "intercept": float(regression.intercept_[0]),
    }


def regression_logits(fitted: dict[str, Any], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logits of rows.

    Args:
        fitted: What :func:`fit_regression` returned.
        rows: (n_speakers, n_columns).

    Returns:
        (n_speakers,).
    """
    standardised = (rows - np.array(fitted["mean"])) / np.array(fitted["std"])
    logits: NDArray[np.float64] = standardised @ np.array(fitted["coefficients"])
    return logits + float(fitted["intercept"])
