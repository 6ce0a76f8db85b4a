"""One bootstrap of speakers for all repeats, against rows copied by hand and against SciPy."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from auroc_oracles import auroc_of_table, mean_by_speaker
from scipy import stats
from simulated_studies import simulate_crossvalidation, simulate_recordings
from sklearn import metrics as sk

from dysarthria_lightning.evaluation.bootstrap import (
    Sample,
    auroc_basis,
    make_sample,
    resample_speakers,
)
from dysarthria_lightning.evaluation.chance import chance_interval
from dysarthria_lightning.evaluation.intervals import expand_confidence
from dysarthria_lightning.evaluation.metrics import AUROCS, METRICS, THRESHOLD_METRICS, auroc
from dysarthria_lightning.evaluation.values import metrics_table


def simulate_sample(repeats: int, draws: int = 40) -> Sample:
    recordings = simulate_recordings(np.random.default_rng(1))
    return make_sample(
        [
            simulate_crossvalidation(recordings, np.random.default_rng([1, r]), repeat=r)
            for r in range(repeats)
        ],
        np.random.default_rng(5),
        draws,
    )


def copy_rows(test: pd.DataFrame, weights: dict[str, float]) -> pd.DataFrame:
    """Repeat each speaker's recordings as often as the speaker was drawn."""
    copies = test["speaker_id"].map(weights).astype(int)
    return test.loc[test.index.repeat(copies)]


def exact_auroc(labels: np.ndarray, scores: np.ndarray, folds: np.ndarray) -> float:
    """Won pairs by all pairs: equal draws are equal to the bit, as scikit-learn's are not."""
    return float(np.mean(scores[labels == 1][:, None] > scores[labels == 0]))


def exact_auroc_within_folds(labels: np.ndarray, scores: np.ndarray, folds: np.ndarray) -> float:
    positive, negative = labels == 1, labels == 0
    alike = folds[positive][:, None] == folds[negative]
    won = scores[positive][:, None] > scores[negative]
    return float((won & alike).sum() / alike.sum())


def test_weights_are_plain_then_without_each_then_drawn() -> None:
    resample = resample_speakers(["b", "c", "a"], np.random.default_rng(0), draws=500)
    assert list(resample.speakers) == ["a", "b", "c"]
    assert resample.weights[:4].tolist() == [[1, 1, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    assert len(resample.weights) == 4 + 500
    assert resample.first_draw == 4
    assert (resample.weights[4:].sum(axis=1) == 3).all()
    assert resample.weights_of(["c", "a"])[1:4].tolist() == [[1, 0], [1, 1], [0, 1]]
    assert resample.weights_of(["c", "b", "a"])[1:4].tolist() == [[1, 1, 0], [1, 0, 1], [0, 1, 1]]
    assert resample.weights_of(["a", "b"])[1:4].tolist() == [[0, 1], [1, 0], [1, 1]]


def test_weights_of_all_speakers_are_no_copies() -> None:
    """Of 2,000 speakers they take 192 MB, for every repeat."""
    recordings = simulate_recordings(np.random.default_rng(1))
    repeat = simulate_crossvalidation(recordings, np.random.default_rng(0))
    sample = make_sample([repeat, replace(repeat, repeat=1)], np.random.default_rng(0), 40)
    assert all(repeat.weights is sample.resample.weights for repeat in sample.repeats)


def test_each_draw_takes_as_many_speakers_as_there_are() -> None:
    speakers = [f"S{number}" for number in range(9)]
    drawn = resample_speakers(speakers, np.random.default_rng(0), draws=1000).weights[10:]
    assert (drawn.sum(axis=1) == 9).all()
    assert drawn.mean(axis=0) == pytest.approx(np.ones(9), abs=0.1)


def test_a_draw_counts_a_speaker_alike_in_all_repeats() -> None:
    sample = simulate_sample(repeats=2)
    tested = [set(repeat.speakers) for repeat in sample.repeats]
    assert tested[0] != tested[1]
    assert set(sample.resample.speakers) == tested[0] | tested[1]
    for row in (0, 3, -1, -2, -3):
        weights = dict(zip(sample.resample.speakers, sample.resample.weights[row], strict=True))
        for repeat in sample.repeats:
            copied = copy_rows(repeat.crossvalidation.test.reset_index(drop=True), weights)
            items = repeat.levels["recording"]
            within = auroc(items, repeat.weights)[row]
            assert within == pytest.approx(auroc_of_table(copied))
            pooled = auroc(items.pooled, repeat.weights)[row]
            assert pooled == pytest.approx(sk.roc_auc_score(copied["label"], copied["logit"]))


def test_values_are_means_over_repeats_with_the_extremes_beside_them() -> None:
    sample = simulate_sample(repeats=3)
    table = metrics_table(sample).set_index(["level", "metric"])
    assert len(table) == 3 * len(METRICS) + 1  # of recordings also with every speaker alike
    each = []
    for repeat in sample.repeats:
        test = repeat.crossvalidation.test
        each.append(sk.accuracy_score(test["label"], test["probability"] > 0.5))
    row = table.loc["recording", "accuracy"]
    assert row["value"] == pytest.approx(np.mean(each))
    assert (row["smallest"], row["largest"]) == pytest.approx((min(each), max(each)))
    assert row["repeats"] == 3
    assert row["low"] < row["value"] < row["high"]


@pytest.mark.parametrize("level", ["recording", "speaker_soft_majority"])
def test_aurocs_are_means_of_pairs_within_folds_and_of_pooled_pairs(level: str) -> None:
    sample = simulate_sample(repeats=2)
    tests = [repeat.crossvalidation.test for repeat in sample.repeats]
    score = "probability"
    if level != "recording":
        tests = [mean_by_speaker(test, score) for test in tests]
    table = metrics_table(sample).set_index(["level", "metric"])
    for metric, pooled in (("auroc_within_folds", False), ("auroc", True)):
        each = [auroc_of_table(test, score, pooled=pooled) for test in tests]
        row = table.loc[level, metric]
        assert row["value"] == pytest.approx(np.mean(each))
        assert (row["smallest"], row["largest"]) == pytest.approx((min(each), max(each)))


def test_only_aurocs_within_folds_have_chance_beside_them() -> None:
    sample = simulate_sample(repeats=2)
    table = metrics_table(sample).set_index(["level", "metric"])
    ends = table[["chance_low", "chance_high"]]
    for level, items in sample.repeats[0].levels.items():
        everybody = [repeat.speakers for repeat in sample.repeats]
        expected = chance_interval(everybody, [items, sample.repeats[1].levels[level]])
        assert tuple(ends.loc[level, "auroc_within_folds"]) == expected
        assert expected[0] < 0.5 < expected[1]
    assert ends.drop("auroc_within_folds", level="metric").isna().all(axis=None)


@pytest.mark.parametrize(
    ("metric", "oracle"),
    [
        ("auroc_within_folds", exact_auroc_within_folds),
        ("auroc", exact_auroc),
        ("average_precision", lambda labels, scores, _: sk.average_precision_score(labels, scores)),
        ("recall", lambda labels, scores, _: sk.recall_score(labels, scores > 0.5)),
    ],
)
def test_intervals_are_scipys_bca_expanded(metric: str, oracle: object) -> None:
    sample = simulate_sample(repeats=1, draws=300)
    test = sample.repeats[0].crossvalidation.test
    speakers = test.groupby("speaker_id").agg(
        y=("label", "first"), p=("probability", "mean"), fold=("fold", "first")
    )
    reference = stats.bootstrap(
        tuple(speakers[column].to_numpy() for column in ("y", "p", "fold")),
        oracle,
        paired=True,
        vectorized=False,
        n_resamples=300,
        confidence_level=expand_confidence(len(speakers)),
        method="BCa",
        rng=np.random.default_rng(5),
    )
    table = metrics_table(sample).set_index(["level", "metric"])
    ours = table.loc["speaker_soft_majority", metric]
    assert ours["low"] == pytest.approx(reference.confidence_interval.low)
    assert ours["high"] == pytest.approx(reference.confidence_interval.high)


def test_a_metric_undefined_in_one_repeat_has_no_mean() -> None:
    recordings = simulate_recordings(np.random.default_rng(1))
    repeats = [
        simulate_crossvalidation(recordings, np.random.default_rng(r), repeat=r) for r in range(2)
    ]
    repeats[1] = repeats[1].__class__(
        **{**vars(repeats[1]), "test": repeats[1].test.query("label == 0")}
    )
    table = metrics_table(make_sample(repeats, np.random.default_rng(0), 50))
    table = table.set_index(["level", "metric"])
    columns = ["value", "low", "high", "smallest", "largest"]
    for metric in AUROCS:
        assert table.loc[("recording", metric), columns].isna().all()
    assert table.loc[("recording", "accuracy"), columns].notna().all()


def test_levels_without_a_threshold_have_ranking_metrics_only() -> None:
    table = metrics_table(simulate_sample(repeats=2)).set_index(["level", "metric"])
    defined = table[["value", "low", "high", "smallest", "largest"]].notna()
    for level in ("recording", "speaker_soft_majority", "speaker_noisy_or"):
        for metric in METRICS:
            ranks_only = level == "speaker_noisy_or" and metric in THRESHOLD_METRICS
            assert (defined.loc[level, metric] != ranks_only).all(), (level, metric)


def test_no_repeat_that_counts_gives_no_estimate() -> None:
    assert np.isnan(simulate_sample(1).estimate([], auroc_basis([]))).all()


def test_perfect_repeats_claim_what_the_speakers_of_all_of_them_can_show() -> None:
    sample = simulate_sample(repeats=2)
    perfect = []
    for repeat in sample.repeats:
        test = repeat.crossvalidation.test
        perfect.append(
            replace(
                repeat.crossvalidation,
                test=test.assign(logit=test["label"] - 0.5, probability=test["label"] / 2 + 0.2),
            )
        )
    sample = make_sample(perfect, np.random.default_rng(5), 40)
    tested = pd.concat([repeat.test for repeat in perfect]).drop_duplicates("speaker_id")
    assert sample.labels.tolist() == tested.sort_values("speaker_id")["label"].tolist()
    of_repeats = [repeat.test.drop_duplicates("speaker_id") for repeat in perfect]
    counts = [test.groupby(["fold", "label"]).size().unstack(fill_value=0) for test in of_repeats]
    trials = {
        # Of the repeat in which most pairs share nobody.
        "auroc_within_folds": max(count.min(axis=1).sum() for count in counts),
        "auroc": max(count.sum().min() for count in counts),
        "accuracy": len(tested),
        "recall": int(tested["label"].sum()),
    }
    table = metrics_table(sample).set_index(["level", "metric"])
    for level in ("recording", "speaker_soft_majority"):
        for metric, n in trials.items():
            row = table.loc[level, metric]
            expected = (1, 0.025 ** (1 / n), 1)
            assert (row["value"], row["low"], row["high"]) == pytest.approx(expected)
    aurocs = [auroc(repeat.levels["recording"], repeat.weights) for repeat in sample.repeats]
    smaller = trials["auroc_within_folds"]
    assert sample.estimate(aurocs, auroc_basis(sample.items("recording"))) == pytest.approx(
        (1, 0.025 ** (1 / smaller), 1)
    )
