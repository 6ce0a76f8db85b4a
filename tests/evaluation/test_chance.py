"""What chance gives, against every way of dealing the labels."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from auroc_oracles import auroc_of_pairs
from learner_studies import Learner, simulate_studies

from dysarthria_lightning.evaluation.chance import (
    chance_interval,
    chance_of_speakers,
    permuted_aurocs,
)
from dysarthria_lightning.evaluation.levels import MEAN_SCORE, score_levels
from dysarthria_lightning.evaluation.metrics import Scores, auroc

N, N_DYSARTHRIC = 8, 3


def two_repeats(*, folds: bool = True) -> tuple[list[np.ndarray], list[Scores]]:
    """Eight speakers with two recordings each, of whom each repeat leaves one out; some ties."""
    rng = np.random.default_rng(0)
    names = np.array([f"S{number}" for number in range(N)], dtype=object)
    ids, repeats = [], []
    for left_out in (2, 6):
        there = np.flatnonzero(np.arange(N) != left_out)
        labels = (there < N_DYSARTHRIC).astype(np.int64)
        speakers = np.repeat(np.arange(N - 1), 2)
        scores = rng.integers(0, 5, len(speakers)).astype(float)
        numbers = rng.permutation(N - 1) % 2 if folds else None
        repeats.append(Scores(scores, labels[speakers], speakers, 0.5, N - 1, numbers))
        ids.append(names[there])
    return ids, repeats


def every_deal(ids: list[np.ndarray], repeats: list[Scores]) -> list[float]:
    """The mean AUROC over repeats of each choice of as many dysarthric speakers."""
    values = []
    for chosen in combinations([f"S{number}" for number in range(N)], N_DYSARTHRIC):
        of_repeats = []
        for names, items in zip(ids, repeats, strict=True):
            labels = [int(names[speaker] in chosen) for speaker in items.speakers]
            folds = None if items.folds is None else items.folds[items.speakers]
            of_repeats.append(auroc_of_pairs(labels, items.scores, folds))
        values.append(float(np.mean(of_repeats)))
    return values


@pytest.mark.parametrize("folds", [True, False])
def test_labels_are_dealt_to_speakers_in_every_way_alike(folds: bool) -> None:
    ids, repeats = two_repeats(folds=folds)
    expected = np.array(every_deal(ids, repeats))
    drawn = permuted_aurocs(ids, repeats, np.random.default_rng(1), 20_000)
    values, counts = np.unique(drawn.round(9), return_counts=True)
    of_all, of_each = np.unique(expected.round(9), return_counts=True)
    assert values == pytest.approx(of_all, nan_ok=True)
    assert counts / 20_000 == pytest.approx(of_each / len(expected), abs=0.012)


def test_the_range_holds_95_of_100_deals_around_one_half() -> None:
    ids, repeats = two_repeats()
    expected = np.array(every_deal(ids, repeats))
    expected = expected[np.isfinite(expected)]
    low, high = chance_interval(ids, repeats)
    assert np.mean(expected) == pytest.approx(0.5, abs=0.02)
    assert (low, high) == pytest.approx(tuple(np.quantile(expected, [0.025, 0.975])), abs=0.05)
    assert (low, high) == chance_interval(ids, repeats)  # with a seed of its own


def simulate(rng: np.random.Generator, n: int, n_repeats: int) -> list[Scores]:
    """Scores that have nothing to do with the labels, in other folds each time."""
    labels, numbers = np.arange(n) % 2, np.arange(n)
    return [
        Scores(rng.normal(size=n), labels, numbers, 0.0, n, rng.permutation(n) // 2 % 5)
        for _ in range(n_repeats)
    ]


def test_of_scores_that_know_nothing_95_of_100_are_in_the_range() -> None:
    rng = np.random.default_rng(0)
    ids = np.array([f"S{number:02d}" for number in range(30)], dtype=object)
    inside = 0
    for _ in range(150):
        (items,) = simulate(rng, 30, 1)
        low, high = chance_interval([ids], [items])
        assert low < 0.5 < high
        folds = None if items.folds is None else items.folds[items.speakers]
        inside += low <= auroc_of_pairs(items.labels, items.scores, folds) <= high
    # Within two and a half standard errors, so that not all may be.
    assert inside / 150 == pytest.approx(0.95, abs=0.044)


def test_it_is_centred_and_narrower_with_more_repeats() -> None:
    rng = np.random.default_rng(0)
    ids = np.array([f"S{number:02d}" for number in range(60)], dtype=object)
    repeats = simulate(rng, 60, 8)
    widths = []
    for n_repeats in (1, 8):
        drawn = permuted_aurocs(n_repeats * [ids], repeats[:n_repeats], rng, 4_000)
        assert drawn.mean() == pytest.approx(0.5, abs=0.01)
        low, high = chance_interval(n_repeats * [ids], repeats[:n_repeats])
        assert (low + high) / 2 == pytest.approx(0.5, abs=0.02)
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_where_nothing_is_compared_there_is_no_range() -> None:
    # Each speaker in a fold of their own.
    items = Scores(np.arange(4.0), np.arange(4) % 2, np.arange(4), 0.5, 4, np.arange(4))
    ids = np.array(list("abcd"), dtype=object)
    assert np.isnan(chance_interval([ids], [items])).all()
    assert np.isfinite(chance_interval([ids], [items.pooled])).all()


def test_the_range_of_speakers_is_that_of_their_soft_majorities() -> None:
    rng = np.random.default_rng(0)
    speakers = np.repeat([f"S{number:02d}" for number in range(20)], 3)
    test = pd.DataFrame(
        {
            "speaker_id": speakers,
            "label": np.repeat(np.arange(20) % 2, 3),
            "logit": rng.normal(size=60),
            "fold": np.repeat(np.arange(20) // 2 % 2, 3),
        }
    )
    items = score_levels(test)["speaker_soft_majority"]
    ids = np.unique(speakers).astype(object)
    assert chance_of_speakers([test]) == chance_interval([ids], [items])
    # With leave-one-speaker-out pooled scores are all there is.
    alone = test.assign(fold=pd.factorize(test["speaker_id"])[0])
    assert chance_of_speakers([alone]) == chance_interval([ids], [items.pooled])


def deal_within_folds(repeats: list[Scores], rng: np.random.Generator) -> np.ndarray:
    """Mean AUROCs over repeats, of labels dealt anew within each fold of each repeat."""
    total = np.zeros(200)
    for items in repeats:
        assert items.folds is not None
        labels, folds = items.speaker_labels, items.folds
        for deal in range(len(total)):
            order = np.lexsort((rng.random(len(labels)), folds))
            dealt = np.empty_like(labels)
            dealt[order] = labels[np.argsort(folds, kind="stable")]
            won = items.scores[dealt == 1][:, None] > items.scores[dealt == 0]
            same = folds[dealt == 1][:, None] == folds[dealt == 0]
            total[deal] += won[same].mean() / len(repeats)
    return total


@pytest.mark.slow
def test_of_models_that_had_nothing_to_learn_most_are_in_the_range() -> None:
    """Not 95 of 100: nothing was trained with dealt labels. Within folds it would be half."""
    outside = np.zeros(2)
    studies = list(simulate_studies(Learner(0, 10.0), 100))
    for study in studies:
        tests = [repeat.test for repeat in study.procedures[0]]
        items = [score_levels(test, [MEAN_SCORE])[MEAN_SCORE.key] for test in tests]
        value = np.mean([auroc(it, np.ones((1, it.n_speakers)))[0] for it in items])
        ids = [np.sort(test["speaker_id"].to_numpy(object)) for test in tests]
        within = np.quantile(deal_within_folds(items, np.random.default_rng(0)), [0.025, 0.975])
        for place, (low, high) in enumerate((chance_interval(ids, items), within)):
            outside[place] += not low <= value <= high
    among_all, within_folds = outside / len(studies)
    assert among_all < 0.27  # 17 % of 300, and three standard errors
    assert within_folds > 0.28  # 43 %, likewise
