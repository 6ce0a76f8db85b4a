"""Do intervals of few speakers hold the truth? Simulated scores say.

Where a learner is trained, ``test_learner_coverage.py`` says.
"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.bootstrap import auroc_basis, resample_speakers
from dysarthria_lightning.evaluation.intervals import FEWEST_OF_CLASS
from dysarthria_lightning.evaluation.metrics import Floats, Scores, auroc

Labels = NDArray[np.int64]

STUDIES = 500
DRAWS = 1000
N_SPEAKERS, FOLD_SIZE = 60, 6
LEVELS = ("recording", "speaker_soft_majority")


def simulate_scores(rng: np.random.Generator, effect: float, labels: Labels) -> dict[str, Scores]:
    """Binormal speakers, 10 to 40 noisy recordings each, an offset for each fold's model."""
    n = len(labels)
    offset = 0.2 * rng.normal(size=n // FOLD_SIZE).repeat(FOLD_SIZE)
    voice = effect * labels - effect / 2 + rng.normal(size=n) + offset
    sizes = rng.integers(10, 40, n)
    speakers = np.arange(n).repeat(sizes)
    logits = voice[speakers] + 1.5 * rng.normal(size=len(speakers))
    soft_majority = np.bincount(speakers, 1 / (1 + np.exp(-logits))) / sizes
    return {
        "recording": Scores(logits, labels[speakers], speakers, 0.0, n),
        "speaker_soft_majority": Scores(soft_majority, labels, np.arange(n), 0.5, n),
    }


def measure_coverage(
    effect: float, draw_labels: Callable[[np.random.Generator], Labels], group: Labels
) -> dict[str, float]:
    """Count how often intervals of a group's AUROC hold its mean over very many studies."""

    def simulate(rng: np.random.Generator) -> tuple[Labels, dict[str, Scores]]:
        labels = draw_labels(rng)
        levels = simulate_scores(rng, effect, labels)
        return labels, {
            level: items.select(np.isin(items.speakers, group)) for level, items in levels.items()
        }

    rng = np.random.default_rng(1)
    drawn: dict[str, list[Floats]] = {level: [] for level in LEVELS}
    for _ in range(1000):
        labels, levels = simulate(rng)
        for level, items in levels.items():
            drawn[level].append(auroc(items, np.ones((1, len(labels)))))
    truth = {level: float(np.mean(values)) for level, values in drawn.items()}

    held = dict.fromkeys(LEVELS, 0)
    for study in range(STUDIES):
        rng = np.random.default_rng([2, study])
        labels, levels = simulate(rng)
        resample = resample_speakers([f"S{i:02d}" for i in range(len(labels))], rng, DRAWS)
        for level, items in levels.items():
            values = auroc(items, resample.weights)
            estimate = resample.estimate(values, auroc_basis([items]))
            held[level] += estimate.low <= truth[level] <= estimate.high
    return {level: count / STUDIES for level, count in held.items()}


# Conservative: so few are often separated perfectly and then have the exact interval.
@pytest.mark.slow
@pytest.mark.parametrize("effect", [1.6, 2.6], ids=["auroc 0.85", "auroc 0.96"])
@pytest.mark.parametrize(
    ("n_speakers", "group"),
    [(24, np.arange(24)), (N_SPEAKERS, np.arange(2 * FEWEST_OF_CLASS) * 4)],
    ids=["24 speakers", "14 of 60"],
)
def test_intervals_of_few_speakers_hold_the_truth(
    effect: float, n_speakers: int, group: Labels
) -> None:
    labels = np.arange(n_speakers) // 4 % 2
    assert (labels[group] == 0).sum() == (labels[group] == 1).sum()
    shares = measure_coverage(effect, lambda _: labels, group)
    assert all(0.93 <= share <= 1.0 for share in shares.values()), shares
