"""Studies of any number of people, of whom some validate and others are tested."""

from dataclasses import replace

import numpy as np
import pandas as pd
from report_contents import build_content, make_crossvalidation

from dysarthria_lightning.evaluation.study import Cell, CrossValidation, Study
from dysarthria_lightning.reporting.content import ReportContent

CELL = Cell("novel_speakers", "all", "mfcc13", "lstm1")


def make_people(n_dysarthric: int, n_healthy: int, each: int = 2) -> pd.DataFrame:
    """Recordings of people of whom nothing but the label is known."""
    labels = [1] * n_dysarthric + [0] * n_healthy
    rows = [(f"P{n}/{k}", f"P{n}", label) for n, label in enumerate(labels) for k in range(each)]
    recordings = pd.DataFrame(rows, columns=["recording_id", "speaker_id", "label"])
    unknown = {"gender": None, "age": np.nan, "severity": np.nan}
    return recordings.assign(**unknown, syllable=None, syllable_type=None)


def divide(
    recordings: pd.DataFrame, repeat: int, folds: int, validating: int | None
) -> CrossValidation:
    """Divide people as the paper does: some validate in every fold; None: folds do in turn."""
    whole = make_crossvalidation(CELL, repeat, recordings)
    people = recordings["speaker_id"].unique()
    order = np.random.default_rng(repeat).permutation(people)
    always = set(order[: validating or 0])
    fold_of = {who: n % folds for n, who in enumerate(it for it in order if it not in always)}
    scored = whole.test.assign(fold=whole.test["speaker_id"].map(fold_of))
    test = scored.dropna().astype({"fold": int})
    if validating is None:
        validation = test.assign(fold=(test["fold"] - 1) % folds)
    else:
        fixed = scored[scored["speaker_id"].isin(always)]
        validation = pd.concat([fixed.assign(fold=fold) for fold in range(folds)])
    return replace(whole, test=test, validation=validation)


def content_of(
    n_dysarthric: int,
    n_healthy: int,
    repeats: int = 1,
    folds: int = 3,
    validating: int | None = None,
) -> ReportContent:
    """A report of one network on people of whom nothing but the label is known."""
    recordings = make_people(n_dysarthric, n_healthy)
    crossvalidations = [divide(recordings, it, folds, validating) for it in range(repeats)]
    made = build_content(cells=(CELL,), asked=(CELL,), repeats=repeats, corpus="mine")
    return replace(made, study=Study(recordings, {CELL: crossvalidations}))
