"""The paper's Tables I to V, our values and the paper's: one row per entry.

Values are shares from 0 to 1, the paper's too.
"""

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pandas as pd

from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, GENDERS, HEALTHY
from dysarthria_lightning.evaluation.levels import RECORDING, SOFT_MAJORITY, SPEAKER_LEVELS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import (
    CELL_COLUMNS,
    ReportContent,
    number,
    primary_auroc,
)
from dysarthria_lightning.reporting.display import capitalised
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.cells import (
    cells_by_coefficients,
    cells_by_model,
    cells_by_subset,
    has_further_models,
)
from dysarthria_lightning.reporting.paper.references import reference_of

ENTRY_COLUMNS = [
    *("row", "column", *CELL_COLUMNS, "level", "metric"),
    *("value", "low", "high", "smallest", "largest", "chance_low", "chance_high", "repeats"),
    *("pooled", "pooled_low", "pooled_high", "reason", "pooled_reason"),
    *("paper", "difference", "difference_low", "difference_high"),
]
MAJORITY = "Majority classifier"

_ROWS = {DYSARTHRIC: "Dysarthric", HEALTHY: "Healthy", None: "Total"}


def corpus_counts(recordings: pd.DataFrame) -> pd.DataFrame:
    """Count speakers and recordings by class and gender: Table I.

    Args:
        recordings: One row per recording: ``speaker_id``, ``label``, ``gender``.

    Returns:
        One row per entry: ``row``, ``column``, ``n_speakers``, ``n_recordings``, ``share`` (of all
        recordings), and ``paper_n_speakers``, ``paper_n_recordings``, ``paper_share``, missing for
        what the paper does not have.
    """
    known = recordings["gender"].notna()
    columns: dict[str, tuple[tuple[str, ...], pd.Series]] = {}
    if known.any():
        columns |= {
            gender.capitalize(): ((gender,), recordings["gender"] == gender) for gender in GENDERS
        }
        if not known.all():
            columns["Gender unknown"] = ((), ~known)
    columns["Total"] = (GENDERS, pd.Series(True, index=recordings.index))
    n_paper = sum(n_recordings for _, n_recordings in paper.TABLE_I.values())
    entries = []
    for label, row in _ROWS.items():
        of_class = (recordings["label"] == label) | (label is None)
        for column, (genders, of_gender) in columns.items():
            rows = recordings[of_class & of_gender]
            theirs = [
                counts
                for (their_label, gender), counts in paper.TABLE_I.items()
                if gender in genders and label in (their_label, None)
            ]
            entries.append(
                {
                    "row": row,
                    "column": column,
                    "n_speakers": rows["speaker_id"].nunique(),
                    "n_recordings": len(rows),
                    "share": len(rows) / len(recordings) if len(recordings) else math.nan,
                    "paper_n_speakers": sum(n for n, _ in theirs) if theirs else None,
                    "paper_n_recordings": sum(n for _, n in theirs) if theirs else None,
                    "paper_share": sum(n for _, n in theirs) / n_paper if theirs else math.nan,
                }
            )
    counts = pd.DataFrame(entries)
    return counts.astype({"paper_n_speakers": "Int64", "paper_n_recordings": "Int64"})


def known_speakers_table(content: ReportContent) -> pd.DataFrame:
    """Judge single recordings of known speakers: Table II, under it the majority classifier.

    Args:
        content: Of the report.

    Returns:
        One row per entry, with :data:`ENTRY_COLUMNS`.
    """
    rows = [
        entry(content, row_name(content, cell, paper.MODELS), name, cell, RECORDING.key, metric)
        for cell in cells_by_model(content, "known_speakers")
        for metric, name in paper.TABLE_II_METRICS.items()
    ]
    labels = content.study.recordings["label"]
    share = labels.mean() if len(labels) else math.nan
    if not rows:
        return entries_table([])
    majority = {
        "row": MAJORITY,
        "column": paper.TABLE_II_METRICS["accuracy"],
        "level": RECORDING.key,
        "metric": "accuracy",
        "value": max(share, 1 - share),
        "repeats": 0,
        "paper": _share(paper.MAJORITY_ACCURACY) if content.beside_paper else math.nan,
    }
    return entries_table([*rows, majority])


def levels_table(content: ReportContent) -> pd.DataFrame:
    """Compare single recordings with whole speakers by AUROC: Table III, and what it lacks.

    Args:
        content: Of the report.

    Returns:
        One row per entry, with :data:`ENTRY_COLUMNS`. The columns are models as in the paper; where
        there are more than its own, which would be too wide, the rows are.
    """
    cells = cells_by_model(content, "novel_speakers")
    single = f"{capitalised(content.noun.singular)}-level"
    # The paper's models first.
    cells = sorted(cells, key=lambda cell: cell.model not in paper.LSTM_MODELS)
    entries = []
    for level in (*SPEAKER_LEVELS.values(), RECORDING):
        name = f"Speaker-level, {level.name}" if level.of_speakers else single
        for cell in cells:
            place = (name, row_name(content, cell, paper.LSTM_MODELS))
            row, column = reversed(place) if has_further_models(content) else place
            entries.append(auroc_entry(content, row, column, cell, level.key))
    return entries_table(entries)


def subsets_table(content: ReportContent) -> pd.DataFrame:
    """Compare types of syllables by speaker-level AUROC, soft majority: Table IV.

    Args:
        content: Of the report.

    Returns:
        One row per entry, with :data:`ENTRY_COLUMNS`.
    """
    return _speaker_level(content, cells_by_subset(content), lambda c: paper.subset_name(c.subset))


def coefficients_table(content: ReportContent) -> pd.DataFrame:
    """Compare numbers of coefficients by speaker-level AUROC, soft majority: Table V.

    Args:
        content: Of the report.

    Returns:
        One row per entry, with :data:`ENTRY_COLUMNS`.
    """
    return _speaker_level(
        content,
        cells_by_coefficients(content),
        lambda cell: f"N = {paper.n_coefficients(cell.features)}",
    )


def row_name(content: ReportContent, cell: Cell, papers: tuple[str, ...]) -> str:
    """Name a cell's row: by its model, and whether that is a reference or not in the paper.

    Args:
        content: Of the report.
        cell: Of the row.
        papers: The models that the paper has in the table.
    """
    name = paper.model_name(cell.model)
    if cell.model in (*papers, *paper.REFERENCES) or not content.beside_paper:
        return name
    is_reference = reference_of(content.study, cell.model)
    return f"{name} ({'reference' if is_reference else 'not in the paper'})"


def _speaker_level(
    content: ReportContent, rows: dict[str, list[Cell]], column: Callable[[Cell], str]
) -> pd.DataFrame:
    return entries_table(
        [
            auroc_entry(
                content,
                row_name(content, cell, paper.LSTM_MODELS),
                column(cell),
                cell,
                SOFT_MAJORITY.key,
            )
            for cells in rows.values()
            for cell in cells
        ]
    )


def entry(
    content: ReportContent, row: str, column: str, cell: Cell, level: str, metric: str
) -> dict[str, Any]:
    """Put a metric beside the paper's, with :data:`ENTRY_COLUMNS`.

    Args:
        content: Of the report.
        row: The entry's.
        column: The entry's.
        cell: What it is of.
        level: Its key.
        metric: One of ``metrics.METRICS``.
    """
    ours = _numbers(content.metric(cell, level, metric))
    theirs = paper.published(cell, level, metric) if content.beside_paper else math.nan
    return {
        **_place(row, column, cell, level, metric),
        **ours,
        **_compared(_share(theirs), ours),
    }


def auroc_entry(
    content: ReportContent, row: str, column: str, cell: Cell, level: str
) -> dict[str, Any]:
    """Put the AUROC that our results are about beside the pooled one, which the paper gives.

    Args:
        content: Of the report.
        row: The entry's.
        column: The entry's.
        cell: What it is of.
        level: Its key.
    """
    primary = primary_auroc(content, cell, level)
    pooled = entry(content, row, column, cell, level, "auroc")
    compared = {name: pooled[name] for name in ENTRY_COLUMNS[-4:]}
    if primary is None or primary["metric"] == "auroc":
        return pooled
    return {
        **_place(row, column, cell, level, str(primary["metric"])),
        **_numbers(primary),
        **{f"pooled{end}": pooled[of] for of, end in _ENDS.items()},
        **compared,
    }


_ENDS = {"value": "", "low": "_low", "high": "_high", "reason": "_reason"}
_NUMBERS = ("value", "low", "high", "smallest", "largest", "chance_low", "chance_high")


def _place(row: str, column: str, cell: Cell, level: str, metric: str) -> dict[str, Any]:
    return {"row": row, "column": column, **asdict(cell), "level": level, "metric": metric}


def _numbers(ours: dict[str, Any] | None) -> dict[str, Any]:
    found = ours or {}
    numbers = {name: number(found.get(name)) for name in _NUMBERS}
    reason = str(found.get("reason") or "")
    return {**numbers, "repeats": int(found.get("repeats", 0)), "reason": reason}


def _compared(theirs: float, ours: dict[str, Any]) -> dict[str, Any]:
    """Subtract the paper's value from ours and from the ends of our interval."""
    ends = {"": "value", "_low": "low", "_high": "high"}
    return {"paper": theirs} | {f"difference{to}": ours[of] - theirs for to, of in ends.items()}


def entries_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Gather entries (:func:`entry`), with :data:`ENTRY_COLUMNS`."""
    reasons = ("reason", "pooled_reason")
    types = {"repeats": "Int64"} | dict.fromkeys(reasons, "object")
    entries = pd.DataFrame(rows, columns=ENTRY_COLUMNS).astype(types)
    return entries.fillna(dict.fromkeys(reasons, ""))


def _share(percent: float) -> float:
    return round(percent / 100, 4)
