"""The folds of one cross-validation, which a report may pool only if they belong together."""

from pathlib import Path
from typing import Any

import yaml

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import compare
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import read_intact_run


class MissingFoldsError(RunError):
    """Folds of a cross-validation are missing or unfinished.

    Attributes:
        folds: Their numbers.
    """

    def __init__(self, folds: list[int], of: int, parent: Path) -> None:
        self.folds = folds
        super().__init__(
            f"{'fold' if len(folds) == 1 else 'folds'} {', '.join(map(str, folds))} of {of} "
            f"missing or unfinished in {parent}"
        )


def finished_folds(config: Config) -> list[Path]:
    """List the folders of all folds of a cross-validation.

    Args:
        config: The cross-validation; its ``fold`` does not count.

    Returns:
        One folder for each fold.

    Raises:
        RunError: A fold was made with other settings than asked for, or from another state of the
            corpus than the others.
        MissingFoldsError: A fold is missing or unfinished; the others are as asked for.
    """
    folders = [layout.fold_folder(config, fold) for fold in range(config.protocol.folds)]
    records = [read_intact_run(folder) for folder in folders]
    # The first fold stands for the version and the corpus.
    first: dict[str, Any] = next((record["fingerprint"] for record in records if record), {})
    for fold, record in enumerate(records):
        if record is None:
            continue
        expected = {
            "version": first["version"],
            "corpus": first["corpus"],
            **config.settings(),
            "fold": fold,
        }
        differences = compare(record["fingerprint"], expected)
        if differences:
            raise RunError(
                f"{folders[fold]} was made with other settings, so it cannot be pooled:\n"
                + "\n".join(f"  {difference}" for difference in differences)
                + "\nGive report the settings that it was trained with, or train this variant "
                "under a name of its own: tag=NAME, for train and report alike"
            )
    missing = [fold for fold, record in enumerate(records) if record is None]
    if missing:
        raise MissingFoldsError(missing, config.protocol.folds, folders[0].parent)
    return folders


def recorded_root(config: Config) -> str | None:
    """Find where a trained fold found the corpus, because a report is not told."""
    for fold in range(config.protocol.folds):
        path = layout.fold_folder(config, fold) / layout.CONFIG
        if path.exists():
            return str(yaml.safe_load(path.read_text(encoding="utf-8"))["data"]["root"])
    return None
