"""Corpora trained on by corpora tested, as a table and as a heat map."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from dysarthria_lightning.reporting.content import number
from dysarthria_lightning.reporting.display import DASH, Text, TextTable, interval_of, percent
from dysarthria_lightning.reporting.drawings import HeatMap
from dysarthria_lightning.reporting.paper.values import describe_features, model_name
from dysarthria_lightning.runs.corpus_matrix import CorpusMatrix, can_be

#: Gives the command that trains a cell, from what is trained on and what is tested.
CellCommand = Callable[[str, str], str]

_WHAT = (
    "Speaker-level AUROC (%, soft majority) with its 95 % interval. Where a model is tested on "
    "another corpus than it was trained on, all speakers of that corpus are tested by one model. "
    "On the diagonal a cross-validation within the corpus tests them, and only speakers of the "
    "same fold are compared."
)
_LEAVES_OUT = (
    "The intervals say how much the values could change with other speakers of the same corpora. "
    "They do not say how well a model does on other corpora."
)


def matrix_table(matrix: CorpusMatrix, command: CellCommand | None = None) -> TextTable:
    """Show a matrix.

    Args:
        matrix: The finished cells.
        command: Trains a cell; None names no commands.
    """
    missing = matrix.missing()
    marks = {cell: str(place + 1) for place, cell in enumerate(missing)} if command else {}
    rows = [
        (source, [_text(matrix, source, tested, marks) for tested in matrix.tested])
        for source in matrix.sources
    ]
    notes = [("", _WHAT), ("", _LEAVES_OUT), *(("", note) for note in matrix.notes)]
    if command:
        notes += [
            (marks[cell], f"{cell[0]} to {cell[1]} is missing. To train it:\n  {command(*cell)}")
            for cell in missing
        ]
    name = f"corpora-{matrix.model}-{matrix.features}-{matrix.subset}"
    return TextTable(name, matrix_title(matrix), ["Trained on", *matrix.tested], rows, notes)


def matrix_title(matrix: CorpusMatrix) -> str:
    """Say what a matrix is of."""
    parts = [model_name(matrix.model), describe_features(matrix.features)]
    if matrix.subset != "all":
        parts.append(f"subset {matrix.subset}")
    return f"Trained on one corpus, tested on another: {', '.join(parts)}"


def _text(
    matrix: CorpusMatrix, source: str, tested: str, marks: dict[tuple[str, str], str]
) -> Text:
    row = matrix.find(source, tested)
    if row is None:
        if not can_be(source, tested):
            return Text("")
        mark = marks.get((source, tested))
        return Text(DASH, note=f"missing ({mark})" if mark else "missing")
    several = row["repeats"] > 1
    spread = f"{percent(number(row['smallest']))}–{percent(number(row['largest']))}"
    return Text(
        percent(number(row["value"])),
        _interval(row),
        spread=spread if several else "",
        note=f"{row['n_speakers']} speakers",
    )


def _interval(row: pd.Series) -> str:
    ends = (number(row[name]) for name in ("value", "low", "high"))
    return interval_of(*ends, reason=str(row["reason"] or ""))


def matrix_heat_map(matrix: CorpusMatrix) -> HeatMap:
    """Draw a matrix.

    Args:
        matrix: The finished cells.
    """
    values = np.full((len(matrix.sources), len(matrix.tested)), np.nan)
    texts, hovers = [], []
    for i, source in enumerate(matrix.sources):
        of_row, hover_row = [], []
        for j, tested in enumerate(matrix.tested):
            row = matrix.find(source, tested)
            said, more = "", ""
            if row is not None:
                values[i, j] = number(row["value"])
                said = f"{percent(values[i, j])}\n{_interval(row)}"
                more = f"{row['n_speakers']} speakers, {row['n_dysarthric']} dysarthric"
            elif can_be(source, tested):
                said = "missing"
            of_row.append(said)
            hover_row.append(more)
        texts.append(of_row)
        hovers.append(hover_row)
    return HeatMap(
        f"corpora-{matrix.model}-{matrix.features}-{matrix.subset}",
        matrix_title(matrix),
        "Tested on",
        "Trained on",
        matrix.tested,
        matrix.sources,
        values,
        texts,
        hovers,
    )


def matrix_data(matrices: list[CorpusMatrix]) -> pd.DataFrame:
    """Put matrices into one table of data, a row for each cell, finished or not.

    Args:
        matrices: Of several models or features.
    """
    tables = []
    for matrix in matrices:
        missing = pd.DataFrame(matrix.missing(), columns=["train", "test"])
        parts = [matrix.table.assign(state="finished"), missing.assign(state="missing")]
        table = pd.concat([part for part in parts if len(part)], ignore_index=True)
        tables.append(
            table.assign(subset=matrix.subset, features=matrix.features, model=matrix.model)
        )
    columns = ["subset", "features", "model", "train", "test", "state"]
    numbers = [it for it in matrices[0].table.columns if it not in columns] if matrices else []
    joined = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return joined.reindex(columns=[*columns, *numbers])
