"""The AUROC from few recordings against the expectation over all subsets."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from simulated_studies import simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.evaluation import reading_length
from dysarthria_lightning.evaluation.bootstrap import Sample, make_sample
from dysarthria_lightning.evaluation.reading_length import reading_length_table
from dysarthria_lightning.evaluation.study import CrossValidation
from dysarthria_lightning.evaluation.values import metrics_table

LEVELS = ("speaker_soft_majority", "speaker_noisy_or")


def simulate(repeats: int = 1) -> tuple[pd.DataFrame, list[CrossValidation]]:
    recordings = simulate_recordings(np.random.default_rng(1))
    return recordings, [
        simulate_crossvalidation(recordings, np.random.default_rng(r), repeat=r)
        for r in range(repeats)
    ]


def sample_of(repeats: list[CrossValidation], draws: int = 60) -> Sample:
    return make_sample(repeats, np.random.default_rng(0), draws)


def tabulate(sample: Sample, recordings: pd.DataFrame) -> pd.DataFrame:
    return reading_length_table(sample, recordings, np.random.default_rng(0))


def expectation(test: pd.DataFrame, length: int, level: str) -> float:
    """Over all subsets of every two speakers of a fold, one dysarthric and one healthy."""
    column = {"speaker_soft_majority": "probability", "speaker_noisy_or": "complement"}[level]
    values = test.assign(complement=-np.log1p(-test["probability"]))
    scores: dict[int, list[tuple[int, np.ndarray]]] = {0: [], 1: []}
    for _, rows in values.groupby("speaker_id"):
        subsets = combinations(rows[column], min(length, len(rows)))
        means = np.array([float(np.mean(s)) for s in subsets])
        scores[int(rows["label"].iloc[0])].append((int(rows["fold"].iloc[0]), means))
    return float(
        np.mean(
            [
                np.mean(ours[:, None] > theirs)
                for fold, ours in scores[1]
                for other_fold, theirs in scores[0]
                if fold == other_fold
            ]
        )
    )


def test_values_approach_the_mean_over_all_subsets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_length, "SUBSETS", 2000)
    recordings, repeats = simulate(2)
    table = tabulate(sample_of(repeats), recordings).set_index(["level", "n_recordings"])
    assert list(table.index) == [*product(LEVELS, (1, 2, 4, 6))]
    for level, length in table.index:
        expected = np.mean([expectation(repeat.test, length, level) for repeat in repeats])
        tolerance = 1e-9 if length == 6 else 0.004
        assert table.loc[(level, length), "value"] == pytest.approx(expected, abs=tolerance)


def test_all_recordings_give_the_speakers_auroc_with_its_interval() -> None:
    recordings, repeats = simulate(2)
    sample = sample_of(repeats)
    table = tabulate(sample, recordings).set_index(["level", "n_recordings"])
    metrics = metrics_table(sample).set_index(["level", "metric"])
    for level in LEVELS:
        for column in ("value", "low", "high"):
            expected = metrics.loc[(level, "auroc_within_folds"), column]
            assert table.loc[(level, 6), column] == pytest.approx(expected)


def test_ties_count_half() -> None:
    recordings, (crossvalidation,) = simulate()
    test = crossvalidation.test.assign(logit=0.0, probability=0.5)
    sample = sample_of([replace(crossvalidation, test=test)])
    assert tabulate(sample, recordings)["value"].tolist() == pytest.approx([0.5] * 8)


def test_where_no_fold_has_both_classes_scores_are_pooled() -> None:
    recordings, (crossvalidation,) = simulate()
    test = crossvalidation.test
    apart, together = (
        sample_of([replace(crossvalidation, test=test.assign(fold=fold))])
        for fold in (pd.factorize(test["speaker_id"])[0], 0)
    )
    pooled = tabulate(apart, recordings)
    assert pooled[["value", "low", "high"]].notna().all(axis=None)
    pd.testing.assert_frame_equal(pooled, tabulate(together, recordings))


def test_where_one_repeat_has_no_pairs_the_scores_of_all_are_pooled() -> None:
    recordings, (first, second) = simulate(2)
    apart = replace(second, test=second.test.assign(fold=second.test["label"]))
    together = [replace(it, test=it.test.assign(fold=0)) for it in (first, second)]
    found, pooled = (tabulate(sample_of(it), recordings) for it in ([first, apart], together))
    pd.testing.assert_frame_equal(found, pooled)


def test_one_class_has_no_auroc() -> None:
    recordings, (crossvalidation,) = simulate()
    sample = sample_of([replace(crossvalidation, test=crossvalidation.test.query("label == 1"))])
    table = tabulate(sample, recordings)
    assert len(table)
    assert table[["value", "low", "high"]].isna().all(axis=None)


def test_subsets_do_not_depend_on_the_order_of_rows() -> None:
    recordings, (crossvalidation,) = simulate()
    other = replace(crossvalidation, test=crossvalidation.test.sample(frac=1, random_state=1))
    first = tabulate(sample_of([crossvalidation]), recordings)
    pd.testing.assert_frame_equal(first, tabulate(sample_of([other]), recordings))


def test_a_subset_has_no_recording_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_length, "SUBSETS", 20)
    recordings, (crossvalidation,) = simulate()
    # One model judged all. All speakers score 0.5 but one patient, of whom only the mean of both
    # is above that.
    test = crossvalidation.test.groupby("speaker_id").head(2)
    patient = test.query("label == 1")["speaker_id"].min()
    test = test[(test["label"] == 0) | (test["speaker_id"] == patient)]
    second = test.groupby("speaker_id").cumcount() == 1
    probability = np.where(test["label"] == 0, 0.5, np.where(second, 0.41, 0.6))
    logit = np.log(probability / (1 - probability))
    test = test.assign(logit=logit, probability=probability, fold=0)
    sample = sample_of([replace(crossvalidation, test=test)], 5)
    table = tabulate(sample, recordings).set_index(["level", "n_recordings"])["value"]
    assert table["speaker_soft_majority", 2] == pytest.approx(1)
    assert 0.2 < table["speaker_soft_majority", 1] < 0.8


def test_subsets_are_drawn_from_the_seed() -> None:
    recordings, (crossvalidation,) = simulate()
    sample = sample_of([crossvalidation])
    again = tabulate(sample, recordings)
    pd.testing.assert_frame_equal(tabulate(sample, recordings), again)
    other = reading_length_table(sample, recordings, np.random.default_rng(1))
    assert not other.equals(again)
