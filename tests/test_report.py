"""``report``: the numbers that the page has, about the corpus that was trained."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.evaluation.analysis import Analysis, analyse, judge
from dysarthria_lightning.evaluation.predictions import (
    make_predictions,
    pool_folds,
    read_predictions,
)
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.report import results
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper.texts import paper_text_tables
from dysarthria_lightning.reproduction.collect import collect_study, list_runs
from dysarthria_lightning.reproduction.plan import ReproductionRun
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import write_run

SPEAKERS, RECORDINGS = 36, 5
ROWS = pd.DataFrame(
    {
        "recording_id": f"S{speaker:02d}/{number}",
        "speaker_id": f"S{speaker:02d}",
        "label": speaker % 2,
        **dict.fromkeys(("gender", "age", "severity", "syllable", "syllable_type")),
    }
    for speaker in range(SPEAKERS)
    for number in range(RECORDINGS)
)


def finish(config: Config, content: str = "content", **changes: Any) -> Path:
    """Leave a fold as training does, with predictions that nothing was trained for."""
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    rng = np.random.default_rng(config.fold)
    tested = ROWS[ROWS["speaker_id"].str[1:].astype(int) % config.protocol.folds == config.fold]
    voice = rng.normal(size=SPEAKERS)[tested["speaker_id"].str[1:].astype(int)]
    logits = 1.2 * tested["label"] - 0.6 + voice + rng.normal(size=len(tested))
    predictions = make_predictions(tested, np.float32(logits))
    for name in (layout.PREDICTIONS, layout.VALIDATION_PREDICTIONS):
        predictions.to_parquet(folder / name)
    errors = {"epoch": [1], "train_error": [0.2], "validation_error": [0.3]}
    pd.DataFrame(errors).to_csv(folder / layout.HISTORY, index=False)
    record = {
        "fingerprint": fingerprint(config, content) | changes,
        "finished": "2026-01-02T03:04:05+00:00",
        "files": {},
    }
    write_run(record, folder)
    return folder


@pytest.fixture
def folds(tone_config: Callable[..., Config]) -> list[Config]:
    return [tone_config(f"fold={fold}") for fold in range(3)]


def analyse_page(folds: list[Config]) -> tuple[ReportContent, Analysis]:
    """What ``reproduce`` makes of the same runs."""
    planned = [ReproductionRun(config, (), 0) for config in folds]
    store: Any = SimpleNamespace(recordings=ROWS)
    usable = {run.folder for run in planned}
    study = collect_study(planned, store, usable)
    analysis = analyse(study)
    content = ReportContent(
        study, analysis, list_runs(planned, usable), "tones", "key", None, "full", 1, "", Path()
    )
    return content, analysis


def test_report_has_the_numbers_of_the_page_to_the_last_digit(folds: list[Config]) -> None:
    folders = [finish(config) for config in folds]
    content, analysis = analyse_page(folds)
    cell = Cell("novel_speakers", "all", "mfcc13", "lstm1")
    test = pool_folds([read_predictions(folder / layout.PREDICTIONS) for folder in folders])
    ours = judge(cell, test)
    pd.testing.assert_frame_equal(ours, analysis.metrics[ours.columns], check_exact=True)

    printed = dict(results(folds[0], []).rows)["AUROC"]
    page = dict(paper_text_tables(content)[2].rows)
    single, soft_majority, noisy_or = (
        page[name][0]
        for name in ("Syllable-level", "Speaker-level, soft majority", "Speaker-level, noisy-OR")
    )
    for entry, text in zip((single, soft_majority, noisy_or), printed, strict=True):
        assert text.value == f"{entry.value} ({entry.interval})"
