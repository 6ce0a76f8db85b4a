"""Are values right, and do intervals and comparisons keep their word, where a learner is trained?"""

from dataclasses import dataclass

import numpy as np
from learner_studies import Floats, Learner, simulate_studies

from dysarthria_lightning.evaluation.bootstrap import Sample, auroc_basis, make_sample
from dysarthria_lightning.evaluation.comparisons import compare
from dysarthria_lightning.evaluation.intervals import CONFIDENCE
from dysarthria_lightning.evaluation.levels import MEAN_SCORE
from dysarthria_lightning.evaluation.metrics import auroc

STUDIES, STUDIES_OF_OLD = 500, 150
DRAWS = 500

WEAK, STRONG = 10.0, 0.01  # penalties, by their inverse
NULLS = {
    "nothing to hear, weak penalty": Learner(0, WEAK),
    "nothing to hear, strong penalty": Learner(0, STRONG),
}
SIGNALS = {
    "0.86, weak penalty": Learner(1.9, WEAK),
    "0.87, strong penalty": Learner(1.75, STRONG),
    "0.90, another seed another model": Learner(2.2, 0.1, seed_noise=0.5),
}
COMPARED = (*NULLS, "0.86, weak penalty")


@dataclass(frozen=True)
class Outcome:
    """What came of the studies of one learner.

    Attributes:
        estimates: (n_studies, 3) value and ends of the interval.
        truth: Mean true AUROC of the trained models.
        claimed: (n_studies,) whether two equally good procedures were called different; without
            any where only one was trained.
    """

    estimates: Floats
    truth: float
    claimed: list[bool]

    @property
    def bias(self) -> float:
        """How far off values are on average."""
        return float(self.estimates[:, 0].mean()) - self.truth

    @property
    def coverage(self) -> float:
        """Share of the intervals that hold the truth."""
        _, low, high = self.estimates.T
        return float(np.mean((low <= self.truth) & (self.truth <= high)))


def judge(sample: Sample) -> Floats:
    """AUROCs of pairs within folds, (n_repeats, n_rows)."""
    return np.array([auroc(r.levels[MEAN_SCORE.key], r.weights) for r in sample.repeats])


def estimate(sample: Sample, values: Floats) -> tuple[float, float, float]:
    return sample.estimate(
        [*values], auroc_basis([r.levels[MEAN_SCORE.key] for r in sample.repeats])
    )


def carry_out(name: str, learner: Learner) -> Outcome:
    estimates, truths, claimed = [], [], []
    studies = simulate_studies(learner, STUDIES, procedures=2 if name in COMPARED else 1)
    for number, study in enumerate(studies):
        samples = [
            make_sample(repeats, np.random.default_rng(number), DRAWS, [MEAN_SCORE])
            for repeats in study.procedures
        ]
        values = [judge(sample) for sample in samples]
        estimates.append(estimate(samples[0], values[0]))
        truths.append(study.truth)
        if len(values) == 2:
            compared = compare(*values, samples[0], MEAN_SCORE.key)
            # Of one comparison Holm's correction changes nothing.
            claimed.append(compared.p_value < 1 - CONFIDENCE and compared.same_sign)
    return Outcome(np.array(estimates), float(np.mean(truths)), claimed)
