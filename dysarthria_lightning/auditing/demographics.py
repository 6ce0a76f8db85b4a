"""A2: age and sex, which a voice tells; and the model among speakers of the same."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.auditing.cues import Cue
from dysarthria_lightning.auditing.regression import Floats
from dysarthria_lightning.evaluation.bootstrap import Repeat, Sample
from dysarthria_lightning.evaluation.intervals import Basis, Estimate
from dysarthria_lightning.evaluation.metrics import count_wins

CUES = [Cue("age", "age", "years"), Cue("is_male", "share of men")]

#: Years by which the ages of matched speakers differ at most.
MATCHED_YEARS = 5


def demographics_of(recordings: pd.DataFrame) -> pd.DataFrame:
    """Say what is known of each speaker.

    Args:
        recordings: Of a feature store: ``speaker_id``, ``age``, ``gender``.

    Returns:
        A row a speaker, the ids are the index: ``age`` (the mean of what recordings say) and
        ``is_male``; NaN where it is not known.
    """
    table = pd.DataFrame(
        {
            "speaker_id": recordings["speaker_id"],
            "age": pd.to_numeric(recordings["age"]),
            "is_male": recordings["gender"].map({"female": 0.0, "male": 1.0}).astype(float),
        }
    )
    return table.groupby("speaker_id").mean()


def strata_of(demographics: pd.DataFrame) -> NDArray[np.int64]:
    """Divide speakers by sex and by thirds of age; those of whom one is not known stand apart.

    Labels that are permuted within strata leave what age and sex say as it is: other cues, many of
    which a voice's age and sex change, are then tested for what they say beyond them. Speakers of
    one age are in one third, however many they are.

    Args:
        demographics: What :func:`demographics_of` returned.

    Returns:
        (n_speakers,) numbers from 0.
    """
    age = demographics["age"].to_numpy(np.float64)
    is_male = demographics["is_male"].to_numpy(np.float64)
    thirds = np.zeros(len(age), dtype=np.int64)
    known = np.isfinite(age)
    if known.any():
        edges = np.quantile(age[known], [1 / 3, 2 / 3])
        thirds[known] = 1 + np.searchsorted(edges, age[known], side="left")
    sexes = np.where(np.isfinite(is_male), is_male, -1).astype(np.int64)
    return np.unique(np.stack([sexes, thirds], axis=1), axis=0, return_inverse=True)[1].ravel()


def matched_auroc(sample: Sample, level: str, demographics: pd.DataFrame) -> tuple[Estimate, int]:
    """Judge a model by pairs of speakers of the same sex whose ages are close.

    Of a corpus that has no ages only the sex is matched, and the other way round.

    Args:
        sample: The model's repeats.
        level: Of the scores, one of speakers.
        demographics: What :func:`demographics_of` returned.

    Returns:
        The mean AUROC over repeats of pairs that one model judged, with its interval, NaN where a
        repeat has no such pair; and the number of speakers who are in any.
    """
    values: list[Floats] = []
    compared: set[str] = set()
    n_trials = 0
    for repeat in sample.repeats:
        of_repeat, ids, n_pairs = _of_repeat(repeat, level, demographics)
        values.append(of_repeat)
        compared |= ids
        n_trials = max(n_trials, n_pairs)
    labels = {
        str(speaker): int(label)
        for repeat in sample.repeats
        for speaker, label in zip(repeat.speakers, repeat.levels[level].speaker_labels, strict=True)
    }
    n_dysarthric = sum(labels[speaker] for speaker in compared)
    basis = Basis.of_auroc(n_dysarthric, len(compared) - n_dysarthric, n_trials)
    return sample.estimate(values, basis), len(compared)


def _of_repeat(
    repeat: Repeat, level: str, demographics: pd.DataFrame
) -> tuple[Floats, set[str], int]:
    """Judge one repeat; return the values, who is compared, and pairs that share nobody."""
    items = repeat.levels[level]
    known = demographics.reindex(repeat.speakers)
    age, is_male = known["age"].to_numpy(np.float64), known["is_male"].to_numpy(np.float64)
    labels = items.speaker_labels
    patients, healthy = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    wins, pairs = count_wins(items, patients, healthy)
    matched = np.ones(wins.shape, dtype=bool)
    if demographics["age"].notna().any():
        matched &= abs(age[patients][:, None] - age[healthy]) <= MATCHED_YEARS
    if demographics["is_male"].notna().any():
        matched &= is_male[patients][:, None] == is_male[healthy]
    wins, pairs = wins * matched, pairs * matched
    of_patients, of_healthy = repeat.weights[:, patients], repeat.weights[:, healthy]
    won = ((of_patients @ wins) * of_healthy).sum(axis=1)
    n = ((of_patients @ pairs) * of_healthy).sum(axis=1)
    values = np.divide(won, n, out=np.full(len(won), np.nan), where=n > 0)
    there = pairs > 0
    ids = {str(repeat.speakers[it]) for it in patients[there.any(axis=1)]}
    ids |= {str(repeat.speakers[it]) for it in healthy[there.any(axis=0)]}
    return values, ids, _n_disjoint(there)


def _n_disjoint(there: np.ndarray) -> int:
    """Count pairs that share nobody, one patient after the other."""
    free = np.ones(there.shape[1], dtype=bool)
    n = 0
    for row in there:
        chosen = np.flatnonzero(row & free)
        if len(chosen):
            free[chosen[0]] = False
            n += 1
    return n
