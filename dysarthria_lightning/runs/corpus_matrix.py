"""What a model reaches on each corpus when it is trained on another: train by test."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from dysarthria_lightning.config import Config, read_config
from dysarthria_lightning.config.fingerprint import compare
from dysarthria_lightning.data.corpora.several import SeveralData
from dysarthria_lightning.data.protocols import AcrossCorpora
from dysarthria_lightning.errors import ConfigError, RunError
from dysarthria_lightning.evaluation.analysis import judge
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.metrics import AUROCS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.crossvalidation import MissingFoldsError, made_from
from dysarthria_lightning.runs.repeats import Repeat, find_repeats, finished_repeats

#: Between the names of corpora that are trained on together.
AND = "+"
_FOLDS_WITHIN = 10


@dataclass(frozen=True)
class CorpusMatrix:
    """The speaker-level AUROC (soft majority) of one model, for corpora trained on and tested.

    Attributes:
        model: Its name.
        features: Their short name.
        subset: Its name.
        sources: What is trained on, one corpus or several joined by :data:`AND`.
        tested: The corpora that are tested.
        table: One row per finished cell: ``train``, ``test``, ``value`` (mean over repeats),
            ``low``, ``high``, ``reason`` (why there is no interval), ``smallest``, ``largest``,
            ``repeats``, ``n_speakers``, ``n_dysarthric`` and ``folds``.
        notes: Why finished runs are left out.
    """

    model: str
    features: str
    subset: str
    sources: list[str]
    tested: list[str]
    table: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    def missing(self) -> list[tuple[str, str]]:
        """List the cells that are not finished, as (train, test)."""
        there = set(zip(self.table["train"], self.table["test"], strict=True))
        return [
            (source, tested)
            for source in self.sources
            for tested in self.tested
            if (source, tested) not in there and can_be(source, tested)
        ]

    def find(self, source: str, tested: str) -> "pd.Series | None":
        """Return a finished cell's row; None where it is not finished."""
        rows = self.table[(self.table["train"] == source) & (self.table["test"] == tested)]
        return rows.iloc[0] if len(rows) else None


def can_be(source: str, tested: str) -> bool:
    """Say whether a corpus can be tested by a model of these: alone, or not among several."""
    names = source.split(AND)
    return names == [tested] or tested not in names


_COLUMNS = [
    *("train", "test", "value", "low", "high", "reason", "smallest", "largest", "repeats"),
    *("n_speakers", "n_dysarthric", "folds"),
]


def gather_matrix(config: Config, store_key: str | None) -> CorpusMatrix | None:
    """Judge every cell whose runs are finished, all repeats of it.

    Args:
        config: A run of the model with ``data=several``, under any protocol.
        store_key: Of the corpora as they are now; None asks only that all cells have the same.

    Returns:
        The matrix; None where the data are not of several corpora.

    Raises:
        RunError: Files of a finished run are damaged.
    """
    if not isinstance(config.data, SeveralData):
        return None
    names = sorted(config.data.corpora)
    rows: list[dict[str, object]] = []
    notes: list[str] = []
    cells: list[tuple[Config, str, str, list[Repeat], list[str]]] = []
    for of_cell in _cells(config, names):
        protocol = of_cell.protocol
        assert isinstance(protocol, AcrossCorpora)
        assert protocol.train_corpora is not None
        source, tested = AND.join(protocol.train_corpora), str(protocol.test_corpus)
        try:
            finished, left_out = finished_repeats(find_repeats(of_cell) or [of_cell], store_key)
        except MissingFoldsError:
            continue
        except RunError as error:
            notes.append(f"{source} to {tested} is left out: {error}")
            continue
        cells.append((of_cell, source, tested, finished, left_out))
    all_made = [made_from(finished[0].records()[0]) for *_, finished, _ in cells]
    usual = max(all_made, key=all_made.count, default={})
    for (of_cell, source, tested, finished, left_out), made in zip(cells, all_made, strict=True):
        place = f"{source} to {tested}"
        if differences := compare(made, usual, "of most cells"):
            notes.append(f"{place} is left out, made otherwise: {'; '.join(differences)}")
            continue
        notes += [f"{place}: {note}" for note in left_out]
        tests = [repeat.test_predictions() for repeat in finished]
        labels = tests[0].groupby("speaker_id")["label"].first()
        rows.append(
            {
                "train": source,
                "test": tested,
                **_auroc(of_cell, tests),
                "n_speakers": len(labels),
                "n_dysarthric": int(labels.sum()),
                "folds": of_cell.protocol.folds,
            }
        )
    return CorpusMatrix(
        config.model.name,
        config.features_name,
        config.subset.name,
        [AND.join(sources) for sources in _sources(names)],
        names,
        pd.DataFrame(rows, columns=_COLUMNS),
        notes,
    )


def _sources(names: list[str]) -> list[list[str]]:
    """List what is trained on: each corpus, and all but each one where that is several."""
    singles = [[name] for name in names]
    others = [[it for it in names if it != name] for name in names]
    return singles + (others if len(names) > 2 else [])


def _cells(config: Config, names: list[str]) -> Iterator[Config]:
    for sources in _sources(names):
        for tested in names:
            if not can_be(AND.join(sources), tested):
                continue
            protocol = AcrossCorpora(
                name="across_corpora",
                test_corpus=tested,
                train_corpora=sources,
                folds=_FOLDS_WITHIN,
            )
            cell = config.model_copy(update={"protocol": protocol, "fold": 0})
            yield _as_trained(cell)


def _as_trained(cell: Config) -> Config:
    """Take the number of folds, and of validation speakers, that a cell was trained with."""
    for repeat in [*find_repeats(cell), cell]:
        path = layout.fold_folder(repeat, 0) / layout.CONFIG
        if path.exists():
            try:
                return cell.model_copy(update={"protocol": read_config(path).protocol})
            except ConfigError:  # which reading its folds will explain
                break
    return cell


def _auroc(cell: Config, tests: list[pd.DataFrame]) -> dict[str, object]:
    judged = judge(Cell.of(cell), tests, aurocs_only=True)
    judged = judged[(judged["level"] == SOFT_MAJORITY.key) & judged["metric"].isin(AUROCS)]
    defined = judged[judged["value"].notna()]
    row = (defined if len(defined) else judged).iloc[0]
    names = ("value", "low", "high", "reason", "smallest", "largest", "repeats")
    return {name: row.get(name) for name in names}
