"""Scores of any program, judged as those of this one: AUROC with intervals, two models compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.evaluation.bootstrap import DRAWS, aurocs, make_sample
from dysarthria_lightning.evaluation.comparisons import compare_models, judge_differences
from dysarthria_lightning.evaluation.levels import MEAN_SCORE, RECORDING
from dysarthria_lightning.evaluation.study import Cell, CrossValidation

_LABELS = {"0": 0, "healthy": 0, "1": 1, "dysarthric": 1}
# Where no column is called a score, those of a run's predictions.
_OTHER_SCORES = ("logit", "probability")


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
            ``logit`` or ``probability``.

    Raises:
        CorpusError: A column that was asked for is not there, or none is found.
    """
    for name in asked:
        if name not in columns:
            raise CorpusError(f"{name}: there is no such column; there are: {', '.join(columns)}")
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
            there, ``fold`` and ``repeat``.
        scores: Names of the score columns.
        path: The file, for messages, which count its rows from 2 after the header.

    Raises:
        CorpusError: A column is missing or a value is not allowed, with its row.
    """
    for column in ("speaker_id", "label"):
        if column not in table:
            raise CorpusError(f"{path}: column {column} is missing")
    if table.empty:
        raise CorpusError(f"{path}: there are no rows")
    rows = pd.DataFrame(index=table.index)
    rows["speaker_id"] = table["speaker_id"].astype(str).str.strip()
    unknown = table["speaker_id"].isna() | (rows["speaker_id"] == "")
    _refuse(unknown, path, "speaker_id", table, "expected an id")
    label = table["label"].map(_plain)
    rows["label"] = label.map(_LABELS)
    _refuse(rows["label"].isna(), path, "label", table, "expected 0, 1, healthy or dysarthric")
    rows = rows.astype({"label": np.int64})
    for column in ("fold", "repeat"):
        values = table[column] if column in table else pd.Series("0", index=table.index)
        _refuse(values.isna(), path, column, table, "expected the same in all rows, or a value")
        rows[column] = pd.factorize(values.map(_plain), sort=True)[0]
    for column in scores:
        rows[column] = pd.to_numeric(table[column], errors="coerce").astype(np.float64)
        _refuse(~np.isfinite(rows[column]), path, column, table, "expected a finite number")
    _check_speakers(rows, path)
    return ScoreTable(rows.reset_index(drop=True), list(scores), "fold" in table)


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
        (``auroc_within_folds``, ``auroc``), ``value``, ``low``, ``high``, ``smallest``,
        ``largest``, ``repeats``, ``chance_low`` and ``chance_high``; and of each pair of columns
        the difference at the level of speakers, see :func:`comparisons.comparisons_table`.
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
    rows = table.rows.rename(columns={score: "logit"})
    rows = rows[["speaker_id", "label", "logit", "fold", "repeat"]]
    if not table.has_folds:
        rows = rows.drop(columns="fold")
    nothing = pd.DataFrame()
    return [
        CrossValidation(Cell("", "", "", score), int(number), test, nothing, nothing)
        for number, test in rows.groupby("repeat")
    ]


def _plain(value: object) -> object:
    """Read 1, 1.0 and " 1 " alike."""
    text = str(value).strip()
    return text.removesuffix(".0") if value is not None else None


def _refuse(
    wrong: "pd.Series[bool]", path: Path, column: str, table: pd.DataFrame, allowed: str
) -> None:
    if wrong.any():
        place = int(np.flatnonzero(wrong.to_numpy())[0])
        value = table[column].iloc[place]
        shown = "missing" if value is None or pd.isna(value) else repr(str(value))
        more = f" (and {int(wrong.sum()) - 1} more rows)" if wrong.sum() > 1 else ""
        raise CorpusError(f"{path}, row {place + 2}: {column} is {shown}{more}; {allowed}")


def _check_speakers(rows: pd.DataFrame, path: Path) -> None:
    labels = rows.groupby("speaker_id")["label"].nunique()
    if (labels > 1).any():
        raise CorpusError(
            f"{path}: speaker {labels.idxmax()} has both labels; expected one for each speaker"
        )
    folds = rows.groupby(["repeat", "speaker_id"])["fold"].nunique()
    if (folds > 1).any():
        _, speaker = folds.idxmax()
        raise CorpusError(
            f"{path}: speaker {speaker} is in several folds of one repeat; expected one. Where "
            "everybody was judged several times, say so in a column repeat"
        )
    if rows["label"].nunique() < 2:
        raise CorpusError(f"{path}: all speakers have label {rows['label'].iloc[0]}; expected both")
    compared = rows.groupby("repeat")["label"].nunique()
    if (compared < 2).any():
        raise CorpusError(f"{path}: a repeat has speakers of one class only; expected both")
