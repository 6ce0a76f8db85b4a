"""What the paper's Figure 2 shows: error rates by epoch."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.study import Cell, CrossValidation
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.drawings import Line, Panel
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.cells import cells_by_model
from dysarthria_lightning.reporting.paper.figure import PaperFigure, other_features
from dysarthria_lightning.reporting.paper.references import reference_of

_SIDES = {"validation": "Validation error", "train": "Training error"}


def error_figure(content: ReportContent) -> PaperFigure:
    """Arrange Figure 2: error rates by epoch.

    Args:
        content: Of the report.
    """
    errors = {
        cell: error_by_epoch(content.study.crossvalidations[cell])
        for cell in errors_asked(content)
        if cell in content.study.crossvalidations
    }
    largest = max((table["largest"].max() for table in errors.values()), default=0.5)
    last = max((int(table["epoch"].max()) for table in errors.values()), default=1)
    single = bool(errors) and all(table["runs"].max() == 1 for table in errors.values())
    remark = "One run of each model, so there is no band." if single else ""
    runs = (
        "" if single else "Mean over the runs still training; bands: smallest to largest of them. "
    )
    panels = []
    for side, title in _SIDES.items():
        lines = []
        for cell, table in errors.items():
            rows = table[table["side"] == side]
            least = rows.loc[rows["mean"].idxmin()]
            lines.append(
                Line(
                    cell.model,
                    paper.model_name(cell.model),
                    x=rows["epoch"].to_numpy(float),
                    y=rows["mean"].to_numpy(float),
                    low=rows["smallest"].to_numpy(float),
                    high=rows["largest"].to_numpy(float),
                    summary=f"{100 * least['mean']:.1f} % after epoch {least['epoch']:.0f}",
                )
            )
        panels.append(
            Panel(
                f"figure2-{side}",
                title,
                "Epoch",
                "Error rate",
                lines,
                summary_name="Lowest error",
                x_range=(1, max(last, 2)),
                x_ticks=_epoch_ticks(last),
                y_range=(0, float(np.ceil(20 * largest) / 20)),
            )
        )
    return PaperFigure(
        "figure2",
        "Figure 2. Known speakers: error rate by epoch",
        f"{runs}Early stopping ends a run before the last epoch. {remark}".strip()
        + (other_features(errors) if content.beside_paper else ""),
        [panels],
        remark,
    )


def error_by_epoch(repeats: Iterable[CrossValidation]) -> pd.DataFrame:
    """Average error rates over folds and repeats, epoch by epoch.

    A run that has stopped does not count any more.

    Args:
        repeats: Of one cell.

    Returns:
        One row per epoch of each ``side`` (``train``, ``validation``): ``epoch``, ``mean``,
        ``smallest``, ``largest``, ``runs``.
    """
    long = pd.concat([repeat.history for repeat in repeats], ignore_index=True).melt(
        id_vars="epoch",
        value_vars=["train_error", "validation_error"],
        var_name="side",
        value_name="error",
    )
    long["side"] = long["side"].str.removesuffix("_error")
    return (
        long.groupby(["side", "epoch"])["error"]
        .agg(mean="mean", smallest="min", largest="max", runs="count")
        .reset_index()
    )


def errors_asked(content: ReportContent) -> list[Cell]:
    """List the cells whose error rates are drawn by epoch; references have no epochs.

    Args:
        content: Of the report.
    """
    cells = cells_by_model(content, "known_speakers")
    return [cell for cell in cells if reference_of(content.study, cell.model) is None]


def _epoch_ticks(last: int) -> tuple[int, ...]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, last) if last / step <= 8)
    return (1, *range(max(step, 2), last + 1, step))
