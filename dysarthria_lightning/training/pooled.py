"""A cross-validation in TensorBoard: curves of all its test predictions, beside its folds."""

import logging
import os
import shutil
import tempfile
import uuid
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from dysarthria_lightning.config import Config
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.evaluation.levels import score_levels
from dysarthria_lightning.files.atomic import TEMPORARY
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.crossvalidation import finished_folds
from dysarthria_lightning.runs.repeats import Repeat
from dysarthria_lightning.training.tensorboard import log_curves

log = logging.getLogger(__name__)


def pool_in_tensorboard(config: Config) -> None:
    """Write a cross-validation's curves, if this was the last of its folds.

    Every process looks after it has written its fold's record, so whichever is last finds all
    folds. If several find all, they write the same curves, and the last file takes the place of
    the others.

    Args:
        config: Of a fold that has just finished.
    """
    folders = [layout.fold_folder(config, fold) for fold in range(config.protocol.folds)]
    if len(folders) == 1 or not all((folder / layout.RUN).exists() for folder in folders):
        return
    try:
        _write(config)
    except Exception as error:  # the folds are finished whatever becomes of their curves
        log.warning(
            f"TensorBoard has no pooled curves of {folders[0].parent}: "
            f"{type(error).__name__}: {error}"
        )


def _write(config: Config) -> None:
    events = layout.pooled_events(config)
    try:
        repeat = Repeat(config, finished_folds(config))
    except RunError:  # the folds do not belong together, as while they are trained again
        shutil.rmtree(events.parent, ignore_errors=True)
        return
    levels = score_levels(repeat.test_predictions())
    with tempfile.TemporaryDirectory() as folder:
        writer = SummaryWriter(folder)
        log_curves(writer, "test", levels)
        writer.close()
        (written,) = Path(folder).iterdir()
        content = written.read_bytes()
    events.parent.mkdir(exist_ok=True)
    temporary = events.with_name(f"{uuid.uuid4().hex}{TEMPORARY}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, events)
    finally:
        temporary.unlink(missing_ok=True)
