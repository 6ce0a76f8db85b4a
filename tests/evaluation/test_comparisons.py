"""Which models are compared, on whom and over which repeats, against a naive bootstrap."""

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from auroc_oracles import auroc_of_table, mean_by_speaker
from scipy import stats
from simulated_studies import simulate_study

from dysarthria_lightning.evaluation.bootstrap import make_sample
from dysarthria_lightning.evaluation.comparisons import (
    Comparison,
    compare_models,
    comparisons_table,
    judge_differences,
)
from dysarthria_lightning.evaluation.holm import correct_holm
from dysarthria_lightning.evaluation.study import Cell, CrossValidation, Study

MODELS = ("baseline", "bilstm1", "lstm1")
CELLS = tuple(
    Cell(protocol, subset, features, model)
    for protocol in ("novel_speakers", "known_speakers")
    for subset, features in (("all", "mfcc13"), ("all", "mfcc25"), ("no_cv", "mfcc13"))
    for model in MODELS
)
SCORES = {"speaker_soft_majority": "probability", "speaker_noisy_or": "complement"}
DRAWS = 30


@pytest.fixture(scope="module")
def study() -> Study:
    return simulate_study(CELLS, repeats=3)


@pytest.fixture(scope="module")
def table(study: Study) -> pd.DataFrame:
    return comparisons_table(study, draws=DRAWS)


def speakers_of(repeat: CrossValidation, level: str) -> pd.DataFrame:
    """One row for each speaker, with the paper's scores."""
    test = repeat.test.assign(complement=-np.log1p(-repeat.test["probability"]))
    return mean_by_speaker(test, SCORES[level]).rename(columns={SCORES[level]: "score"})


def by_loop(
    one: list[CrossValidation], other: list[CrossValidation], level: str, draws: int
) -> dict[str, float]:
    """The comparison draw by draw and pair by pair; who and what is drawn is the package's."""
    sample = make_sample(one, np.random.default_rng(0), draws)
    tables = [[speakers_of(repeat, level) for repeat in repeats] for repeats in (one, other)]

    def difference(place: int, counts: dict[str, int]) -> float:
        aurocs = []
        for of_model in tables:
            rows = of_model[place]
            copies = rows.index.repeat([counts[speaker] for speaker in rows.index])
            aurocs.append(auroc_of_table(rows.loc[copies], "score"))
        return aurocs[0] - aurocs[1]

    def count(row: int) -> dict[str, int]:
        weights = sample.resample.weights[row].astype(int)
        return dict(zip(sample.resample.speakers, weights.tolist(), strict=True))

    n = len(one)
    plain = [difference(place, count(0)) for place in range(n)]
    drawn = []
    for draw in range(draws):
        counts = count(sample.resample.first_draw + draw)
        # Half of the repeats, rounded up.
        places = [int(luck * n) for luck in sample.luck[draw][: math.ceil(n / 2)]]
        drawn.append(np.mean([difference(place, counts) for place in places]))
    error = float(np.std([value for value in drawn if np.isfinite(value)]))
    student = stats.t(len(sample.resample.speakers) - 1)
    mean = float(np.mean(plain))
    return {
        "difference": mean,
        "low": mean - student.ppf(0.975) * error,
        "high": mean + student.ppf(0.975) * error,
        "p_value": 2 * student.sf(abs(mean) / error),
        "same_sign": abs(sum(np.sign(plain))) == n,
        "error": error,
    }


def test_every_pair_is_compared_as_in_the_loop(study: Study, table: pd.DataFrame) -> None:
    places = ["subset", "features", "level", "model", "other"]
    assert len(table) == 3 * 3 * 2
    rows = table.set_index(places)
    assert rows.index.is_unique
    for place in (
        ("all", "mfcc13", "speaker_soft_majority", "baseline", "lstm1"),
        ("no_cv", "mfcc13", "speaker_noisy_or", "bilstm1", "lstm1"),
    ):
        subset, features, level, *models = place
        one, other = (
            study.crossvalidations[Cell("novel_speakers", subset, features, model)]
            for model in models
        )
        expected, row = by_loop(one, other, level, DRAWS), rows.loc[place]
        error = expected.pop("error")
        assert row[list(expected)].tolist() == pytest.approx(list(expected.values()))
        for column, repeats in (("auroc", one), ("other_auroc", other)):
            aurocs = [auroc_of_table(speakers_of(repeat, level), "score") for repeat in repeats]
            assert row[column] == pytest.approx(np.mean(aurocs))
        assert row["repeats"] == 3
        # Of a true difference so large, 80 of 100 studies find p < 0.05.
        critical = stats.t(len(make_sample(one, np.random.default_rng(0), 1).labels) - 1).ppf(0.975)
        assert stats.norm.sf(critical - row["detectable"] / error) == pytest.approx(0.8)


def test_models_of_one_place_are_compared_two_and_two(table: pd.DataFrame) -> None:
    for _, rows in table.groupby(["subset", "features", "level"]):
        pairs = list(zip(rows["model"], rows["other"], strict=True))
        assert pairs == list(combinations(MODELS, 2))


def test_holm_corrects_for_all_pairs_of_a_level(table: pd.DataFrame) -> None:
    """Those of all subsets and features; two levels are two families."""
    for _, rows in table.groupby("level"):
        assert rows[["subset", "features"]].drop_duplicates().shape == (3, 2)
        expected = correct_holm(rows["p_value"].to_numpy())
        assert rows["p_holm"].tolist() == pytest.approx(list(expected))
    rows = pd.DataFrame(
        {
            "subset": ["all", "no_cv", "all"],
            "features": ["mfcc13", "mfcc13", "mfcc25"],
            "level": ["speaker_soft_majority", "speaker_soft_majority", "speaker_noisy_or"],
            "p_value": [0.01, 0.03, 0.02],
            "same_sign": True,
        }
    )
    assert judge_differences(rows)["p_holm"].tolist() == pytest.approx([0.02, 0.03, 0.02])


def judged(p_values: list[float], signs: list[bool]) -> list[bool]:
    rows = pd.DataFrame({"level": "speaker", "p_value": p_values, "same_sign": signs})
    differs = judge_differences(rows)["differs"].tolist()
    assert all(isinstance(value, bool) for value in differs)
    return differs


def test_models_differ_with_a_small_corrected_p_value_and_one_sign() -> None:
    assert judged([0.01, 0.04, 0.2], [True, True, True]) == [True, False, False]
    assert judged([0.01, 0.04], [False, True]) == [False, True]
    assert judged([0.01, 0.04], [True, True]) == [True, True]
    assert judged([math.nan, 0.04], [True, True]) == [False, True]
    assert judge_differences(pd.DataFrame()).empty


def crossvalidations(
    scores: list[np.ndarray], labels: np.ndarray, *, folds: int = 4, first: int = 0
) -> list[CrossValidation]:
    """Repeats with a score for each speaker, whose label and number say the fold."""
    nothing = pd.DataFrame()
    speakers = np.array([f"S{number:02d}" for number in range(len(labels))], dtype=object)
    fold = np.arange(len(labels)) // 2 % folds
    return [
        CrossValidation(
            Cell("", "", "", ""),
            number,
            pd.DataFrame({"speaker_id": speakers, "label": labels, "logit": logits, "fold": fold}),
            nothing,
            nothing,
        )
        for number, logits in enumerate(scores, start=first)
    ]


def soft_majority(models: dict[str, list[CrossValidation]], draws: int = 200) -> Any:
    (row,) = [
        row
        for row in compare_models(models, draws=draws)
        if row["level"] == "speaker_soft_majority"
    ]
    return pd.Series(row)


@pytest.fixture
def labels() -> np.ndarray:
    return np.arange(40) % 2


@pytest.fixture
def noisy(labels: np.ndarray) -> list[CrossValidation]:
    rng = np.random.default_rng(0)
    return crossvalidations([0.5 * labels + rng.normal(size=40) for _ in range(5)], labels)


def test_ahead_on_the_whole_but_not_in_every_repeat_is_no_difference(
    labels: np.ndarray, noisy: list[CrossValidation]
) -> None:
    # Right throughout, but in the last repeat as good as the other and a little worse.
    rows = noisy[-1].test["logit"].to_numpy(copy=True)
    patients = np.flatnonzero(labels)
    rows[patients[rows[patients].argmax()]] -= 2
    always = [2.0 * labels + 0.01 * np.arange(40)] * 5
    for scores, same_sign in ((always, True), ([*always[:4], rows], False)):
        row = soft_majority({"a": crossvalidations(scores, labels), "b": noisy})
        assert row["p_value"] < 0.05
        assert row["difference"] > 0.1
        assert row["same_sign"] == same_sign
        (differs,) = judge_differences(pd.DataFrame([row]))["differs"]
        assert differs == same_sign


def test_swapped_models_mirror_each_other(labels: np.ndarray, noisy: list[CrossValidation]) -> None:
    rng = np.random.default_rng(1)
    better = crossvalidations([labels + rng.normal(size=40) for _ in range(5)], labels)
    one, other = (
        soft_majority(it) for it in ({"a": better, "b": noisy}, {"a": noisy, "b": better})
    )
    assert one["difference"] == pytest.approx(-other["difference"])
    assert (one["low"], one["high"]) == pytest.approx((-other["high"], -other["low"]))
    assert (one["auroc"], one["other_auroc"]) == (other["other_auroc"], other["auroc"])
    for column in ("p_value", "detectable"):
        assert one[column] == pytest.approx(other[column])
    assert one["same_sign"] == other["same_sign"]


def test_models_that_rank_alike_are_equal(noisy: list[CrossValidation]) -> None:
    alike = [replace(it, test=it.test.assign(logit=3 * it.test["logit"] - 1)) for it in noisy]
    for other in (noisy, alike):
        row = soft_majority({"a": noisy, "b": other})
        assert row[["difference", "low", "high", "p_value"]].tolist() == [0, 0, 0, 1]
        assert math.isnan(row["detectable"])  # of models that never differ nothing is known
        assert not row["same_sign"]


def test_a_difference_that_no_draw_changes_cannot_be_tested(labels: np.ndarray) -> None:
    perfect, constant = (crossvalidations([it] * 3, labels) for it in (1.0 * labels, 0.0 * labels))
    row = soft_majority({"a": perfect, "b": constant})
    assert (row["auroc"], row["other_auroc"], row["difference"]) == (1, 0.5, 0.5)
    assert row[["low", "high", "p_value", "detectable"]].isna().all()


def test_too_few_of_a_class_are_compared_without_a_test() -> None:
    rng = np.random.default_rng(0)
    for n, enough in ((12, False), (14, True)):
        labels = np.arange(n) % 2
        models = {
            name: crossvalidations([labels + rng.normal(size=n) for _ in range(3)], labels, folds=2)
            for name in "ab"
        }
        row = soft_majority(models)
        assert 0 < row["auroc"] < 1
        tested = row[["low", "high", "p_value", "detectable"]]
        assert tested.notna().all() if enough else tested.isna().all()


def test_where_no_fold_has_both_classes_pooled_scores_are_compared(labels: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    models = {}
    for name in "ab":
        repeats = crossvalidations([labels + rng.normal(size=40) for _ in range(2)], labels)
        # Each speaker in a fold of their own.
        models[name] = [replace(it, test=it.test.assign(fold=np.arange(40))) for it in repeats]
    row = soft_majority(models)
    pooled = [auroc_of_table(it.test, pooled=True) for it in models["a"]]
    assert row["auroc"] == pytest.approx(np.mean(pooled))
    assert 0 < row["p_value"] < 1


def test_where_folds_of_one_model_have_no_pairs_both_are_pooled(labels: np.ndarray) -> None:
    """In one repeat of one model: values of other kinds have no difference and no mean."""
    rng = np.random.default_rng(0)
    one, other = (
        crossvalidations([labels + rng.normal(size=40) for _ in range(2)], labels) for _ in "ab"
    )
    apart = [one[0], replace(one[1], test=one[1].test.assign(fold=labels))]
    for models in ({"a": apart, "b": other}, {"a": other, "b": apart}):
        row = soft_majority(models)
        for column, name in (("auroc", "a"), ("other_auroc", "b")):
            pooled = [auroc_of_table(it.test, pooled=True) for it in models[name]]
            assert row[column] == pytest.approx(np.mean(pooled))


def test_a_handful_of_pairs_is_not_compared_where_all_scores_can_be(labels: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    models = {}
    for name in "ab":
        (repeat,) = crossvalidations([labels + rng.normal(size=40)], labels)
        # One fold tests three of each class, and all others one speaker.
        fold = np.where(np.arange(40) < 6, 0, np.arange(40))
        models[name] = [replace(repeat, test=repeat.test.assign(fold=fold))]
    row = soft_majority(models)
    assert row["auroc"] == pytest.approx(auroc_of_table(models["a"][0].test, pooled=True))
    assert np.isfinite(row[["low", "high", "p_value"]].astype(float)).all()


def test_intervals_of_differences_end_where_differences_do(labels: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    right = crossvalidations([1.0 * labels] * 2, labels)
    wrong = crossvalidations([-0.4 * labels + rng.normal(0, 0.3, 40) for _ in range(2)], labels)
    row = soft_majority({"a": right, "b": wrong})
    assert row["difference"] > 0.7
    assert row["low"] < row["difference"] < row["high"] == 1
    other = soft_majority({"b": right, "a": wrong})
    assert (other["low"], other["high"]) == pytest.approx((-1, -row["low"]))


@pytest.mark.parametrize("lacking", [0, 1])
def test_only_speakers_whom_both_have_judged_count(lacking: int) -> None:
    study = simulate_study(CELLS[:2])
    gone = study.crossvalidations[CELLS[0]][0].test["speaker_id"].iloc[0]

    def without_speaker(*cells: Cell) -> Study:
        changed = dict(study.crossvalidations)
        for cell in cells:
            (whole,) = changed[cell]
            changed[cell] = [replace(whole, test=whole.test[whole.test["speaker_id"] != gone])]
        return Study(study.recordings, changed)

    partly = comparisons_table(without_speaker(CELLS[lacking]), draws=DRAWS)
    both = comparisons_table(without_speaker(*CELLS[:2]), draws=DRAWS)
    pd.testing.assert_frame_equal(partly, both)
    assert not partly.equals(comparisons_table(study, draws=DRAWS))


def test_only_repeats_that_both_have_count(study: Study, table: pd.DataFrame) -> None:
    cells = {cell: list(repeats) for cell, repeats in study.crossvalidations.items()}
    first, second, third = CELLS[:3]
    # One model lacks the first repeat, one the last two; in a common study both lack all three.
    cells[first], cells[second] = cells[first][1:], cells[second][:1]
    rows = comparisons_table(Study(study.recordings, cells), draws=DRAWS)
    rows = rows.query("subset == 'all' and features == 'mfcc13'").set_index(["model", "other"])
    assert set(rows.index) == {(first.model, third.model), (second.model, third.model)}
    assert set(rows.loc[(first.model, third.model), "repeats"]) == {2}
    assert set(rows.loc[(second.model, third.model), "repeats"]) == {1}
    only = {cell: study.crossvalidations[cell][1:] for cell in (first, third)}
    expected = comparisons_table(Study(study.recordings, only), draws=DRAWS)
    columns = list(Comparison._fields)
    found = rows.loc[[(first.model, third.model)], columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected[columns])


def test_other_models_change_only_the_correction(study: Study, table: pd.DataFrame) -> None:
    two = {cell: study.crossvalidations[cell] for cell in CELLS[:2]}
    alone = comparisons_table(Study(study.recordings, two), draws=DRAWS)
    whole = table.merge(alone[["subset", "features", "level", "model", "other"]])
    columns = [column for column in alone if column not in ("p_holm", "differs")]
    pd.testing.assert_frame_equal(alone[columns], whole[columns])
    assert (alone["p_holm"] == alone["p_value"]).all()


def test_one_model_or_none_has_no_comparison(study: Study) -> None:
    alone = {CELLS[0]: study.crossvalidations[CELLS[0]]}
    assert comparisons_table(Study(study.recordings, alone)).empty
    assert comparisons_table(Study(study.recordings, {})).empty
    nothing_done = {CELLS[0]: study.crossvalidations[CELLS[0]], CELLS[1]: []}
    assert comparisons_table(Study(study.recordings, nothing_done)).empty
