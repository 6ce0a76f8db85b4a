"""Scores of any program: read as meant, refused in words, and judged as a loop over pairs does."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from auroc_oracles import auroc_of_table, mean_by_speaker
from simulated_studies import simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.api import judge_predictions
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.evaluation.score_tables import (
    ScoreTable,
    check_scores,
    choose_scores,
    judge_scores,
)

FILE = Path("scores.csv")
DRAWS = 60


def simulate(repeats: int = 1, rows: int = 1, n: int = 20) -> pd.DataFrame:
    """Speakers of alternating labels, in other folds in each repeat, with two scores."""
    rng = np.random.default_rng(0)
    parts = []
    for repeat in range(repeats):
        speakers = np.repeat(np.arange(n), rows)
        folds = (rng.permutation(n) % 4)[speakers]
        labels = speakers % 2
        score = rng.normal(size=n * rows) + labels
        parts.append(
            pd.DataFrame(
                {
                    "speaker_id": [f"S{speaker:02d}" for speaker in speakers],
                    "label": labels,
                    "score": score,
                    "score_b": score + rng.normal(size=n * rows),
                    "fold": folds,
                    "repeat": repeat,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def check(table: pd.DataFrame, *scores: str, path: Path = FILE) -> ScoreTable:
    return check_scores(table, scores or ["score"], path)


def judged(table: pd.DataFrame, *scores: str) -> pd.DataFrame:
    values, _ = judge_scores(check(table, *scores), draws=DRAWS)
    return values.set_index(["score", "level", "metric"])


def refused(table: pd.DataFrame, *scores: str, path: Path = FILE) -> str:
    with pytest.raises(CorpusError) as error:
        check(table, *scores, path=path)
    assert str(error.value).startswith(str(path))
    return str(error.value)


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("rows", [1, 3])
def test_values_are_those_of_a_loop_over_pairs(repeats: int, rows: int) -> None:
    table = simulate(repeats, rows)
    values = judged(table, "score", "score_b")
    levels = {"speaker_mean", "recording"} if rows > 1 else {"speaker_mean"}
    assert set(values.index.get_level_values("level")) == levels
    for score in ("score", "score_b"):
        for level in levels:
            tests = [test for _, test in table.groupby("repeat")]
            if level == "speaker_mean":
                tests = [mean_by_speaker(test, score) for test in tests]
            for metric, pooled in (("auroc_within_folds", False), ("auroc", True)):
                each = [auroc_of_table(test, score, pooled=pooled) for test in tests]
                row = values.loc[score, level, metric]
                assert row["value"] == pytest.approx(np.mean(each))
                assert row["smallest"] == pytest.approx(min(each))
                assert row["largest"] == pytest.approx(max(each))
                assert row["repeats"] == repeats
                assert row["low"] < row["value"] < row["high"]


def test_a_run_s_predictions_have_the_values_that_the_package_gives_them() -> None:
    recordings = simulate_recordings(np.random.default_rng(1))
    predictions = simulate_crossvalidation(recordings, np.random.default_rng(0)).test
    assert choose_scores(list(predictions.columns)) == ["probability"]
    values, comparisons = judge_scores(check(predictions, "probability"), seed=3, draws=DRAWS)
    assert comparisons.empty
    expected = judge_predictions(predictions, seed=3, draws=DRAWS).set_index(["level", "metric"])
    # A speaker's mean probability is soft majority.
    for level, theirs in (("recording", "recording"), ("speaker_mean", "speaker_soft_majority")):
        ours = values[values["level"] == level].set_index("metric")
        assert len(ours) >= 2
        for metric in ours.index:
            for column in ("value", "low", "high"):
                assert ours.loc[metric, column] == expected.loc[(theirs, metric), column]
    within = values.query("level == 'recording'").set_index("metric").loc["auroc_within_folds"]
    assert within["value"] == pytest.approx(auroc_of_table(predictions))


def test_speakers_of_the_same_ratings_tie_in_whatever_order_these_stand() -> None:
    ratings = {"S0": [0.1, 0.2, 0.3], "S1": [0.3, 0.2, 0.1]}
    assert sum(ratings["S0"]) / 3 != sum(ratings["S1"]) / 3
    for patient in ratings:
        rows = [
            {"speaker_id": speaker, "label": speaker == patient, "score": rating}
            for speaker, scores in ratings.items()
            for rating in scores
        ]
        values = judged(pd.DataFrame(rows).astype({"label": int}))
        assert values.loc[("score", "speaker_mean", "auroc"), "value"] == 0.5


def test_without_folds_all_pairs_are_of_one_model() -> None:
    table = simulate(2).drop(columns="fold")
    assert not check(table).has_folds
    values = judged(table)
    expected = np.mean(
        [auroc_of_table(test, "score", pooled=True) for _, test in table.groupby("repeat")]
    )
    for metric in ("auroc_within_folds", "auroc"):
        assert values.loc["score", "speaker_mean", metric]["value"] == pytest.approx(expected)


def test_two_columns_are_compared_and_more_are_corrected() -> None:
    table = simulate(3)
    table["score_c"] = -5.0 * table["label"]  # wrong of everybody
    _, two = judge_scores(check(table, "score_b", "score"), draws=DRAWS)
    (pair,) = two.itertuples()
    # In alphabetical order, the one less the other.
    assert (pair.model, pair.other) == ("score", "score_b")
    each = {
        score: np.mean([auroc_of_table(test, score) for _, test in table.groupby("repeat")])
        for score in ("score", "score_b")
    }
    assert pair.difference == pytest.approx(each["score"] - each["score_b"])
    assert pair.p_holm == pair.p_value
    _, three = judge_scores(check(table, "score", "score_b", "score_c"), draws=DRAWS)
    assert len(three) == 3
    assert three["p_holm"].min() == pytest.approx(min(1, 3 * three["p_value"].min()))
    wrong = three.query("model == 'score' and other == 'score_c'").iloc[0]
    assert wrong["difference"] == pytest.approx(each["score"])
    assert wrong["differs"]


def test_a_column_of_any_name_may_hold_scores() -> None:
    """Also the one that tables of predictions call their score."""
    table = simulate().rename(columns={"score_b": "logit"})
    alone = judged(table)
    both = judged(table, "score", "logit")
    pd.testing.assert_frame_equal(both.loc[["score"]], alone)
    odd = judged(table.rename(columns={"score": "my score [dB]"}), "my score [dB]")
    assert odd.loc["my score [dB]"].equals(alone.loc["score"])


def test_scores_are_chosen_by_name() -> None:
    assert choose_scores(["label", "score"]) == ["score"]
    assert choose_scores(["score_b", "x", "score_a", "logit"]) == ["score_b", "score_a"]
    assert choose_scores(["logit", "probability"]) == ["probability"]
    assert choose_scores(["logit"]) == ["logit"]
    assert choose_scores(["score", "ours", "theirs"], ["theirs", "ours", "theirs"]) == [
        "theirs",
        "ours",
    ]
    with pytest.raises(CorpusError, match=r"no column of scores.*--scores NAME.*speaker_id, x"):
        choose_scores(["speaker_id", "x"])
    with pytest.raises(CorpusError, match="nope: there is no such column; there are: score"):
        choose_scores(["score"], ["nope"])
    for column in ("speaker_id", "label", "fold", "repeat"):
        with pytest.raises(CorpusError, match=f"the column {column} holds no scores"):
            choose_scores(["score", column], [column])


@pytest.mark.parametrize(
    ("column", "spell"),
    [
        ("label", {0: "0", 1: "1"}),
        ("label", {0: 0.0, 1: 1.0}),
        ("label", {0: "0.0", 1: " 1 "}),
        ("label", {0: "healthy", 1: "Dysarthric"}),
        ("fold", str),
        ("fold", float),
        ("fold", lambda fold: f" model {fold} "),
        ("repeat", lambda repeat: f"{repeat}.0"),
        ("repeat", lambda repeat: f"seed {repeat}"),
        ("speaker_id", lambda speaker: f" {speaker}"),
        ("score", str),
        ("score", lambda score: f" {score:+.17e} "),
        ("score", np.float32),
    ],
)
def test_spellings_are_read_alike(column: str, spell: Any) -> None:
    table = simulate(2)
    other = table.assign(**{column: table[column].map(spell)})
    expected, found = (judge_scores(check(it), draws=DRAWS)[0] for it in (table, other))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-6)


@pytest.mark.parametrize("kind", [int, float, "category"])
def test_ids_may_be_numbers_or_categories(kind: Any) -> None:
    table = simulate()
    numbers = table["speaker_id"].str[1:].astype(int).astype(kind)
    checked = check(table.assign(speaker_id=numbers))
    assert checked.rows["speaker_id"].nunique() == 20
    assert checked.rows["speaker_id"].iloc[11] == "11"
    expected = judge_scores(
        check(table.assign(speaker_id=numbers.astype(int).astype(str))), draws=9
    )
    pd.testing.assert_frame_equal(judge_scores(checked, draws=9)[0], expected[0])


def test_ids_that_only_end_like_numbers_stay_as_they_are() -> None:
    table = simulate()
    names = {"S00": "v1", "S02": "v1.0", "S04": "2.0", "S06": "1.2.0", "S08": "1.2"}
    rows = check(table.replace({"speaker_id": names})).rows
    assert list(rows["speaker_id"][[0, 2, 4, 6, 8]]) == ["v1", "v1.0", "2", "1.2.0", "1.2"]


def test_empty_rows_do_not_count() -> None:
    table = simulate().astype(object)
    blank = pd.DataFrame([[None] * 6, ["", "  ", "", None, "", ""]], columns=table.columns)
    longer = pd.concat([table[:5], blank, table[5:], blank], ignore_index=True)
    pd.testing.assert_frame_equal(check(longer).rows, check(table).rows)
    # But rows are numbered with them, as a spreadsheet does.
    longer.loc[8, "score"] = "high"
    assert "row 10: score is 'high'; expected a finite number" in refused(longer)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("speaker_id", None, "row 5: speaker_id is missing; expected an id"),
        ("speaker_id", " ", "row 5: speaker_id is missing; expected an id"),
        ("label", 2, "row 5: label is '2'; expected 0, 1, healthy or dysarthric"),
        ("label", "sick", "row 5: label is 'sick'; expected 0, 1, healthy or dysarthric"),
        ("label", None, "row 5: label is missing; expected"),
        ("label", 0.5, "row 5: label is '0.5'; expected"),
        ("score", "n/a", "row 5: score is 'n/a'; expected a finite number"),
        ("score", "0,5", "row 5: score is '0,5'; expected a finite number, such as -1.5"),
        ("score", None, "row 5: score is missing; expected"),
        ("score", np.nan, "row 5: score is missing; expected"),
        ("score", "inf", "row 5: score is 'inf'; expected a finite number"),
        ("score", -np.inf, "row 5: score is '-inf'; expected a finite number"),
        ("score", "1e999", "row 5: score is '1e999'; expected a finite number"),
        ("fold", None, "row 5: fold is missing; expected every row's fold, or no column"),
        ("fold", "", "row 5: fold is missing; expected every row's fold"),
        ("repeat", np.nan, "row 5: repeat is missing; expected every row's repeat, or no column"),
        ("label", 0, "speaker S03 has both labels"),
        ("fold", 9, "speaker S03 is in several folds of one repeat"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(column: str, value: Any, message: str) -> None:
    table = simulate(1, rows=2).astype(object)
    table = table.iloc[[0, 2, 4, 6, *range(len(table))]].reset_index(drop=True)
    table.loc[3, column] = value
    assert message in refused(table)
    # A Parquet file has no header to count.
    assert message.replace("row 5", "row 4") in refused(table, path=Path("scores.parquet"))


def test_only_the_first_of_many_wrong_values_is_shown() -> None:
    table = simulate().astype(object)
    table.loc[[3, 9], "score"] = "x"
    assert "row 5: score is 'x' (and 1 more row); expected" in refused(table)
    table["score"] = "x"
    assert "row 2: score is 'x' (and 19 more rows); expected" in refused(table)


def test_folds_of_some_repeats_only_are_refused() -> None:
    table = simulate(2).astype(object)
    table.loc[table["repeat"] == 1, "fold"] = None
    message = "row 22: fold is missing (and 19 more rows); expected every row's fold, or no column"
    assert message in refused(table)


@pytest.mark.parametrize("column", ["speaker_id", "label"])
def test_a_missing_column_is_named(column: str) -> None:
    assert f"column {column} is missing" in refused(simulate().drop(columns=column))


@pytest.mark.parametrize("column", ["speaker_id", "label", "score", "fold", "repeat"])
def test_a_column_that_is_there_twice_is_refused(column: str) -> None:
    table = simulate()
    twice = pd.concat([table, table[[column]]], axis=1)
    assert f"there is more than one column {column}" in refused(twice)


def test_there_must_be_something_to_compare() -> None:
    table = simulate(2)
    assert "there are no rows" in refused(table[:0])
    blank = pd.DataFrame("", index=range(3), columns=table.columns)
    assert "there are no rows" in refused(blank)
    only = {0: "healthy", 1: "dysarthric"}
    for label, name in only.items():
        assert f"all speakers are {name}" in refused(table[table["label"] == label])
    lacking = table[(table["repeat"] == 0) | (table["label"] == 1)].replace({"repeat": {1: "b"}})
    assert "repeat b has speakers of one class only" in refused(lacking)


def test_other_speakers_may_be_judged_in_each_repeat() -> None:
    table = simulate(2)
    table = table[(table["repeat"] == 0) | (table["speaker_id"] > "S03")]
    tests = [test for _, test in table.groupby("repeat")]
    expected = np.mean([auroc_of_table(test, "score") for test in tests])
    found = judged(table).loc["score", "speaker_mean", "auroc_within_folds"]
    assert found["value"] == pytest.approx(expected)
