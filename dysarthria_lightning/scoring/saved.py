"""Models that score together, as they were saved."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dysarthria_lightning.config import Config
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.loading import open_run
from dysarthria_lightning.scoring.checkpoint import read_checkpoint
from dysarthria_lightning.scoring.state import ModelState


@dataclass(frozen=True)
class SavedModels:
    """Everything that scoring needs.

    Attributes:
        config: Of the first model; the others differ in what they were trained on only.
        states: One for each model.
        n_stored_columns: Columns that matrices of features must have; None where older runs do not
            say, of which the models read the first.
        reads_audio: Whether features of audio are computed as when the models were trained.
    """

    config: Config
    states: tuple[ModelState, ...]
    n_stored_columns: int | None
    reads_audio: bool = True

    @classmethod
    def of_runs(cls, folders: Sequence[str | os.PathLike[str]]) -> "SavedModels":
        """Read the models of finished runs.

        Args:
            folders: The runs'; all of the same features, segments and model.

        Raises:
            RunError: A folder holds no finished run, files are damaged, or the runs do not belong
                together.
        """
        paths = [Path(folder) for folder in folders]
        if not paths:
            raise RunError("a scorer needs at least one run")
        if len({path.resolve() for path in paths}) < len(paths):
            raise RunError("a run is given twice")
        configs, states, columns, alike = [], [], [], []
        for path in paths:
            config, record = open_run(path)
            checkpoint = read_checkpoint(path / layout.CHECKPOINT)
            configs.append(config)
            states.append(ModelState.of_checkpoint(config, checkpoint, record["precision"]))
            reads_all = config.features.n_columns(config.n_mfcc) is None
            n_columns = states[-1].values["n_columns"] if reads_all else None
            columns.append(record.get("n_stored_columns", n_columns))
            alike.append(record.get("extraction") == config.features.extraction)
        known = next((stored for stored in columns if stored is not None), None)
        for path, config, stored in zip(paths, configs, columns, strict=True):
            if _reading(config) != _reading(configs[0]) or stored not in (None, known):
                raise RunError(
                    f"{path} reads recordings otherwise than {paths[0]}: runs that score together "
                    "need the same features, segments and model"
                )
        return cls(configs[0], tuple(states), known, all(alike))


def _reading(config: Config) -> tuple[object, ...]:
    data, features = config.data, config.features
    reading = features.kind, features.settings(), config.n_mfcc
    return *reading, data.segment_s, data.max_duration_s, data.channel, config.model
