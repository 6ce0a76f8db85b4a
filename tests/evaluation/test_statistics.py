"""The bootstrap over speakers, against SciPy's with the same draws."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from dysarthria_lightning.evaluation.metrics import Scores
from dysarthria_lightning.evaluation.statistics import (
    bootstrap_metrics,
    draw_speakers,
    expand_confidence,
)


def speakers_scores(n: int = 40) -> Scores:
    rng = np.random.default_rng(3)
    labels = np.arange(n) % 2
    return Scores(rng.normal(size=n) + labels, labels, np.arange(n), 0.5)


@pytest.mark.parametrize(
    ("metric", "oracle"),
    [
        ("auroc", lambda labels, scores: sk.roc_auc_score(labels, scores)),
        ("average_precision", lambda labels, scores: sk.average_precision_score(labels, scores)),
        ("accuracy", lambda labels, scores: sk.accuracy_score(labels, scores > 0.5)),
        ("f1", lambda labels, scores: sk.f1_score(labels, scores > 0.5)),
    ],
)
def test_speaker_level_intervals_are_scipys(metric: str, oracle: object) -> None:
    items = speakers_scores()
    reference = stats.bootstrap(
        (items.labels, items.scores),
        oracle,
        paired=True,
        vectorized=False,
        n_resamples=500,
        method="BCa",
        confidence_level=expand_confidence(40),
        rng=np.random.default_rng(7),
    )
    ours = bootstrap_metrics(items, np.random.default_rng(7), draws=500)[metric]
    assert ours.value == pytest.approx(oracle(items.labels, items.scores))  # type: ignore[operator]
    # SciPy tells draws that equal the value from it by their last bit; here they count half.
    assert ours.low == pytest.approx(reference.confidence_interval.low, abs=1e-3)
    assert ours.high == pytest.approx(reference.confidence_interval.high, abs=1e-3)


def test_recording_level_draws_whole_speakers() -> None:
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(20), 7)
    items = Scores(rng.normal(size=140) + speakers % 2, speakers % 2, speakers, 0.5)

    def auroc_of(drawn: np.ndarray) -> float:
        chosen = np.concatenate([np.flatnonzero(speakers == speaker) for speaker in drawn])
        return float(sk.roc_auc_score(items.labels[chosen], items.scores[chosen]))

    reference = stats.bootstrap(
        (np.arange(20),),
        auroc_of,
        vectorized=False,
        n_resamples=300,
        method="BCa",
        confidence_level=expand_confidence(20),
        rng=np.random.default_rng(1),
    )
    ours = bootstrap_metrics(items, np.random.default_rng(1), draws=300)["auroc"]
    assert (ours.low, ours.high) == pytest.approx(tuple(reference.confidence_interval))


def test_the_same_seed_gives_the_same_interval() -> None:
    items = speakers_scores()
    first = bootstrap_metrics(items, np.random.default_rng(0), draws=200)
    assert first == bootstrap_metrics(items, np.random.default_rng(0), draws=200)
    assert first != bootstrap_metrics(items, np.random.default_rng(1), draws=200)


def test_each_draw_takes_as_many_speakers_as_there_are() -> None:
    weights = draw_speakers(9, 1000, np.random.default_rng(0))
    assert (weights.sum(axis=1) == 9).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(9), abs=0.1)


def test_one_class_gives_no_interval_but_the_rest_stays() -> None:
    items = Scores(np.array([0.2, 0.8, 0.9]), np.zeros(3, int), np.arange(3), 0.5)
    estimates = bootstrap_metrics(items, np.random.default_rng(0), draws=100)
    assert np.isnan(estimates["auroc"]).all()
    assert estimates["accuracy"].value == pytest.approx(1 / 3)
