"""Where there is no dysarthria, the whole pipeline finds none."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.evaluation.analysis import judge
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.runs.repeats import Repeat
from dysarthria_lightning.training.run import train_run

pytestmark = pytest.mark.usefixtures("without_curves")

SEEDS = range(10)
FOLDS = 5


def judge_corpus(make_config: Callable[..., Config], *words: str) -> pd.Series:
    """Speaker-level AUROC within folds of a small corpus, from its making to the interval."""
    configs = [
        make_config(
            "data.recordings_per_speaker=4",
            "model=functionals",
            "protocol.stratify=true",
            f"protocol.folds={FOLDS}",
            f"fold={fold}",
            *words,
        )
        for fold in range(FOLDS)
    ]
    store = prepare_corpus(configs[0])
    folders: list[Path] = [train_run(config, store, show_progress=False) for config in configs]
    metrics = judge(Cell.of(configs[0]), [Repeat(configs[0], folders).test_predictions()])
    chosen = (metrics["level"] == "speaker_soft_majority") & (metrics["metric"] == WITHIN_FOLDS)
    return metrics[chosen].iloc[0]


@pytest.mark.slow
def test_intervals_hold_chance_where_nobody_has_dysarthria(
    make_config: Callable[..., Config],
) -> None:
    judged = [judge_corpus(make_config, "data.null=true", f"data.seed={seed}") for seed in SEEDS]
    held = [row["low"] <= 0.5 <= row["high"] for row in judged]
    assert sum(held) >= 8, [tuple(row[["value", "low", "high"]]) for row in judged]


@pytest.mark.slow
def test_patients_recorded_elsewhere_are_found_where_nobody_has_dysarthria(
    make_config: Callable[..., Config],
) -> None:
    """The test of the test: a channel of each class's own is heard at once."""
    row = judge_corpus(make_config, "data.null=true", "data.confound=channel")
    assert row["low"] > 0.5
