"""A finished run, opened: its settings, whom it heard, what it made of its test speakers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.loading import open_run


@dataclass(frozen=True)
class OpenedRun:
    """One run of a model.

    Attributes:
        folder: Where it lies.
        config: Its settings.
        record: What ``run.json`` holds.
        split: By side what ``split.json`` lists: ``speakers``, and ``recordings`` where speakers do
            not decide the side.
    """

    folder: Path
    config: Config
    record: dict[str, Any]
    split: dict[str, dict[str, list[str]]]

    @property
    def outputs_dir(self) -> Path:
        """The folder of outputs that it lies in now; it may have been moved."""
        relative = layout.run_folder(self.config).relative_to(Path(self.config.outputs_dir))
        folder = self.folder.resolve()
        if folder.parts[-len(relative.parts) :] == relative.parts:
            return folder.parents[len(relative.parts) - 1]
        return Path(self.config.outputs_dir)

    @property
    def heard(self) -> set[str]:
        """The speakers whom it was trained on, or who chose its epoch."""
        return {*self.split["train"]["speakers"], *self.split["validation"]["speakers"]}

    def test_predictions(self) -> pd.DataFrame:
        """Read what it made of its own test recordings."""
        return read_predictions(self.folder / layout.PREDICTIONS)


def open_runs(folders: Sequence[Path]) -> tuple[OpenedRun, ...]:
    """Open finished runs.

    Args:
        folders: Theirs.

    Raises:
        RunError: Files are damaged.
    """
    runs = []
    for folder in folders:
        config, record = open_run(folder)
        try:
            split = json.loads((folder / layout.SPLIT).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{folder} cannot be read ({error}); train the run again") from None
        runs.append(OpenedRun(folder, config, record, split))
    return tuple(runs)
