"""A value that has no interval says the true reason."""

import numpy as np
import pandas as pd
import pytest

from dysarthria_lightning.evaluation.bootstrap import make_sample
from dysarthria_lightning.evaluation.study import Cell, CrossValidation
from dysarthria_lightning.evaluation.values import metrics_table


@pytest.mark.parametrize(
    ("n_dysarthric", "metric", "reason"),
    [
        (40, "average_precision", "no interval: the same in every draw"),
        (40, "auroc", ""),
        (5, "auroc", "fewer than 7 speakers of a class compared"),
    ],
)
def test_perfect_separation(n_dysarthric: int, metric: str, reason: str) -> None:
    values = judge_perfect(n_dysarthric)
    row = values[(values["level"] == "speaker_soft_majority") & (values["metric"] == metric)]
    assert row["reason"].tolist() == [reason]
    assert row["low"].notna().tolist() == [not reason]


def judge_perfect(n_dysarthric: int) -> pd.DataFrame:
    labels = (np.arange(60) < n_dysarthric).astype(int)
    probability = 0.1 + 0.8 * labels
    names = [f"s{number}" for number in range(60)]
    test = pd.DataFrame(
        {
            **{"recording_id": names, "speaker_id": names, "label": labels, "fold": 0},
            **{"probability": probability, "logit": np.log(probability / (1 - probability))},
        }
    )
    nothing = pd.DataFrame()
    repeat = CrossValidation(Cell("", "", "", ""), 0, test, nothing, nothing)
    return metrics_table(make_sample([repeat], np.random.default_rng(0), 50))
