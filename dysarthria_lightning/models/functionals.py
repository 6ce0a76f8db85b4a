"""``model=functionals``: logistic regression on a speaker's means and standard deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveFloat

from dysarthria_lightning.models.base import EstimatorSection, LabelledFrames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Functionals(EstimatorSection):
    """Logistic regression on the mean and SD of each column over all frames of a speaker.

    A simple reference beside every network: it knows nothing of the order of frames. All
    recordings of a speaker get the speaker's logit.

    Attributes:
        c: Inverse strength of the L2 penalty on the standardised functionals.
    """

    architecture: Literal["functionals"]
    c: PositiveFloat

    def fit(self, recordings: LabelledFrames) -> dict[str, Any]:
        """Fit the regression; see :meth:`EstimatorSection.fit`."""
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        assert recordings.labels is not None
        functionals, places = speaker_functionals(recordings)
        labels = np.zeros(len(functionals), dtype=np.int64)
        labels[places] = recordings.labels
        mean, std = functionals.mean(axis=0), functionals.std(axis=0)
        std = np.where(std > 1e-12 * np.maximum(1, abs(mean)), std, 1.0)
        regression = LogisticRegression(C=self.c, max_iter=1000)
        regression.fit((functionals - mean) / std, labels)
        return {
            "mean": mean.tolist(),
            "std": std.tolist(),
            "coefficients": regression.coef_[0].tolist(),
            "intercept": float(regression.intercept_[0]),
        }

    def score(self, fitted: dict[str, Any], recordings: LabelledFrames) -> NDArray[np.float64]:
        """Score each recording as its speaker; see :meth:`EstimatorSection.score`."""
        import numpy as np

        functionals, places = speaker_functionals(recordings)
        standardised = (functionals - np.array(fitted["mean"])) / np.array(fitted["std"])
        logits = standardised @ np.array(fitted["coefficients"]) + fitted["intercept"]
        scores: NDArray[np.float64] = logits[places]
        return scores


def speaker_functionals(
    recordings: LabelledFrames,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Summarise each speaker's frames.

    Args:
        recordings: At least one.

    Returns:
        (n_speakers, 2 · n_columns) means, then standard deviations, of the speakers in order of
        their ids; and (n_recordings,) each recording's speaker among them.
    """
    import numpy as np

    speakers, places = np.unique(recordings.speakers.astype(str), return_inverse=True)
    rows = []
    for number in range(len(speakers)):
        own = [recordings.frames[place] for place in np.flatnonzero(places == number).tolist()]
        frames = np.concatenate(own)
        rows.append(np.concatenate([frames.mean(axis=0), frames.std(axis=0)]))
    return np.array(rows), places
