"""What a report is made of."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.metrics import AUROCS, WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell, Study
from dysarthria_lightning.reporting.nouns import Noun, noun_of
from dysarthria_lightning.reporting.study_file import StudyDescription

if TYPE_CHECKING:
    from dysarthria_lightning.auditing.audit import Audited
    from dysarthria_lightning.config import Config
    from dysarthria_lightning.evaluation.analysis import Analysis
    from dysarthria_lightning.runs.corpus_matrix import CorpusMatrix

CELL_COLUMNS = ["protocol", "subset", "features", "model"]
RUN_COLUMNS = [
    *CELL_COLUMNS,
    *("repeat", "fold", "state", "folder", "command", "log", "wall_time_s", "epochs"),
    *(
        "epoch_tested",
        "steps",
        "host",
        "device",
        "cpus",
        "torch",
        "python",
        "git_commit",
        "version",
        "finished",
    ),
]


@dataclass(frozen=True)
class ReportContent:
    """Everything on the page. Equal contents give equal bytes.

    Attributes:
        study: The finished cross-validations.
        analysis: What was computed from them.
        runs: One row per run that was asked for, with :data:`RUN_COLUMNS`: ``state`` is
            ``finished``, ``missing`` or ``failed``; ``folder`` and ``log`` are POSIX paths
            relative to the outputs folder; ``command`` trains it; what is not known is missing.
            ``epoch_tested`` is counted from 1, ``steps`` are the optimisation steps up to it.
            It may have what older runs have not noted: ``processor``, the model of the CPU or GPU,
            and the versions of further libraries.
        corpus: Its name.
        corpus_key: Key of its content.
        note: What must be known of its recordings, such as that they are synthetic.
        origin: What a published corpus is, by what each text is about.
        profile: ``full``, or ``quick`` where the settings are not the paper's.
        repeats: Cross-validations asked for in each cell.
        command: Repeats everything.
        outputs_dir: Where the runs are.
        settings: Shown as given, such as ``Epochs``: ``at most 40``.
        changed: Overrides that differ from the paper's protocol, such as
            ``trainer.max_epochs=2``.
        notes: What was left out, and why.
        hardly_trained: By cell, when networks were tested that had hardly been trained, and what
            would let them train for longer.
        command_for_repeats: Repeats everything with as many repeats as intervals want; empty where
            there are so many.
        audits: By cell what its audit has found, where one was made of the corpus as it is.
        audit_commands: By cell what audits it.
        matrices: Of several corpora, what each model reaches from one to another; those of which a
            cell is finished.
        matrix_commands: By model what trains a cell of its matrix.
        configs: By cell the settings of one of its runs; which fold and repeat does not count.
        flow: How many speakers and recordings the corpus lists, how many can be used, and why
            others are left out, as :func:`flow.corpus_flow` counts them; None where the features
            are not there any more.
        sample_rates: Of the files, each once and ascending, in Hz; 0 is of matrices of features.
            None where the feature stores are not there any more.
        beside_paper: Whether the paper's values stand beside ours, as of its corpus and of the
            synthetic one that imitates it.
        described: What the authors say of their study.
        study_file: Where they say it, if not in the report's own folder.
    """

    study: Study
    analysis: "Analysis"
    runs: pd.DataFrame
    corpus: str
    corpus_key: str
    note: str | None
    profile: str
    repeats: int
    command: str
    outputs_dir: Path
    origin: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    hardly_trained: dict[Cell, tuple[str, str]] = field(default_factory=dict)
    command_for_repeats: str = ""
    audits: "dict[Cell, Audited]" = field(default_factory=dict)
    audit_commands: dict[Cell, str] = field(default_factory=dict)
    matrices: "list[CorpusMatrix]" = field(default_factory=list)
    matrix_commands: dict[str, Callable[[str, str], str]] = field(default_factory=dict)
    configs: "dict[Cell, Config]" = field(default_factory=dict)
    flow: pd.DataFrame | None = None
    sample_rates: tuple[int, ...] = ()
    beside_paper: bool = True
    described: StudyDescription = field(default_factory=StudyDescription)
    study_file: str = ""

    @property
    def repeats_there(self) -> int:
        """How many cross-validations the values are means of, at most; at least 1."""
        return max((len(it) for it in self.study.crossvalidations.values()), default=1)

    @cached_property
    def noun(self) -> Noun:
        """What its recordings are called."""
        return noun_of(self.study.recordings)

    @property
    def n_corpora(self) -> int:
        """How many corpora its recordings are of."""
        there = self.study.recordings.get("corpus")
        return 1 if there is None or there.isna().any() else max(1, there.nunique())

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells that were asked for or are finished."""
        columns = (map(str, it) for _, it in self.runs.reindex(columns=CELL_COLUMNS).items())
        asked = {Cell(*values) for values in zip(*columns, strict=True)}
        return tuple(sorted(asked | set(self.study.crossvalidations)))

    def metric(self, cell: Cell, level: str, metric: str) -> dict[str, Any] | None:
        """Return a row of ``Analysis.metrics``; None where it has none."""
        return self._metrics.get((cell, level, metric))

    @cached_property
    def _metrics(self) -> dict[tuple[Cell, str, str], dict[str, Any]]:
        return {
            (Cell(*(row[name] for name in CELL_COLUMNS)), row["level"], row["metric"]): row
            for row in self.analysis.metrics.to_dict("records")
        }


def select(frame: pd.DataFrame, **values: object) -> pd.DataFrame:
    """Return the rows that have all of the given values; none from a table without rows.

    Args:
        frame: Any table of an analysis; one without rows may lack columns.
        values: By column.
    """
    if frame.empty:
        return frame
    # A page asks hundreds of times; NumPy compares small columns ten times faster than pandas.
    chosen = [
        frame[column].to_numpy(dtype=object, na_value=None) == value
        for column, value in values.items()
    ]
    places = np.flatnonzero(np.logical_and.reduce(chosen))
    if len(places) and places[-1] - places[0] < len(places):
        # Rows that stand together, as most do, need no copy.
        return frame.iloc[places[0] : places[-1] + 1]
    return frame.take(places)


def select_cell(frame: pd.DataFrame, cell: Cell, **values: object) -> pd.DataFrame:
    """Return a cell's rows that have all of the given values."""
    return select(frame, **vars(cell), **values)


def primary_auroc(content: ReportContent, cell: Cell, level: str) -> dict[str, Any] | None:
    """Return the AUROC that results are about: of pairs within folds, else of pooled scores.

    Args:
        content: Of the report.
        cell: What it is of.
        level: Its key.

    Returns:
        A row of ``Analysis.metrics``; None where the cell is not there.
    """
    rows = [content.metric(cell, level, metric) for metric in AUROCS]
    there = [row for row in rows if row is not None]
    defined = [row for row in there if math.isfinite(number(row["value"]))]
    return next(iter(defined or there), None)


def has_pairs_within_folds(content: ReportContent) -> bool:
    """Whether a fold of new speakers has tested both classes, so that one model judged pairs."""
    table = select(content.analysis.metrics, protocol="novel_speakers", metric=WITHIN_FOLDS)
    return bool(len(table)) and bool(table["value"].notna().any())


def number(value: float | None) -> float:
    """Return a number, NaN for what is missing."""
    return float("nan") if value is None or pd.isna(value) else float(value)
