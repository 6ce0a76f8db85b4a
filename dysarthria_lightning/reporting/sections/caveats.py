"""What sections must say of some models, or of how all were tested."""

from dysarthria_lightning.evaluation.comparable import are_compared_within_folds
from dysarthria_lightning.evaluation.intervals import FEWEST_OF_CLASS
from dysarthria_lightning.evaluation.levels import RECORDING, score_levels
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.evaluation.whole_speakers import judges_whole_speakers
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.estimands import describe_pooled
from dysarthria_lightning.reporting.paper import values as paper


def pooled_note(content: ReportContent, cells: list[Cell]) -> str:
    """Say that scores are pooled where results are about those; nothing where they are not.

    Args:
        content: Of the report.
        cells: That are shown.
    """
    for cell in cells:
        repeats = content.study.crossvalidations.get(cell, [])
        items = [score_levels(it.test, [RECORDING])[RECORDING.key] for it in repeats]
        if repeats and not are_compared_within_folds(items):
            return f"{describe_pooled(only=True)} "
    return ""


def few_speakers_note(content: ReportContent, cells: list[Cell], what: str) -> str:
    """Say why nothing is said; nothing where no model is finished.

    Args:
        content: Of the report.
        cells: That are shown.
        what: Of which nothing is said.
    """
    if not any(content.study.crossvalidations.get(cell) for cell in cells):
        return ""
    return (
        f"Nothing is said of {what}, because fewer than {FEWEST_OF_CLASS} speakers of a class were "
        "tested. "
    )


def left_out_note(content: ReportContent, cells: list[Cell]) -> str:
    """Name the models of which recordings say nothing; nothing where there are none.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    names = [
        paper.model_name(cell.model)
        for cell in cells
        if judges_whole_speakers(content.study.crossvalidations.get(cell, []))
    ]
    if not names:
        return ""
    return (
        f"Left out, because all recordings of a speaker get one and the same score: "
        f"{', '.join(names)}. "
    )
