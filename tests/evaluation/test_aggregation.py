"""The paper's equations 1 and 2, against a loop that spells them out."""

import math
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dysarthria_lightning.evaluation.aggregation import NOISY_OR_THRESHOLD, aggregate_speakers
from dysarthria_lightning.evaluation.predictions import make_predictions


def predictions_of(logits: list[float], speakers: list[str]) -> pd.DataFrame:
    recordings = pd.DataFrame(
        {
            "recording_id": [f"r{number:03d}" for number in range(len(logits))],
            "speaker_id": speakers,
            "label": [int(speaker in "bd") for speaker in speakers],
        }
    )
    return make_predictions(recordings, np.array(logits))


@given(st.lists(st.tuples(st.floats(-20, 20), st.sampled_from("abcd")), min_size=1, max_size=40))
def test_scores_equal_a_naive_loop(rows: list[tuple[float, str]]) -> None:
    sigmas = defaultdict(list)
    for logit, speaker in rows:
        sigmas[speaker].append(1 / (1 + math.exp(-logit)))
    logits, speakers = zip(*rows, strict=True)
    table = aggregate_speakers(predictions_of(list(logits), list(speakers)))
    assert list(table["speaker_id"]) == sorted(sigmas)
    for row in table.itertuples():
        values = sigmas[row.speaker_id]
        m = len(values)
        assert row.n_recordings == m
        assert row.label == int(row.speaker_id in "bd")
        assert row.soft_majority == pytest.approx(sum(values) / m)
        expected = 1 - sum(math.log(1 - sigma) for sigma in values) / m
        assert row.noisy_or == pytest.approx(expected, rel=1e-6)


def test_noisy_or_stays_finite_where_a_probability_rounds_to_one() -> None:
    table = aggregate_speakers(predictions_of([800.0, -800.0], ["a", "a"]))
    assert table["noisy_or"].item() == pytest.approx(1 + 800 / 2)


def test_the_threshold_is_the_score_of_a_speaker_with_one_half_throughout() -> None:
    table = aggregate_speakers(predictions_of([0.0, 0.0, 0.0], ["a", "a", "a"]))
    assert table["noisy_or"].item() == pytest.approx(NOISY_OR_THRESHOLD)
