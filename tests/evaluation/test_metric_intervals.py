"""Intervals of each metric, against SciPy's with the same draws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from dysarthria_lightning.evaluation.bootstrap import auroc_basis, resample_speakers
from dysarthria_lightning.evaluation.intervals import FEWEST_OF_CLASS, Estimate, expand_confidence
from dysarthria_lightning.evaluation.metrics import AUROCS, Scores, compute_metrics
from dysarthria_lightning.evaluation.values import metric_bases


def bootstrap_metrics(items: Scores, rng: np.random.Generator, draws: int) -> dict[str, Estimate]:
    """Each metric with its interval."""
    resample = resample_speakers([f"{n:03d}" for n in range(items.n_speakers)], rng, draws)
    bases = metric_bases(items) | {"auroc_within_folds": auroc_basis([items])}
    bases["auroc"] = auroc_basis([items.pooled])
    values = compute_metrics(items, resample.weights)
    return {name: resample.estimate(value, bases[name]) for name, value in values.items()}


def speakers_scores(n: int = 40) -> Scores:
    rng = np.random.default_rng(3)
    labels = np.arange(n) % 2
    return Scores(rng.normal(size=n) + labels, labels, np.arange(n), 0.5, n)


@pytest.mark.parametrize(
    ("metric", "n", "oracle"),
    [
        ("auroc", 40, sk.roc_auc_score),
        ("average_precision", 40, sk.average_precision_score),
        ("accuracy", 40, lambda labels, scores: sk.accuracy_score(labels, scores > 0.5)),
        # Twenty are dysarthric; F1 counts them and the healthy ones who are called dysarthric.
        ("recall", 20, lambda labels, scores: sk.recall_score(labels, scores > 0.5)),
        ("f1", 25, lambda labels, scores: sk.f1_score(labels, scores > 0.5)),
    ],
)
def test_speaker_level_intervals_are_scipys(metric: str, n: int, oracle: object) -> None:
    items = speakers_scores()
    reference = stats.bootstrap(
        (items.labels, items.scores),
        oracle,
        paired=True,
        vectorized=False,
        n_resamples=150,
        method="BCa",
        confidence_level=expand_confidence(n),
        rng=np.random.default_rng(7),
    )
    ours = bootstrap_metrics(items, np.random.default_rng(7), draws=150)[metric]
    assert ours.value == pytest.approx(oracle(items.labels, items.scores))  # type: ignore[operator]
    # SciPy tells draws that equal the value from it by their last bit; here they count half.
    assert ours.low == pytest.approx(reference.confidence_interval.low, abs=1e-3)
    assert ours.high == pytest.approx(reference.confidence_interval.high, abs=1e-3)


def test_recording_level_draws_whole_speakers() -> None:
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(20), 7)
    items = Scores(rng.normal(size=140) + speakers % 2, speakers % 2, speakers, 0.5, 20)

    def auroc_of(drawn: np.ndarray) -> float:
        chosen = np.concatenate([np.flatnonzero(speakers == speaker) for speaker in drawn])
        return float(sk.roc_auc_score(items.labels[chosen], items.scores[chosen]))

    reference = stats.bootstrap(
        (np.arange(20),),
        auroc_of,
        vectorized=False,
        n_resamples=150,
        method="BCa",
        confidence_level=expand_confidence(20),
        rng=np.random.default_rng(1),
    )
    ours = bootstrap_metrics(items, np.random.default_rng(1), draws=150)["auroc"]
    assert (ours.low, ours.high) == pytest.approx(tuple(reference.confidence_interval))


def test_the_same_seed_gives_the_same_interval() -> None:
    items = speakers_scores()
    first = bootstrap_metrics(items, np.random.default_rng(0), draws=200)
    assert first == bootstrap_metrics(items, np.random.default_rng(0), draws=200)
    assert first != bootstrap_metrics(items, np.random.default_rng(1), draws=200)


def test_one_class_gives_no_interval_but_the_rest_stays() -> None:
    items = Scores(np.array([0.2, 0.8, 0.9]), np.zeros(3, int), np.arange(3), 0.5, 3)
    estimates = bootstrap_metrics(items, np.random.default_rng(0), draws=100)
    for metric in AUROCS:
        assert np.isnan(estimates[metric]).all()
    assert estimates["accuracy"].value == pytest.approx(1 / 3)


def separated_scores(n_dysarthric: int, n_healthy: int, sign: int = 1) -> Scores:
    labels = np.arange(n_dysarthric + n_healthy) < n_dysarthric
    scores = 0.5 + sign * (0.3 * labels - 0.15)
    return Scores(scores, labels.astype(int), np.arange(len(labels)), 0.5, len(labels))


def test_perfect_separation_is_bounded_by_what_so_few_speakers_can_show() -> None:
    estimates = bootstrap_metrics(separated_scores(9, 20), np.random.default_rng(0), draws=50)
    # Of a true share p, all of n come out right with probability p**n.
    trials = {"auroc": 9, "accuracy": 29, "precision": 9, "recall": 9, "f1": 4}
    trials["auroc_within_folds"] = 9  # one model judged all
    for metric, n in trials.items():
        assert estimates[metric] == pytest.approx((1, 0.025 ** (1 / n), 1)), metric
    assert estimates["average_precision"].value == 1
    assert np.isnan(estimates["average_precision"][1:]).all()


def test_perfect_separation_within_folds_is_bounded_by_the_pairs_of_folds() -> None:
    # In three folds 1, 2 and 6 patients with 1, 14 and 5 healthy: 1 + 2 + 5 pairs share nobody.
    folds = np.array([0] + 2 * [1] + 6 * [2] + [0] + 14 * [1] + 5 * [2])
    items = replace(separated_scores(9, 20), folds=folds)
    # A model that scores all of its fold higher changes nothing within the fold.
    items = replace(items, scores=items.scores + folds)
    estimates = bootstrap_metrics(items, np.random.default_rng(0), draws=50)
    assert estimates["auroc_within_folds"] == pytest.approx((1, 0.025 ** (1 / 8), 1))
    assert estimates["auroc"].value < 1


def test_reversed_separation_is_bounded_likewise() -> None:
    estimates = bootstrap_metrics(separated_scores(20, 9, -1), np.random.default_rng(0), draws=50)
    for metric, n in {"auroc": 9, "accuracy": 29, "recall": 20}.items():
        assert estimates[metric] == pytest.approx((0, 0, 1 - 0.025 ** (1 / n))), metric


@pytest.mark.parametrize("few_are", [0, 1])
def test_rankings_of_too_few_of_a_class_have_no_interval(few_are: int) -> None:
    few = FEWEST_OF_CLASS
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(30) < few, few_are, 1 - few_are)
    items = Scores(rng.normal(size=30) + labels, labels, np.arange(30), 0.5, 30)
    fewer = items.select(np.arange(30) > 0)
    for judged, enough in ((items, True), (fewer, False)):
        estimates = bootstrap_metrics(judged, rng, draws=200)
        for metric in (*AUROCS, "average_precision"):
            assert 0 < estimates[metric].value < 1
            assert np.isfinite(estimates[metric][1:]).all() == enough
        assert estimates["accuracy"].low < estimates["accuracy"].high


def test_metrics_rest_on_the_speakers_they_count() -> None:
    speakers = np.array([0, 0, 1, 2, 2, 3, 4, 5, 5])
    called = np.array([1, 1, 0, 0, 1, 0, 1, 0, 0])
    items = Scores(called.astype(float), (speakers < 3).astype(int), speakers, 0.5, 6)
    bases = metric_bases(items)
    counted = {name: basis.n_speakers for name, basis in bases.items()}
    assert counted == {
        "average_precision": 6,
        "accuracy": 6,
        "precision": 3,  # 0, 2 and 4
        "recall": 3,  # 0 to 2
        "f1": 4,
    }
