"""Which models are compared, on whom, and which tests make a family."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from simulated_studies import simulate_study

from dysarthria_lightning.evaluation.comparisons import comparisons_table
from dysarthria_lightning.evaluation.delong import compare_aurocs, correct_holm
from dysarthria_lightning.evaluation.study import Cell, Study

MODELS = ("baseline", "bilstm1", "lstm1")
CELLS = tuple(
    Cell(protocol, subset, "mfcc13", model)
    for protocol in ("novel_speakers", "known_speakers")
    for subset in ("all", "no_cv")
    for model in MODELS
)
FAMILY = ["subset", "features", "repeat", "level"]


@pytest.fixture(scope="module")
def study() -> Study:
    return simulate_study(CELLS, repeats=2)


def speakers_of(study: Study, subset: str, model: str, repeat: int) -> pd.DataFrame:
    test = study.crossvalidations[Cell("novel_speakers", subset, "mfcc13", model)][repeat].test
    test = test.assign(noisy_or=-np.log1p(-test["probability"]))
    return test.groupby("speaker_id").agg(
        label=("label", "first"),
        speaker_soft_majority=("probability", "mean"),
        speaker_noisy_or=("noisy_or", "mean"),
    )


def test_every_pair_of_a_repeat_is_compared_on_its_speakers(study: Study) -> None:
    table = comparisons_table(study).set_index([*FAMILY, "model", "other"])
    assert table.index.is_unique
    assert len(table) == 2 * 2 * 2 * 3
    for (subset, _, repeat, level, model, other), row in table.iterrows():
        one, two = (speakers_of(study, subset, name, repeat) for name in (model, other))
        expected = compare_aurocs(
            one["label"].to_numpy(), one[level].to_numpy(), two[level].to_numpy()
        )
        assert row[list(expected._fields)].tolist() == pytest.approx(list(expected))


def test_holm_corrects_within_a_family(study: Study) -> None:
    table = comparisons_table(study)
    for _, family in table.groupby(FAMILY):
        assert list(zip(family["model"], family["other"], strict=True)) == list(
            combinations(MODELS, 2)
        )
        assert family["p_holm"].tolist() == pytest.approx(
            list(correct_holm(family["p_value"].to_numpy()))
        )
    assert (table["p_holm"] > table["p_value"]).any()


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

    partly = comparisons_table(without_speaker(CELLS[lacking]))
    pd.testing.assert_frame_equal(partly, comparisons_table(without_speaker(*CELLS[:2])))
    assert not partly.equals(comparisons_table(study))


def test_repeats_meet_their_own_kind(study: Study) -> None:
    cells = {cell: list(repeats) for cell, repeats in study.crossvalidations.items()}
    # The second repeat of one model is not finished.
    cells[CELLS[0]] = cells[CELLS[0]][:1]
    table = comparisons_table(Study(study.recordings, cells))
    later = table.query("subset == 'all' and repeat == 1")
    assert set(zip(later["model"], later["other"], strict=True)) == {("bilstm1", "lstm1")}
    assert len(table.query("subset == 'all' and repeat == 0")) == 6


def test_one_model_or_none_has_no_comparison(study: Study) -> None:
    alone = {CELLS[0]: study.crossvalidations[CELLS[0]]}
    assert comparisons_table(Study(study.recordings, alone)).empty
    assert comparisons_table(Study(study.recordings, {})).empty
