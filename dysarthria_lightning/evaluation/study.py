"""A study: the cross-validations behind the paper's tables and figures, as tables of data."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from dysarthria_lightning.config import Config

MAIN_SUBSET, MAIN_FEATURES = "all", "mfcc13"


@dataclass(frozen=True, order=True)
class Cell:
    """What one entry of the paper's tables is about.

    Attributes:
        protocol: ``novel_speakers``, ``known_speakers``, or what is trained on and tested across
            corpora.
        subset: ``all``, ``no_cv`` or ``no_ca``.
        features: Their short name, as run folders have it: ``mfcc13``.
        model: Its name: ``baseline``, ``lstm1``, ``lstm2``, ``bilstm1`` or any other.
    """

    protocol: str
    subset: str
    features: str
    model: str

    @classmethod
    def of(cls, config: "Config") -> "Cell":
        """Return the cell that a run belongs to."""
        protocol, subset = config.protocol.short_name, config.subset.name
        return cls(protocol, subset, config.features_name, config.model.name)


@dataclass(frozen=True)
class CrossValidation:
    """One repeat of a cell with all of its folds.

    Attributes:
        cell: What it is of.
        repeat: From 0; another repeat has another partition of speakers and other weights.
        test: One row per test recording, pooled over folds: ``recording_id``, ``speaker_id``,
            ``label``, ``logit``, ``probability``, ``fold``.
        validation: The same columns for the validation recordings: one row for each fold in
            which a recording validates. That is every fold where some speakers always validate
            (the paper), and one where folds validate in turn.
        history: One row per epoch of each fold: ``fold``, ``epoch`` (from 1), ``train_error``,
            ``validation_error``.
    """

    cell: Cell
    repeat: int
    test: pd.DataFrame
    validation: pd.DataFrame
    history: pd.DataFrame


@dataclass(frozen=True)
class Study:
    """All finished cross-validations over one corpus.

    Attributes:
        recordings: One row per recording of the corpus: ``recording_id``, ``source_id`` (what a
            segment was cut from), ``speaker_id``, ``label``, and ``gender``, ``age``,
            ``severity``, ``syllable``, ``syllable_type``, which are missing (NaN or None) where
            the corpus does not say.
        crossvalidations: By cell, its repeats in order.
        architectures: By the name of a model what it is, such as ``functionals``; models that are
            not there are what they are called.
    """

    recordings: pd.DataFrame
    crossvalidations: dict[Cell, list[CrossValidation]]
    architectures: dict[str, str] = field(default_factory=dict)

    def of_protocol(self, protocol: str) -> Iterator[tuple[Cell, list[CrossValidation]]]:
        """Yield the cells of a protocol with their repeats."""
        for cell, repeats in self.crossvalidations.items():
            if cell.protocol == protocol:
                yield cell, repeats

    def main_cells(self) -> list[Cell]:
        """List the finished cells of novel speakers under :func:`main_setting`."""
        cells = sorted(cell for cell, repeats in self.of_protocol("novel_speakers") if repeats)
        subset, features = main_setting(cells)
        return [cell for cell in cells if (cell.subset, cell.features) == (subset, features)]


def main_setting(cells: Iterable[Cell]) -> tuple[str, str]:
    """Return the subset and the features that results under a single setting are about.

    Args:
        cells: To choose from, of one protocol.

    Returns:
        All recordings and ``mfcc13`` where any cell has them, else the first that one has.
    """
    settings = [(cell.subset, cell.features) for cell in cells]
    return min(
        settings,
        key=lambda it: (it[0] != MAIN_SUBSET, it[0], it[1] != MAIN_FEATURES, it[1]),
        default=(MAIN_SUBSET, MAIN_FEATURES),
    )
