"""A study: the cross-validations behind the paper's tables and figures, as tables of data."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, order=True)
class Cell:
    """What one entry of the paper's tables is about.

    Attributes:
        protocol: ``novel_speakers`` or ``known_speakers``.
        subset: ``all``, ``no_cv`` or ``no_ca``.
        n_mfcc: Cepstral coefficients.
        model: ``baseline``, ``lstm1``, ``lstm2``, ``bilstm1``.
    """

    protocol: str
    subset: str
    n_mfcc: int
    model: str


@dataclass(frozen=True)
class CrossValidation:
    """One repeat of a cell with all of its folds.

    Attributes:
        cell: What it is of.
        repeat: From 0; another repeat has another partition of speakers and other weights.
        test: A row a test recording, pooled over folds: ``recording_id``, ``speaker_id``,
            ``label``, ``logit``, ``probability``, ``fold``.
        validation: The same columns for the validation recordings, which every fold's model
            judges: a recording has a row a fold.
        history: A row an epoch of each fold: ``fold``, ``epoch`` (from 1), ``train_error``,
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
        recordings: A row a recording of the corpus: ``recording_id``, ``speaker_id``, ``label``,
            and ``gender``, ``age``, ``severity``, ``syllable``, ``syllable_type``, which are
            missing (NaN or None) where the corpus does not say.
        crossvalidations: By cell, its repeats in order.
    """

    recordings: pd.DataFrame
    crossvalidations: dict[Cell, list[CrossValidation]]

    def of_protocol(self, protocol: str) -> Iterator[tuple[Cell, list[CrossValidation]]]:
        """Yield the cells of a protocol with their repeats."""
        for cell, repeats in self.crossvalidations.items():
            if cell.protocol == protocol:
                yield cell, repeats
