"""The repeats of a cross-validation, of which a report takes all that are finished."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import compare
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.evaluation.predictions import pool_folds, read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.crossvalidation import MissingFoldsError, finished_folds, made_from
from dysarthria_lightning.runs.record import read_run


@dataclass(frozen=True)
class Repeat:
    """A finished cross-validation.

    Attributes:
        config: Its settings.
        folders: Of its folds.
    """

    config: Config
    folders: Sequence[Path]

    def test_predictions(self) -> pd.DataFrame:
        """Read the test predictions of all folds, with ``fold``."""
        return pool_folds(
            [
                read_predictions(folder / layout.PREDICTIONS).assign(fold=fold)
                for fold, folder in enumerate(self.folders)
            ]
        )

    def records(self) -> list[dict[str, Any]]:
        """Read the records of all folds."""
        found = map(read_run, self.folders)
        return [record for record in found if record]


def find_repeats(config: Config) -> list[Config]:
    """List the repeats of a cross-validation of which something has been trained.

    Args:
        config: The cross-validation; which repeat it asks for does not count.

    Returns:
        The configuration of each repeat, in order.
    """
    numbers = sorted(
        int(found[1])
        for folder in layout.protocol_folder(config).glob("split*")
        if (found := re.fullmatch(r"split(\d+)", folder.name))
    )
    repeats = [
        config.model_copy(update={"repeat": number, "split_seed": number, "seed": number})
        for number in numbers
    ]
    # One model of all speakers may lie where no fold does.
    return [it for it in repeats if any(layout.fold_folder(it, 0).parent.glob("fold*"))]


def finished_repeats(
    repeats: Sequence[Config], store_key: str | None = None
) -> tuple[list[Repeat], list[str]]:
    """Find the repeats of which all folds are finished and belong together.

    Args:
        repeats: To choose from, at least one.
        store_key: Of the corpus as it is now; None asks only that all have the same.

    Returns:
        The finished ones, and why others are left out.

    Raises:
        RunError: None is finished: says why the first is not.
    """
    finished: list[Repeat] = []
    left_out: list[str] = []
    first_error: RunError | None = None
    for config in repeats:
        try:
            repeat = Repeat(config, finished_folds(config, store_key))
            _check_made_alike(repeat, finished)
            finished.append(repeat)
        except MissingFoldsError as missing:
            first_error = first_error or missing
            left_out.append(f"Repeat {config.repeat} is left out: {missing}.")
        except RunError as error:
            if len(repeats) == 1:
                raise
            first_error = first_error or error
            left_out.append(f"Repeat {config.repeat} is left out: {error}")
    if not finished:
        assert first_error is not None
        raise first_error
    return finished, left_out


def _check_made_alike(repeat: Repeat, others: Sequence[Repeat]) -> None:
    """Refuse a repeat that another version or another state of the corpus has made."""
    if others:
        one, other = (made_from(read_run(it.folders[0])) for it in (repeat, others[0]))
        differences = compare(one, other, f"in repeat {others[0].config.repeat}")
        if differences:
            raise RunError(f"it was made otherwise: {'; '.join(differences)}.")
