"""What a run says of itself: ``run.json``, its configuration, and why it failed."""

import logging
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import compare, fingerprint
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.files.atomic import write_json, write_text
from dysarthria_lightning.files.sealed_json import seal, unseal
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.integrity import damaged_files
from dysarthria_lightning.runs.training_length import describe_training

log = logging.getLogger(__name__)


class OtherSettingsError(RunError):
    """A finished run was made with other settings.

    Attributes:
        folder: Where it lies.
        differences: One line per setting.
    """

    def __init__(self, folder: Path, differences: list[str]) -> None:
        self.folder = folder
        self.differences = differences
        super().__init__(folder, differences)  # as pickle, by which workers answer, gives them back

    def __str__(self) -> str:
        return (
            f"{self.folder} holds a finished run made with other settings:\n"
            + "\n".join(f"  {difference}" for difference in self.differences)
            + "\nKeep both by naming this variant with tag=NAME, or train again with overwrite=true"
        )


def read_run(folder: Path) -> dict[str, Any] | None:
    """Read a finished run's record; None where there is none.

    Raises:
        RunError: It is damaged.
    """
    try:
        return unseal((folder / layout.RUN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise RunError(
            f"{folder / layout.RUN} is damaged; delete it to train the run again"
        ) from None


def write_run(record: dict[str, Any], folder: Path) -> None:
    """Write a run's record, which finishes it."""
    write_json(seal(record), folder / layout.RUN)


def read_intact_run(folder: Path) -> dict[str, Any] | None:
    """Read a finished run's record; None, with a warning, where any of its files is damaged."""
    try:
        record = read_run(folder)
        damaged = damaged_files(folder, record) if record else []
    except RunError:
        record, damaged = None, [layout.RUN]
    if damaged:
        log.warning(f"{folder}: {' and '.join(damaged)} damaged; the run counts as not finished")
        return None
    return record


def is_finished(config: Config, store_key: str) -> bool:
    """Say whether the run is there already, made with the same settings.

    Raises:
        OtherSettingsError: It is there, but was made with other settings.
    """
    folder = layout.run_folder(config)
    record = read_intact_run(folder)
    if record is None:
        return False
    differences = compare(record["fingerprint"], fingerprint(config, store_key))
    if differences:
        raise OtherSettingsError(folder, differences)
    return True


def summarise(folder: Path) -> str:
    """Say in a line what a finished run came to."""
    record = read_run(folder)
    if record is None:
        raise RunError(f"{folder} holds no finished run")
    return f"{folder}: {describe_training(record)}"


def record_failure(folder: Path, error: BaseException) -> None:
    """Leave a log of what went wrong in a run's folder; the next attempt clears it away."""
    with suppress(OSError):  # the disk may be what went wrong
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join(traceback.format_exception(error))
        (folder / layout.FAILURE).write_text(text, encoding="utf-8")


def write_config(config: Config, folder: Path) -> None:
    """Write the resolved configuration, but for the logger, which leaves no trace in a run."""
    text = yaml.safe_dump(config.values(), sort_keys=False, allow_unicode=True)
    write_text(text, folder / layout.CONFIG)
