"""Who was found and who was missed: every speaker's score, and what each recording adds to it."""

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY, score_speakers
from dysarthria_lightning.evaluation.predictions import sigmoid
from dysarthria_lightning.evaluation.study import Cell, CrossValidation, Study
from dysarthria_lightning.reporting.content import CELL_COLUMNS, ReportContent
from dysarthria_lightning.reporting.headline import headline_cell
from dysarthria_lightning.reporting.selection import shown_cells

SPEAKERS, RECORDINGS = "speakers.csv", "recordings.csv"
_ABOUT = ["gender", "age", "severity"]
_PROMPT = ["syllable", "syllable_type"]
_MEANS = ["probability", "contribution"]
_SPEAKER_COLUMNS = [
    *("speaker_id", "label", *_ABOUT, "score", "smallest", "largest", "n_recordings"),
    *("threshold", "called_dysarthric", "repeats", "repeats_called", "rank"),
]
_RECORDING_COLUMNS = [
    *("recording_id", "speaker_id", "label", *_PROMPT),
    *_MEANS,
]


def shown_first(content: ReportContent) -> list[Cell]:
    """List the cells whose people are shown, first the one of the report's first sentence.

    Args:
        content: Of the report.
    """
    best = headline_cell(content)
    return sorted(shown_cells(content), key=lambda cell: cell != best)


def people_tables(content: ReportContent) -> dict[str, pd.DataFrame]:
    """Make the tables of speakers and of recordings of the setting that is shown.

    Args:
        content: Of the report.

    Returns:
        By file name: one row per speaker and model, one row per recording and model. Each starts
        with the cell's columns.
    """
    study, cells = content.study, shown_cells(content)
    tables = {
        SPEAKERS: ([speakers_table(study, cell) for cell in cells], _SPEAKER_COLUMNS),
        RECORDINGS: ([recordings_table(study, cell) for cell in cells], _RECORDING_COLUMNS),
    }
    return {
        name: pd.concat(
            [table.assign(**vars(cell)) for cell, table in zip(cells, its, strict=True)]
        )[[*CELL_COLUMNS, *columns]]
        if its
        else pd.DataFrame(columns=[*CELL_COLUMNS, *columns])
        for name, (its, columns) in tables.items()
    }


def speakers_table(study: Study, cell: Cell) -> pd.DataFrame:
    """List the test speakers of a cell.

    Args:
        study: Which has finished it.
        cell: Which one.

    Returns:
        One row per speaker, sorted by id: ``label``, ``gender``, ``age``, ``severity``, ``score``
        (soft majority, mean over the repeats that tested them), ``smallest`` and ``largest`` of
        the repeats, ``n_recordings``, ``threshold``, ``called_dysarthric`` (the mean score is
        above it), ``repeats``, ``repeats_called`` (in how many the score was above it) and
        ``rank`` (1 is the highest score). What a speaker's score is not defined for is missing.
    """
    repeats, threshold = study.crossvalidations[cell], SOFT_MAJORITY.threshold
    with np.errstate(invalid="ignore"):  # of a network that diverged
        scored = pd.concat([score_speakers(repeat.test, SOFT_MAJORITY) for repeat in repeats])
    scored["above"] = scored["score"] > threshold
    by_speaker = scored.groupby(level="speaker_id")
    scores = by_speaker["score"].agg(["mean", "min", "max", "size", "count"])
    defined = scores["size"] == scores["count"]
    tested = pd.concat([it.test[["speaker_id", "recording_id"]] for it in repeats])
    about = study.recordings.reindex(columns=["speaker_id", *_ABOUT])
    called = (scores["mean"] > threshold).astype("boolean").where(defined)
    table = pd.DataFrame(
        {
            "label": by_speaker["label"].first(),
            "score": scores["mean"].where(defined),
            "smallest": scores["min"].where(defined),
            "largest": scores["max"].where(defined),
            "n_recordings": tested.groupby("speaker_id")["recording_id"].nunique(),
            "threshold": threshold,
            "called_dysarthric": called,
            "repeats": scores["size"],
            "repeats_called": by_speaker["above"].sum(),
        }
    )
    table["rank"] = table["score"].rank(ascending=False, method="min").astype("Int64")
    firsts = about.groupby("speaker_id").first()
    return table.join(firsts).reset_index()[_SPEAKER_COLUMNS]


def recordings_table(study: Study, cell: Cell) -> pd.DataFrame:
    """List the test recordings of a cell.

    A speaker's score is the mean of their recordings' probabilities, so what speaks most for
    dysarthria is the recording of the highest probability, as in the figures of ``predict``.

    Args:
        study: Which has finished it.
        cell: Which one.

    Returns:
        One row per recording: ``recording_id``, ``speaker_id``, ``label``, ``syllable`` and
        ``syllable_type`` (the prompt), ``probability`` (mean over repeats) and ``contribution``:
        by how much it raises the score of its speaker, that is, the score less the score without
        it, mean over repeats; missing for a speaker's only recording. Sorted by speaker, from the
        highest contribution to the lowest.
    """
    parts = pd.concat([_contributions(repeat) for repeat in study.crossvalidations[cell]])
    of_recording = parts.groupby("recording_id")
    table = of_recording[["speaker_id", "label"]].first()
    means, counts = of_recording[_MEANS].mean(), of_recording[_MEANS].count()
    table = table.join(means.where(counts.eq(of_recording.size(), axis=0))).reset_index()
    prompts = study.recordings.reindex(columns=["recording_id", *_PROMPT])
    table = table.merge(prompts.drop_duplicates("recording_id"), "left", "recording_id")
    order = ["speaker_id", "contribution", "probability", "recording_id"]
    table = table.sort_values(order, ascending=[True, False, False, True], ignore_index=True)
    return table[_RECORDING_COLUMNS]


def _contributions(repeat: CrossValidation) -> pd.DataFrame:
    test = repeat.test[["recording_id", "speaker_id", "label"]]
    with np.errstate(invalid="ignore"):
        test = test.assign(probability=sigmoid(repeat.test["logit"].to_numpy(np.float64)))
    of_speaker = test.groupby("speaker_id")["probability"]
    n, total = of_speaker.transform("size"), of_speaker.transform("sum", min_count=1)
    others = (total - test["probability"]) / (n - 1).where(n > 1)
    return test.assign(contribution=total / n - others)
