"""Spearman's correlation against SciPy, with weights as copied patients."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from simulated_studies import simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.evaluation.intervals import expand_confidence
from dysarthria_lightning.evaluation.severity import severity_correlation, severity_table, spearman

pairs = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3))


@given(st.lists(pairs, min_size=2, max_size=12))
def test_weighted_correlations_are_scipys_of_copied_pairs(rows: list[tuple[int, int, int]]) -> None:
    x, y, weights = (np.array(column) for column in zip(*rows, strict=True))
    ours = spearman(x.astype(float), y.astype(float), weights[None].astype(float))[0]
    copied_x, copied_y = np.repeat(x, weights), np.repeat(y, weights)
    if len(set(copied_x)) < 2 or len(set(copied_y)) < 2:
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(stats.spearmanr(copied_x, copied_y).statistic)


def test_the_interval_is_scipys() -> None:
    rng = np.random.default_rng(0)
    severity = rng.integers(1, 5, 25).astype(float)
    table = pd.DataFrame(
        {
            "speaker_id": [f"S{number:02d}" for number in range(25)],
            "severity": severity,
            "score": severity + 2 * rng.normal(size=25),
        }
    )
    reference = stats.bootstrap(
        (table["severity"].to_numpy(), table["score"].to_numpy()),
        lambda x, y: stats.spearmanr(x, y).statistic,
        paired=True,
        vectorized=False,
        n_resamples=400,
        confidence_level=expand_confidence(25),
        method="BCa",
        rng=np.random.default_rng(3),
    )
    row = severity_correlation(table, np.random.default_rng(3), draws=400).iloc[0]
    expected = stats.spearmanr(table["severity"], table["score"]).statistic
    assert row["value"] == pytest.approx(expected)
    assert (row["low"], row["high"]) == pytest.approx(tuple(reference.confidence_interval))
    assert row["n_speakers"] == 25


def test_scores_are_means_over_the_repeats_that_tested_a_patient() -> None:
    recordings = simulate_recordings(np.random.default_rng(1))
    recordings.loc[recordings["speaker_id"] == "S03", "severity"] = np.nan
    # Some corpora give healthy speakers a severity too.
    recordings.loc[recordings["speaker_id"] == "S02", "severity"] = 0.0
    repeats = [
        simulate_crossvalidation(recordings, np.random.default_rng(r), repeat=r) for r in range(3)
    ]
    table = severity_table(repeats, recordings).set_index("speaker_id")
    severities = recordings.groupby("speaker_id")["severity"].first()
    n_tested = set()
    for speaker in recordings["speaker_id"].unique():
        scores = [
            repeat.test.loc[repeat.test["speaker_id"] == speaker, "probability"].mean()
            for repeat in repeats
        ]
        n_tested.add(int(np.isfinite(scores).sum()))
        if int(speaker[1:]) % 2 == 0 or speaker == "S03":
            assert speaker not in table.index
        else:
            assert table.loc[speaker, "score"] == pytest.approx(np.nanmean(scores))
            assert table.loc[speaker, "severity"] == severities[speaker]
    assert len(n_tested) > 1


@pytest.mark.parametrize("severity", ["missing", None, np.nan])
def test_nothing_known_gives_no_rows(severity: object) -> None:
    recordings = simulate_recordings(np.random.default_rng(1))
    repeats = [simulate_crossvalidation(recordings, np.random.default_rng(0))]
    if severity == "missing":
        recordings = recordings.drop(columns="severity")
    else:
        recordings["severity"] = severity
    table = severity_table(repeats, recordings)
    assert table.empty
    assert severity_correlation(table, np.random.default_rng(0), 10).empty


def test_one_severity_for_all_has_no_correlation() -> None:
    table = pd.DataFrame({"speaker_id": ["a", "b"], "severity": [1.0, 1.0], "score": [0.1, 0.2]})
    row = severity_correlation(table, np.random.default_rng(0), 10).iloc[0]
    assert np.isnan(row[["value", "low", "high"]].astype(float)).all()
    assert row["n_speakers"] == 2
