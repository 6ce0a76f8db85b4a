"""The AUROC of matched speakers is that of a loop over pairs."""

import numpy as np
import pandas as pd
import pytest

from dysarthria_lightning.auditing.demographics import demographics_of, matched_auroc
from dysarthria_lightning.evaluation.bootstrap import make_sample
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY, score_speakers
from dysarthria_lightning.evaluation.study import Cell, CrossValidation

SPEAKERS = [f"S{number:02d}" for number in range(40)]


def predictions(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "speaker_id": np.repeat(SPEAKERS, 2),
            "label": np.repeat(np.arange(40) % 2, 2),
            "fold": np.repeat(rng.permutation(40) % 4, 2),
        }
    )
    logits = table["label"] + rng.normal(size=80)
    return table.assign(logit=logits, probability=1 / (1 + np.exp(-logits)))


def test_only_pairs_of_one_sex_fold_and_about_one_age_count() -> None:
    rng = np.random.default_rng(0)
    demographics = pd.DataFrame(
        {"age": rng.integers(50, 65, 40).astype(float), "is_male": rng.integers(0, 2, 40) * 1.0},
        index=pd.Index(SPEAKERS, name="speaker_id"),
    )
    tests = [predictions(seed) for seed in (1, 2)]
    nothing = pd.DataFrame()
    repeats = [
        CrossValidation(Cell("", "", "", ""), number, test, nothing, nothing)
        for number, test in enumerate(tests)
    ]
    sample = make_sample(repeats, rng, draws=200)
    estimate, n_speakers = matched_auroc(sample, SOFT_MAJORITY.key, demographics)
    expected, compared = [], set()
    for test in tests:
        scores = score_speakers(test, SOFT_MAJORITY)["score"]
        folds = test.groupby("speaker_id")["fold"].first()
        won = pairs = 0.0
        for patient in SPEAKERS[1::2]:
            for healthy in SPEAKERS[::2]:
                one, other = demographics.loc[patient], demographics.loc[healthy]
                same = folds[patient] == folds[healthy] and one.is_male == other.is_male
                if same and abs(one.age - other.age) <= 5:
                    pairs += 1
                    won += (scores[patient] > scores[healthy]) + 0.5 * (
                        scores[patient] == scores[healthy]
                    )
                    compared |= {patient, healthy}
        expected.append(won / pairs)
    assert estimate.value == pytest.approx(np.mean(expected))
    assert estimate.low < estimate.value < estimate.high
    assert n_speakers == len(compared)


def test_speakers_without_a_match_have_no_value() -> None:
    demographics = pd.DataFrame(
        {"age": np.where(np.arange(40) % 2, 80.0, 40.0), "is_male": 1.0}, index=SPEAKERS
    )
    nothing = pd.DataFrame()
    repeat = CrossValidation(Cell("", "", "", ""), 0, predictions(0), nothing, nothing)
    sample = make_sample([repeat], np.random.default_rng(0), draws=20)
    estimate, n_speakers = matched_auroc(sample, SOFT_MAJORITY.key, demographics)
    assert np.isnan(estimate).all()
    assert n_speakers == 0


def test_what_recordings_say_of_a_speaker_is_averaged() -> None:
    recordings = pd.DataFrame(
        {
            "speaker_id": ["A", "A", "B"],
            "age": [60.0, 62.0, None],
            "gender": ["male", None, "female"],
        }
    )
    found = demographics_of(recordings)
    assert found.loc["A"].tolist() == [61, 1]
    assert np.isnan(found.loc["B", "age"])
    assert found.loc["B", "is_male"] == 0
