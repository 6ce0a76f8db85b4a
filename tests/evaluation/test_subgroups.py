"""AUROC within groups against a loop over pairs, and who belongs to a group."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from auroc_oracles import auroc_of_table, mean_by_speaker
from simulated_studies import simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.evaluation.bootstrap import Sample, make_sample
from dysarthria_lightning.evaluation.intervals import (
    FEWEST_OF_CLASS,
    bca_interval,
    expand_confidence,
)
from dysarthria_lightning.evaluation.shrinkage import shrink
from dysarthria_lightning.evaluation.subgroups import prompts_table, subgroups_table


@pytest.fixture
def recordings() -> pd.DataFrame:
    return simulate_recordings(np.random.default_rng(1), n_speakers=48)


def sample_of(recordings: pd.DataFrame, repeats: int = 1, draws: int = 60) -> Sample:
    return make_sample(
        [
            simulate_crossvalidation(recordings, np.random.default_rng(r), repeat=r)
            for r in range(repeats)
        ],
        np.random.default_rng(0),
        draws,
    )


def with_metadata(sample: Sample, recordings: pd.DataFrame) -> list[pd.DataFrame]:
    metadata = recordings.drop(columns=["speaker_id", "label"])
    return [r.crossvalidation.test.merge(metadata, on="recording_id") for r in sample.repeats]


def recording_auroc(rows: pd.DataFrame, counts: dict[str, float] | None = None) -> float:
    """Every pair of a fold's recordings, as often as its speakers were drawn together."""
    drawn = rows["speaker_id"].map(counts).to_numpy() if counts else np.ones(len(rows))
    scores, folds = rows["logit"].to_numpy(), rows["fold"].to_numpy()
    patients = rows["label"].to_numpy() == 1
    pairs = np.outer(drawn[patients], drawn[~patients])
    pairs *= folds[patients][:, None] == folds[~patients]
    won = scores[patients][:, None] > scores[~patients]
    return float((pairs * won).sum() / pairs.sum()) if pairs.any() else np.nan


def speaker_auroc(rows: pd.DataFrame) -> float:
    return auroc_of_table(mean_by_speaker(rows, "probability"), "probability")


def test_groups_of_speakers_are_compared_within_folds(recordings: pd.DataFrame) -> None:
    sample = sample_of(recordings, repeats=2)
    tests = with_metadata(sample, recordings)
    table = subgroups_table(sample, recordings).set_index(["grouping", "group", "level"])
    queries = {
        ("gender", "female"): "gender == 'female'",
        ("gender", "male"): "gender == 'male'",
        ("age", "under 40"): "age < 40",
        ("age", "40 to 59"): "40 <= age < 60",
        ("age", "60 and over"): "age >= 60",
    }
    assert set(table.index) == {
        (*group, level) for group in queries for level in sample.repeats[0].levels
    }
    for group, query in queries.items():
        members = [test.query(query) for test in tests]
        row = table.loc[(*group, "speaker_soft_majority")]
        assert row["value"] == pytest.approx(np.mean([speaker_auroc(m) for m in members]))
        single = table.loc[(*group, "recording")]
        expected = np.mean([auroc_of_table(rows) for rows in members])
        assert single["value"] == pytest.approx(expected)
        speakers = pd.concat(members).drop_duplicates("speaker_id")
        assert row["n_speakers"] == len(speakers)
        assert row["n_dysarthric"] == speakers["label"].sum()


def test_intervals_draw_speakers_and_keep_those_of_the_group(recordings: pd.DataFrame) -> None:
    sample = sample_of(recordings)
    (test,) = with_metadata(sample, recordings)
    women = test.query("gender == 'female'")
    values = []
    for weights in sample.resample.weights:
        counts = dict(zip(sample.resample.speakers, weights, strict=True))
        drawn = women.loc[women.index.repeat(women["speaker_id"].map(counts).astype(int))]
        values.append(auroc_of_table(drawn))
    first = sample.resample.first_draw
    confidence = expand_confidence(women["speaker_id"].nunique())
    ends = bca_interval(values[0], np.array(values[1:first]), np.array(values[first:]), confidence)
    table = subgroups_table(sample, recordings).set_index(["group", "level"])
    row = table.loc["female", "recording"]
    assert (row["value"], row["low"], row["high"]) == pytest.approx((values[0], *ends))


def test_a_group_of_too_few_of_a_class_keeps_its_value_without_interval(
    recordings: pd.DataFrame,
) -> None:
    sample = sample_of(recordings, repeats=2)
    tested = sample.resample.speakers
    patients = {*tested[sample.labels == 1][: FEWEST_OF_CLASS - 1]}
    extra = {*tested[sample.labels == 1][:FEWEST_OF_CLASS]}
    healthy = {*tested[sample.labels == 0]}
    for chosen, enough in ((patients, False), (extra, True)):
        inside = recordings["speaker_id"].isin(chosen | healthy)
        changed = recordings.assign(
            gender=np.where(inside, "female", None), syllable_type=np.where(inside, "vowel", None)
        )
        groups = subgroups_table(sample, changed).query("grouping == 'gender'")
        assert set(groups["n_dysarthric"]) == {len(chosen)}
        prompts = prompts_table(sample, changed).query("grouping == 'syllable_type'")
        for table in (groups, prompts):
            assert len(table)
            assert table["value"].notna().all()
            assert (table[["low", "high"]].notna() == enough).all(axis=None)


@pytest.mark.parametrize(
    ("age", "group"),
    [(39.9, "under 40"), (40.0, "40 to 59"), (59.9, "40 to 59"), (60.0, "60 and over")],
)
def test_ages_belong_to_groups(recordings: pd.DataFrame, age: float, group: str) -> None:
    sample = sample_of(recordings)
    table = subgroups_table(sample, recordings.assign(age=age)).query("grouping == 'age'")
    assert set(table["group"]) == {group}


def test_unknown_speakers_are_in_no_group(recordings: pd.DataFrame) -> None:
    sample = sample_of(recordings)
    unknown = recordings["speaker_id"] < "S16"
    changed = recordings.assign(
        gender=recordings["gender"].where(~unknown, None), age=recordings["age"].mask(unknown)
    )
    table = subgroups_table(sample, changed).query("level == 'recording'")
    known = np.sum(sample.resample.speakers >= "S16")
    assert table.groupby("grouping")["n_speakers"].sum().to_dict() == {
        "age": known,
        "gender": known,
    }


def test_where_no_fold_tests_both_classes_groups_are_of_pooled_scores(
    recordings: pd.DataFrame,
) -> None:
    """As with leave-one-speaker-out."""
    made = [simulate_crossvalidation(recordings, np.random.default_rng(r)) for r in range(2)]
    alone = [
        replace(it, test=it.test.assign(fold=pd.factorize(it.test["speaker_id"])[0]), repeat=r)
        for r, it in enumerate(made)
    ]
    sample = make_sample(alone, np.random.default_rng(0), 60)
    tests = with_metadata(sample, recordings)
    for table, query in (
        (subgroups_table(sample, recordings), "gender == 'female'"),
        (prompts_table(sample, recordings), "syllable_type == 'consonant_a'"),
    ):
        group = query.split("'")[1]
        rows = table[table["group"] == group]
        row = rows[rows["level"] == "recording"].iloc[0] if "level" in rows else rows.iloc[0]
        pooled = [auroc_of_table(test.query(query), pooled=True) for test in tests]
        assert row["value"] == pytest.approx(np.mean(pooled))
        assert row["low"] < row["value"] < row["high"]


def test_a_repeat_that_compares_nobody_of_a_group_does_not_count(recordings: pd.DataFrame) -> None:
    made = [simulate_crossvalidation(recordings, np.random.default_rng(r)) for r in range(2)]
    metadata = recordings.set_index("recording_id")
    # In the second repeat patients among the women are tested in a fold of their own.
    women = metadata["gender"].reindex(made[1].test["recording_id"]).to_numpy() == "female"
    apart = women & (made[1].test["label"] == 1).to_numpy()
    made[1] = replace(made[1], test=made[1].test.assign(fold=made[1].test["fold"].mask(apart, 9)))
    recordings = recordings.assign(syllable_type=recordings["gender"])
    both, first = (make_sample(it, np.random.default_rng(0), 60) for it in (made, made[:1]))
    for tabulate in (subgroups_table, prompts_table):
        of_both, of_first = (
            tabulate(sample, recordings).query("group == 'female'") for sample in (both, first)
        )
        assert of_both["value"].notna().all()
        assert of_both["value"].tolist() == pytest.approx(of_first["value"].tolist())


def test_a_group_that_no_repeat_compares_has_no_auroc(recordings: pd.DataFrame) -> None:
    repeat = simulate_crossvalidation(recordings, np.random.default_rng(0))
    metadata = recordings.set_index("recording_id")
    women = metadata["gender"].reindex(repeat.test["recording_id"]).to_numpy() == "female"
    apart = women & (repeat.test["label"] == 1).to_numpy()
    repeat = replace(repeat, test=repeat.test.assign(fold=repeat.test["fold"].mask(apart, 9)))
    recordings = recordings.assign(syllable_type=recordings["gender"])
    sample = make_sample([repeat], np.random.default_rng(0), 60)
    for tabulate in (subgroups_table, prompts_table):
        table = tabulate(sample, recordings).set_index("group")
        assert table.loc["female", ["value", "low", "high"]].isna().all(axis=None)
        assert np.isfinite(table.loc[["male"], "value"]).all()


def test_a_group_of_one_class_has_no_auroc(recordings: pd.DataFrame) -> None:
    sample = sample_of(recordings)
    changed = recordings.assign(
        gender=recordings["label"].map({0: "female", 1: "male"}),
        syllable_type=recordings["label"].map({0: "monophthong", 1: "consonant_a"}),
        syllable=None,
    )
    table = subgroups_table(sample, changed).query("grouping == 'gender'")
    assert table[["value", "low", "high"]].isna().all(axis=None)
    assert (table["n_speakers"] > 0).all()
    assert prompts_table(sample, changed)[["value", "low", "high"]].isna().all(axis=None)


def most_compared(members: list[pd.DataFrame]) -> tuple[int, int]:
    """Count speakers of each class who have a rival in their fold, in the repeat with most."""
    counts = []
    for rows in members:
        both = rows.groupby("fold")["label"].transform("nunique") == 2
        speakers = rows[both].drop_duplicates("speaker_id")["label"]
        counts.append(((speakers == 1).sum(), (speakers == 0).sum()))
    patients, healthy = np.max(counts, axis=0).tolist()
    return patients, healthy


def test_prompts_are_compared_within_folds(recordings: pd.DataFrame) -> None:
    sample = sample_of(recordings, repeats=2)
    tests = with_metadata(sample, recordings)
    table = prompts_table(sample, recordings).set_index(["grouping", "group"])
    for grouping in ("syllable_type", "syllable"):
        assert list(table.loc[grouping].index) == sorted(recordings[grouping].unique())
        for group, row in table.loc[grouping].iterrows():
            members = [test[test[grouping] == group] for test in tests]
            expected = np.mean([auroc_of_table(rows) for rows in members])
            assert row["value"] == pytest.approx(expected)
            assert row["n_recordings"] == pd.concat(members)["recording_id"].nunique()
            if min(most_compared(members)) >= FEWEST_OF_CLASS:
                assert row["low"] < row["value"] < row["high"]
            else:
                assert np.isnan(row["low"])


def test_prompts_are_drawn_towards_the_mean_of_their_grouping(recordings: pd.DataFrame) -> None:
    sample = sample_of(recordings, repeats=2, draws=20)
    tests = with_metadata(sample, recordings)
    table = prompts_table(sample, recordings)
    for grouping in ("syllable_type", "syllable"):
        rows = table.query("grouping == @grouping")
        drawn = sample.resample.weights[sample.resample.first_draw :]
        of_repeats = np.full((2, len(rows), len(sample.resample.weights)), np.nan)
        for row, weights in enumerate(drawn, sample.resample.first_draw):
            counts = dict(zip(sample.resample.speakers, weights, strict=True))
            for column, group in enumerate(rows["group"]):
                members = [test[test[grouping] == group] for test in tests]
                of_repeats[:, column, row] = [recording_auroc(m, counts) for m in members]
        means = [sample.average([*values]) for values in of_repeats.swapaxes(0, 1)]
        first = sample.resample.first_draw
        expected = shrink(rows["value"].to_numpy(), np.transpose(means)[first:])
        assert rows["shrunken"].to_numpy() == pytest.approx(expected.value, rel=1e-6)
        known = rows["low"].notna().to_numpy()
        for end, ends in (("shrunken_low", expected.low), ("shrunken_high", expected.high)):
            assert rows[end].to_numpy()[known] == pytest.approx(ends[known], rel=1e-6)
            assert rows[end][~known].isna().all()
        assert rows["shrunken"].std() <= rows["value"].std()


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_nothing_known_gives_no_rows(recordings: pd.DataFrame, how: str) -> None:
    sample = sample_of(recordings)
    columns = ["gender", "age", "syllable", "syllable_type"]
    if how == "missing":
        changed = recordings.drop(columns=columns)
    else:
        changed = recordings.assign(**dict.fromkeys(columns))
    assert subgroups_table(sample, changed).empty
    assert prompts_table(sample, changed).empty
