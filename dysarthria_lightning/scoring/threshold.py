"""The threshold that people's scores meet, where it comes from, and what it did before.

It rests on the test speakers of the model's own runs: people whom the run that judged them had not
met. There one run judged each speaker, while somebody new is judged by the mean of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.data.protocols import NovelSpeakers
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY, score_speakers
from dysarthria_lightning.evaluation.metrics import Scores
from dysarthria_lightning.evaluation.recalibration import recalibrate
from dysarthria_lightning.evaluation.thresholds import TARGET, choose_threshold
from dysarthria_lightning.scoring.opened_run import OpenedRun

#: Fewer speakers of a class make no line that means anything.
LEAST_OF_CLASS = 20

#: Whose test speakers are meant.
OWN_RUNS = "the model's own runs"

_WHOSE = {"specificity": "healthy", "sensitivity": "dysarthric"}


@dataclass(frozen=True)
class MetThreshold:
    """A threshold.

    Attributes:
        value: People who score above it are above the threshold.
        origin: Where it comes from, a sentence.
        attained: What it did on the model's own test speakers, a sentence or nothing.
    """

    value: float
    origin: str
    attained: str


@dataclass(frozen=True)
class Calibration:
    """The line that made scores of held-out speakers mean what they say.

    Attributes:
        intercept: Of a logistic regression of the label on the logit of the score.
        slope: Likewise.
        n_dysarthric: Speakers that it rests on.
        n_healthy: Likewise.
        testers: Whose test speakers they are.
    """

    intercept: float
    slope: float
    n_dysarthric: int
    n_healthy: int
    testers: str = OWN_RUNS

    @property
    def prevalence(self) -> float:
        """The share of them that is dysarthric: for other shares the probability is another."""
        return self.n_dysarthric / (self.n_dysarthric + self.n_healthy)

    def __call__(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn scores into probabilities."""
        probabilities: NDArray[np.float64] = expit(self.intercept + self.slope * _logits(scores))
        return probabilities


def held_out_scores(runs: Sequence[OpenedRun]) -> pd.DataFrame:
    """Score the runs' own test speakers.

    Args:
        runs: Of the model, or those that answer for it.

    Returns:
        Rows of ``speaker_id``, ``label`` and ``score``, one for each run and speaker; none where
        tests are of speakers who were trained on.
    """
    tables = [
        score_speakers(run.test_predictions(), SOFT_MAJORITY).reset_index()
        for run in runs
        if isinstance(run.config.protocol, NovelSpeakers)
    ]
    columns = ["speaker_id", "label", "score"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def choose(asked: float | str, held_out: pd.DataFrame, testers: str = OWN_RUNS) -> MetThreshold:
    """Take or choose a threshold.

    Args:
        asked: A score, or ``specificity`` or ``sensitivity``.
        held_out: What :func:`held_out_scores` returned.
        testers: Whose test speakers they are, in words.

    Raises:
        RunError: There is nobody to choose it on.
    """
    labels = held_out["label"].to_numpy(np.int64)
    scores = held_out["score"].to_numpy(np.float64)
    if isinstance(asked, str):
        numbers, _ = pd.factorize(held_out["speaker_id"])
        items = Scores(scores, labels, numbers, None, len(set(numbers)))
        chosen = choose_threshold(items, asked)
        if not np.isfinite(chosen.value):
            raise RunError(
                f"threshold = {asked}: the model was tested on no {_WHOSE[asked]} speakers whom it "
                "had not met, on whom it could be chosen; give a number"
            )
        value = chosen.value
        origin = (
            f"chosen for {100 * TARGET:.0f} % {asked} on the {chosen.n_speakers} {_WHOSE[asked]} "
            f"test speakers of {testers}"
        )
    else:
        value = float(asked)
        origin = (
            "one half, fixed beforehand and chosen on nobody"
            if value == SOFT_MAJORITY.threshold
            else "given with threshold="
        )
    attained = _attained(value, labels, scores, held_out)
    said = f"Of the test speakers of {testers} {attained}." if attained else ""
    return MetThreshold(value, origin, said)


def _attained(
    value: float, labels: NDArray[Any], scores: NDArray[np.float64], held_out: pd.DataFrame
) -> str:
    above = scores > value
    parts = []
    for label, name, right in ((DYSARTHRIC, "dysarthric", above), (HEALTHY, "healthy", ~above)):
        of_class = labels == label
        if of_class.any():
            n = held_out["speaker_id"][of_class].nunique()
            did = "scored above it" if label == DYSARTHRIC else "did not"
            parts.append(f"{100 * right[of_class].mean():.0f} % of {n} {name} {did}")
    return " and ".join(parts)


def calibrate(held_out: pd.DataFrame, testers: str = OWN_RUNS) -> Calibration | None:
    """Fit the line; None where there are too few speakers, or none is the likeliest.

    Args:
        held_out: What :func:`held_out_scores` returned.
        testers: Whose test speakers they are, in words.
    """
    by_speaker = held_out.drop_duplicates("speaker_id")["label"]
    n_dysarthric, n_healthy = int((by_speaker == DYSARTHRIC).sum()), int((by_speaker == 0).sum())
    if min(n_dysarthric, n_healthy) < LEAST_OF_CLASS:
        return None
    numbers, speakers = pd.factorize(held_out["speaker_id"])
    line = recalibrate(
        _logits(held_out["score"].to_numpy(np.float64)),
        held_out["label"].to_numpy(np.int64),
        numbers.astype(np.int64),
        np.ones((1, len(speakers))),
    )
    slope, intercept = float(line.slope[0]), float(line.intercept[0])
    # A falling line would say that who scores higher is the healthier.
    if not (np.isfinite(slope) and slope > 0):
        return None
    return Calibration(intercept, slope, n_dysarthric, n_healthy, testers)


def _logits(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    nearest = np.finfo(np.float64).eps
    return np.asarray(logit(np.clip(scores, nearest, 1 - nearest)), dtype=np.float64)
