"""Whether a finished run's files are still what they were when it finished."""

from pathlib import Path
from typing import Any

from dysarthria_lightning.files.digests import digest_file
from dysarthria_lightning.runs import layout

_FILES = (
    layout.CONFIG,
    layout.SPLIT,
    layout.PREDICTIONS,
    layout.VALIDATION_PREDICTIONS,
    layout.METRICS,
    layout.HISTORY,
    layout.CHECKPOINT,
)


def digest_files(folder: Path) -> dict[str, str | None]:
    """Digest what a run has written, for its record; some runs test nobody."""
    return {name: digest_file(folder / name) for name in _FILES if (folder / name).exists()}


def damaged_files(folder: Path, record: dict[str, Any]) -> list[str]:
    """List the files of a finished run that are missing or have changed.

    Args:
        folder: The run's.
        record: Its ``run.json``.
    """
    digests: dict[str, str] = record["files"]
    return [name for name, digest in digests.items() if digest_file(folder / name) != digest]
