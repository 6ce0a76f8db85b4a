"""Do 95 % intervals hold the truth in 95 of 100 studies? Simulated cross-validations say."""

import numpy as np
import pytest

from dysarthria_lightning.evaluation.metrics import Floats, Scores, auroc
from dysarthria_lightning.evaluation.repeats import resample_speakers

STUDIES = 500
DRAWS = 1000
N_SPEAKERS, FOLD_SIZE = 60, 6
LEVELS = ("recording", "speaker_soft_majority")


def simulate_scores(
    rng: np.random.Generator, effect: float, prevalence: float
) -> dict[str, Scores]:
    """Binormal speakers, 10 to 40 noisy recordings each, an offset for each fold's model."""
    labels = (rng.random(N_SPEAKERS) < prevalence).astype(np.int64)
    offset = 0.2 * rng.normal(size=N_SPEAKERS // FOLD_SIZE).repeat(FOLD_SIZE)
    voice = effect * labels - effect / 2 + rng.normal(size=N_SPEAKERS) + offset
    sizes = rng.integers(10, 40, N_SPEAKERS)
    speakers = np.arange(N_SPEAKERS).repeat(sizes)
    logits = voice[speakers] + 1.5 * rng.normal(size=len(speakers))
    soft_majority = np.bincount(speakers, 1 / (1 + np.exp(-logits))) / sizes
    return {
        "recording": Scores(logits, labels[speakers], speakers, 0.0),
        "speaker_soft_majority": Scores(soft_majority, labels, np.arange(N_SPEAKERS), 0.5),
    }


def true_aurocs(effect: float, prevalence: float) -> dict[str, float]:
    """Of very many studies, pooled."""
    rng = np.random.default_rng(1)
    plain = np.ones((1, N_SPEAKERS))
    drawn: dict[str, list[Floats]] = {level: [] for level in LEVELS}
    for _ in range(1000):
        for level, items in simulate_scores(rng, effect, prevalence).items():
            drawn[level].append(auroc(items, plain))
    return {level: float(np.mean(values)) for level, values in drawn.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("effect", "prevalence"),
    # Speaker-level AUROCs of 0.82, of 0.91 with few patients, and of 0.95.
    [(1.4, 0.45), (2.0, 0.25), (2.5, 0.45)],
)
def test_intervals_of_speakers_and_recordings_hold_the_truth(
    effect: float, prevalence: float
) -> None:
    truth = true_aurocs(effect, prevalence)
    held = dict.fromkeys(LEVELS, 0)
    names = [f"S{number:02d}" for number in range(N_SPEAKERS)]
    for study in range(STUDIES):
        rng = np.random.default_rng([2, study])
        levels = simulate_scores(rng, effect, prevalence)
        resample = resample_speakers(names, rng, DRAWS)
        for level, items in levels.items():
            estimate = resample.estimate(auroc(items, resample.weights))
            held[level] += estimate.low <= truth[level] <= estimate.high
    shares = {level: count / STUDIES for level, count in held.items()}
    assert all(0.92 <= share <= 0.97 for share in shares.values()), shares
