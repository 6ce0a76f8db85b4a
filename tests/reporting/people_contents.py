"""Reports of made-up people, as many as wanted."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from report_contents import EMPTY, build_content, make_runs

from dysarthria_lightning.evaluation.study import Cell, CrossValidation, Study
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.manuscript.paper_parts import paper_parts
from dysarthria_lightning.reporting.render.page import render_page

CELLS = tuple(Cell("novel_speakers", "all", "mfcc13", model) for model in ("lstm1", "baseline"))


def people(
    n: int,
    per_person: int = 4,
    repeats: int = 1,
    cells: tuple[Cell, ...] = CELLS,
    ids: dict[int, str] | None = None,
    **about: Any,
) -> ReportContent:
    """A report of made-up people, every other with dysarthria."""
    names = [(ids or {}).get(i, f"P{i:04d}") for i in range(n)]
    whose = np.repeat(np.arange(n), per_person)
    recordings = pd.DataFrame(
        {
            "recording_id": [f"{names[i]}/r{k}" for k, i in enumerate(whose)],
            "speaker_id": [names[i] for i in whose],
            "label": whose % 2,
            "gender": np.where(whose // 2 % 2, "male", "female"),
            "age": 30.0 + whose % 40,
            "severity": np.where(whose % 2, whose % 9, np.nan),
            "syllable": [f"s{k % 3}" for k in range(len(whose))],
            "syllable_type": "monophthong",
        }
    ).assign(**about)
    rng = np.random.default_rng(n)
    history = pd.DataFrame(columns=["fold", "epoch", "train_error", "validation_error"])

    def crossvalidation(cell: Cell, repeat: int) -> CrossValidation:
        logit = (
            2.0 * recordings["label"] - 1 + rng.normal(size=n)[whose] + rng.normal(size=len(whose))
        )
        test = recordings[["recording_id", "speaker_id", "label"]].assign(
            logit=logit, probability=1 / (1 + np.exp(-logit)), fold=whose // 2 % 2
        )
        return CrossValidation(cell, repeat, test, test[:0], history)

    study = Study(recordings, {c: [crossvalidation(c, r) for r in range(repeats)] for c in cells})
    return build_content(
        (), study=study, analysis=EMPTY, runs=make_runs(cells, repeats), repeats=repeats
    )


def page_of(content: ReportContent) -> str:
    """The page, without tables and figures of results."""
    nowhere = Path("/outputs/report")
    return render_page(content, [], [], [], paper_parts(content, []), nowhere, nowhere)
