"""Scores of any program, judged as those of this one: AUROC with intervals, two models compared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.data.tables import is_parquet
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.evaluation.bootstrap import DRAWS, make_sample
from dysarthria_lightning.evaluation.comparisons import compare_models, judge_differences
from dysarthria_lightning.evaluation.levels import MEAN_SCORE, RECORDING
from dysarthria_lightning.evaluation.study import Cell, CrossValidation
from dysarthria_lightning.evaluation.values import aurocs

_REQUIRED, _OPTIONAL = ("speaker_id", "label"), ("fold", "repeat")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+\.0")
_LABELS = {"0": 0, "healthy": 0, "1": 1, "dysarthric": 1}
# Where no column is called a score, those of a run's predictions. The mean probability is soft
# majority; the mean logit is not.
_OTHER_SCORES = ("probability", "logit")


@dataclass(frozen=True)
class ScoreTable:
    """Checked scores of speakers or of their recordings.

    Attributes:
        rows: ``speaker_id``, ``label`` (0 or 1), ``fold`` (numbered from 0), ``repeat`` and the
            score columns.
        scores: Names of the score columns.
        has_folds: Whether the table says which model judged whom.
    """

    rows: pd.DataFrame
    scores: list[str]
    has_folds: bool

    @property
    def n_repeats(self) -> int:
        """How often everybody was judged."""
        return int(self.rows["repeat"].nunique())


def choose_scores(columns: Sequence[str], asked: Sequence[str] = ()) -> list[str]:
    """Choose the columns that hold scores.

    Args:
        columns: Names of all columns.
        asked: Those that the user names; empty: all whose names begin with ``score``, else
            ``probability`` or ``logit``, the first that is there.

    Raises:
        CorpusError: A column that was asked for is not there or says who was judged, or none is
            found.
    """
    for name in asked:
        if name not in columns:
            raise CorpusError(f"{name}: there is no such column; there are: {', '.join(columns)}")
        if name in (*_REQUIRED, *_OPTIONAL):
            raise CorpusError(f"{name}: the column {name} holds no scores; name others")
    found = list(asked) or [name for name in columns if name.startswith("score")]
    found = found or [name for name in _OTHER_SCORES if name in columns][:1]
    if not found:
        raise CorpusError(
            "no column of scores: call it score, or name it with --scores NAME. There are: "
            + ", ".join(columns)
        )
    return list(dict.fromkeys(found))


def check_scores(table: pd.DataFrame, scores: Sequence[str], path: Path) -> ScoreTable:
    """Check a table of scores.

    Args:
        table: Rows as read: ``speaker_id``, ``label``, the score columns and, where they are
            there, ``fold`` and ``repeat``. Empty rows do not count.
        scores: Names of the score columns.
        path: The file, for messages, which count a CSV's rows from 2 after the header.

    Raises:
        CorpusError: A column is missing or there twice, or a value is not allowed, with its row.
    """
    known = [column for column in (*_REQUIRED, *_OPTIONAL, *scores) if column in table]
    for column in _REQUIRED:
        if column not in known:
            raise CorpusError(f"{path}: column {column} is missing; --help lists the columns")
    for column in known:
        if list(table.columns).count(column) > 1:
            raise CorpusError(f"{path}: there is more than one column {column}")
    table = _number_rows(table[known], path)
    if table.empty:
        raise CorpusError(f"{path}: there are no rows")
    cells = _Cells(table, path)
    labels = table["label"].map(lambda label: _LABELS.get(str(label).lower()))
    cells.refuse(table["speaker_id"].isna(), "speaker_id", "expected an id")
    cells.refuse(labels.isna(), "label", "expected 0, 1, healthy or dysarthric")
    rows = pd.DataFrame({"speaker_id": table["speaker_id"], "label": labels.astype(np.int64)})
    for column in _OPTIONAL:
        if column in table:
            cells.refuse(
                table[column].isna(), column, f"expected every row's {column}, or no column"
            )
        # Sorted, so that the order of rows changes nothing.
        rows[column] = pd.factorize(table[column], sort=True)[0] if column in table else 0
    for column in scores:
        numbers = pd.to_numeric(table[column], errors="coerce").astype(np.float64)
        cells.refuse(~np.isfinite(numbers), column, "expected a finite number, such as -1.5")
        rows[column] = numbers
    _check_speakers(rows, table, path)
    return ScoreTable(rows.reset_index(drop=True), list(scores), "fold" in table)


def check_folds(rows: pd.DataFrame, where: str = "") -> None:
    """Check that one model judged a speaker in each repeat.

    Args:
        rows: With ``speaker_id``, ``repeat`` and ``fold``.
        where: What a message begins with.

    Raises:
        CorpusError: A speaker is in several folds of a repeat.
    """
    folds = rows.groupby(["repeat", "speaker_id"])["fold"].nunique()
    if (folds > 1).any():
        _, speaker = folds.idxmax()
        raise CorpusError(
            f"{where}speaker {speaker} is in several folds of one repeat; expected one. Where "
            "everybody was judged several times, say so in a column repeat"
        )


def judge_scores(
    table: ScoreTable, seed: int = 0, draws: int = DRAWS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge score columns, and compare them with each other.

    Speakers are the unit: a speaker with several rows is scored by their mean, and single rows are
    judged too.

    Args:
        table: The checked scores.
        seed: Draws speakers and repeats.
        draws: Number of bootstrap samples.

    Returns:
        Rows of ``score`` (the column), ``level`` (``speaker_mean``, ``recording``), ``metric``
        (``auroc_within_folds``, ``auroc``, of recordings also ``auroc_by_speaker``), ``value``,
        ``low``, ``high``, ``smallest``, ``largest``, ``repeats``, ``chance_low`` and
        ``chance_high``; and of each pair of columns the difference at the level of speakers, see
        :func:`comparisons.comparisons_table`.
    """
    several = bool(table.rows.duplicated(["repeat", "speaker_id"]).any())
    levels = [MEAN_SCORE, RECORDING] if several else [MEAN_SCORE]
    models = {name: _crossvalidations(table, name) for name in table.scores}
    values = []
    for name, repeats in models.items():
        sample = make_sample(repeats, np.random.default_rng(seed), draws, levels)
        for level in levels:
            values += [{"score": name, **row} for row in aurocs(sample, level.key)]
    pairs = compare_models(models, seed, draws, [MEAN_SCORE])
    return pd.DataFrame(values), judge_differences(pd.DataFrame(pairs))


def _crossvalidations(table: ScoreTable, score: str) -> list[CrossValidation]:
    columns = ["speaker_id", "label", "repeat", *(["fold"] if table.has_folds else [])]
    rows = table.rows[columns].assign(logit=table.rows[score])
    nothing = pd.DataFrame()
    return [
        CrossValidation(Cell("", "", "", score), int(number), test, nothing, nothing)
        for number, test in rows.groupby("repeat")
    ]


def _number_rows(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the rows that say anything, as text, by the numbers that people count."""
    # Spreadsheets count a CSV's header as row 1, and its empty rows too.
    first = 1 if is_parquet(path) else 2
    table = table.set_axis(pd.RangeIndex(first, first + len(table))).astype(object)
    table = table.map(_clean)
    return table[table.notna().any(axis=1)]


def _clean(value: Any) -> str | None:
    """Strip a cell; 1, 1.0 and " 1 " read alike, and a cell of blanks is missing."""
    if pd.isna(value):
        return None
    text = str(value).strip()
    return text.removesuffix(".0") if _WHOLE_NUMBER.fullmatch(text) else text or None


@dataclass(frozen=True)
class _Cells:
    """The cells of a file, for messages about them."""

    table: pd.DataFrame
    path: Path

    def refuse(self, wrong: "pd.Series[bool]", column: str, allowed: str) -> None:
        """Say in which row the first wrong cell of a column is, and how many more there are."""
        if wrong.any():
            row, n_more = wrong.idxmax(), int(wrong.sum()) - 1
            value = self.table.loc[row, column]
            shown = "missing" if pd.isna(value) else repr(value)
            more = f" (and {n_more} more row{'s' if n_more > 1 else ''})" if n_more else ""
            raise CorpusError(f"{self.path}, row {row}: {column} is {shown}{more}; {allowed}")


def _check_speakers(rows: pd.DataFrame, table: pd.DataFrame, path: Path) -> None:
    labels = rows.groupby("speaker_id")["label"].nunique()
    if (labels > 1).any():
        raise CorpusError(
            f"{path}: speaker {labels.idxmax()} has both labels; expected one for each speaker"
        )
    check_folds(rows, f"{path}: ")
    if rows["label"].nunique() < 2:
        only = "dysarthric" if rows["label"].iloc[0] else "healthy"
        raise CorpusError(f"{path}: all speakers are {only}; expected healthy and dysarthric ones")
    compared = rows.groupby("repeat")["label"].nunique()
    if (compared < 2).any():
        repeat = table["repeat"][rows["repeat"] == compared.idxmin()].iloc[0]
        raise CorpusError(
            f"{path}: repeat {repeat} has speakers of one class only; expected both in each"
        )
