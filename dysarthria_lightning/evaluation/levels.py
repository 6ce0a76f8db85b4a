"""The levels at which predictions are judged: each recording alone, and each speaker.

Everything else takes a level's properties from here: a new level is one entry of :data:`LEVELS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.metrics import Floats, Scores
from dysarthria_lightning.evaluation.predictions import sigmoid

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Level:
    """A way to turn predictions about recordings into the items that are judged.

    Attributes:
        key: What files and columns call it.
        name: For people: how speakers are scored, or which recordings are judged.
        of_speakers: Whether there is one item per speaker, or one per recording.
        score: From (n_recordings,) logits and the number of each one's speaker, counted from 0,
            to the items' scores, higher for dysarthric: (n_speakers,) or (n_recordings,).
        to_probability: From scores to probabilities of dysarthria; None where a score has none.
    """

    key: str
    name: str
    of_speakers: bool
    score: Callable[[Floats, Numbers], Floats]
    to_probability: Callable[[Floats], Floats] | None

    def describe(self, recordings: str = "recordings") -> str:
        """Name what is judged: "speakers, soft majority" or "single recordings".

        Args:
            recordings: What the corpus's recordings are.
        """
        return f"speakers, {self.name}" if self.of_speakers else f"{self.name} {recordings}"

    @cached_property
    def threshold(self) -> float | None:
        """What dysarthric items score above: the score of probability 1/2 throughout.

        None where a score is no probability: then it ranks items, and no score fixed beforehand
        parts them.
        """
        if self.to_probability is None:
            return None
        return float(self.score(np.zeros(1), np.zeros(1, dtype=np.int64))[0])


def _identity(scores: Floats) -> Floats:
    return scores


def _score_recordings(logits: Floats, speakers: Numbers) -> Floats:
    # Logits rank as probabilities do, without ties where those round to 0 or 1.
    return logits


def _soft_majority(logits: Floats, speakers: Numbers) -> Floats:
    """Paper, equation 1: (1/m) Σ σ over a speaker's m recordings."""
    return _mean_by_speaker(sigmoid(logits), speakers)


def _noisy_or(logits: Floats, speakers: Numbers) -> Floats:
    """Paper, equation 2: 1 - (1/m) Σ log(1 - σ).

    A score and no probability: it grows with σ from 1 without bound. It is a convex function of the
    logits, so it grows with their spread alone, whatever their mean (Jensen's inequality), and the
    score of σ = 1/2 throughout, 1 + log 2, parts nobody: it ranks speakers and has no threshold.
    The released code plots soft-majority scores under this name. 1 + (1/m) Σ log(1 + e^logit) stays
    finite where σ rounds to 1.
    """
    return 1 + _mean_by_speaker(np.logaddexp(0, logits), speakers)


def _mean_by_speaker(values: Floats, speakers: Numbers) -> Floats:
    """Average a speaker's values; of one and the same value the mean is that value to the bit.

    A model that knows age and sex alone ties many speakers. Summed as they are, rounding would part
    them by how many recordings they have.
    """
    n = np.bincount(speakers)
    one_of_each = np.zeros(len(n))
    one_of_each[speakers] = values
    means: Floats = one_of_each + np.bincount(speakers, values - one_of_each[speakers]) / n
    return means


RECORDING = Level("recording", "single", False, _score_recordings, sigmoid)
SOFT_MAJORITY = Level("speaker_soft_majority", "soft majority", True, _soft_majority, _identity)
NOISY_OR = Level("speaker_noisy_or", "noisy-OR", True, _noisy_or, None)

# Of scores that need be no logits, such as another program's.
MEAN_SCORE = Level("speaker_mean", "mean score", True, _mean_by_speaker, None)

LEVELS = {level.key: level for level in (RECORDING, SOFT_MAJORITY, NOISY_OR)}
SPEAKER_LEVELS = {key: level for key, level in LEVELS.items() if level.of_speakers}


def score_levels(
    predictions: pd.DataFrame, levels: Sequence[Level] | None = None
) -> dict[str, Scores]:
    """Prepare predictions for judging.

    Args:
        predictions: Rows with ``speaker_id``, ``label``, ``logit`` and, where several models judged
            them, ``fold``: one for each speaker.
        levels: At which they are judged; None: all of :data:`LEVELS`.

    Returns:
        For the key of each level its scored items. Speakers are numbered in the order of their
        ids, in all levels alike.
    """
    logits = predictions["logit"].to_numpy(np.float64)
    labels = predictions["label"].to_numpy(np.int64)
    numbers, _ = pd.factorize(predictions["speaker_id"], sort=True)
    of_speakers = _of_speakers(labels, numbers)
    folds = None
    if "fold" in predictions:
        folds = _of_speakers(predictions["fold"].to_numpy(np.int64), numbers)
    # Ascending, so that speakers of the same logits tie in whatever order their rows stand: the
    # last bit of a mean depends on it.
    order = np.argsort(logits, kind="stable")
    sorted_logits, sorted_numbers = logits[order], numbers[order]
    return {
        level.key: Scores(
            level.score(sorted_logits, sorted_numbers)
            if level.of_speakers
            else level.score(logits, numbers),
            of_speakers if level.of_speakers else labels,
            np.arange(len(of_speakers)) if level.of_speakers else numbers,
            level.threshold,
            len(of_speakers),
            folds,
        )
        for level in levels or LEVELS.values()
    }


def score_speakers(predictions: pd.DataFrame, level: Level) -> pd.DataFrame:
    """Score speakers at one level.

    Args:
        predictions: Rows with ``speaker_id``, ``label`` and ``logit``.
        level: One of speakers.

    Returns:
        One row per ``speaker_id``, which is the index, sorted: ``label``, ``score``.
    """
    _, speakers = pd.factorize(predictions["speaker_id"], sort=True)
    scored = score_levels(predictions, [level])[level.key]
    return pd.DataFrame(
        {"label": scored.labels, "score": scored.scores},
        index=pd.Index(speakers, name="speaker_id"),
    )


def _of_speakers(values: Numbers, numbers: Numbers) -> Numbers:
    """Return each speaker's value, of which all of their recordings have the same."""
    of_speakers = np.zeros(numbers.max(initial=-1) + 1, dtype=np.int64)
    of_speakers[numbers] = values
    return of_speakers
