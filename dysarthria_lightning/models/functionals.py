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
        from dysarthria_lightning.models.parts.regression import fit_regression

        assert recordings.labels is not None
        functionals, places = speaker_functionals(recordings)
        return fit_regression(functionals, places, recordings.labels, self.c)

    def score(self, fitted: dict[str, Any], recordings: LabelledFrames) -> NDArray[np.float64]:
        """Score each recording as its speaker; see :meth:`EstimatorSection.score`."""
        from dysarthria_lightning.models.parts.regression import regression_logits

        functionals, places = speaker_functionals(recordings)
        scores: NDArray[np.float64] = regression_logits(fitted, functionals)[places]
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

    from dysarthria_lightning.models.parts.regression import number_speakers

    n_speakers, places = number_speakers(recordings.speakers)
    rows = []
    for number in range(n_speakers):
        own = [recordings.frames[place] for place in np.flatnonzero(places == number).tolist()]
        frames = np.concatenate(own)
        rows.append(np.concatenate([frames.mean(axis=0), frames.std(axis=0)]))
    return np.array(rows), places
