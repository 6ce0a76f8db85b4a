"""Models that give all recordings of a speaker one score are told from their predictions."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from simulated_studies import NOVEL, simulate_crossvalidation, simulate_recordings, simulate_study

from dysarthria_lightning.evaluation.analysis import analyse
from dysarthria_lightning.evaluation.study import Cell, CrossValidation, Study
from dysarthria_lightning.evaluation.whole_speakers import judges_whole_speakers


def simulate(change: Callable[[pd.DataFrame], pd.Series]) -> list[CrossValidation]:
    recordings = simulate_recordings(np.random.default_rng(1))
    made = [
        simulate_crossvalidation(recordings, np.random.default_rng(r), repeat=r) for r in range(2)
    ]
    return [replace(it, test=it.test.assign(logit=change(it.test))) for it in made]


def one_a_speaker(test: pd.DataFrame) -> pd.Series:
    return test.groupby("speaker_id")["logit"].transform("first")


def other_in_one_recording(test: pd.DataFrame) -> pd.Series:
    logit = one_a_speaker(test).copy()
    logit.iloc[3] = np.nextafter(logit.iloc[3], np.float32(9))
    return logit


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (one_a_speaker, True),
        (lambda test: test["logit"], False),
        (other_in_one_recording, False),
        (lambda test: 0.0 * test["logit"], False),
    ],
    ids=["one score a speaker", "a network", "one other recording", "one score for all"],
)
def test_one_score_a_speaker_is_told_from_predictions(
    change: Callable[[pd.DataFrame], pd.Series], expected: bool
) -> None:
    assert judges_whole_speakers(simulate(change)) == expected


def test_one_repeat_with_several_scores_is_enough() -> None:
    assert not judges_whole_speakers(
        [simulate(one_a_speaker)[0], simulate(lambda test: test["logit"])[1]]
    )


def test_one_recording_a_speaker_tells_nothing() -> None:
    repeats = simulate(one_a_speaker)
    single = [replace(it, test=it.test.drop_duplicates("speaker_id")) for it in repeats]
    assert not judges_whole_speakers(single)
    assert not judges_whole_speakers([])


def test_such_models_have_no_prompts_and_no_reading_length() -> None:
    study = simulate_study((NOVEL,))
    (network,) = study.crossvalidations[NOVEL]
    whole = Cell("novel_speakers", "all", "mfcc13", "functionals_c1")
    judged = replace(network, cell=whole, test=network.test.assign(logit=one_a_speaker))
    tables = analyse(Study(study.recordings, {NOVEL: [network], whole: [judged]}), 0, 20)
    for name in ("prompts", "reading_length"):
        assert set(getattr(tables, name)["model"]) == {"lstm1"}
    assert set(tables.subgroups["model"]) == {"lstm1", "functionals_c1"}
