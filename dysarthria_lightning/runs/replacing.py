"""A run's folder while it is trained: empty, continued, or given back."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dysarthria_lightning.config import Config
from dysarthria_lightning.files.atomic import TEMPORARY
from dysarthria_lightning.files.locks import Check, claim, clear_dead_claim, never_lost
from dysarthria_lightning.runs import layout


@contextmanager
def replacing(folder: Path, go_on: bool = False, check: Check = never_lost) -> Iterator[None]:
    """Make an empty folder for a run; a finished run that was there comes back on failure.

    Args:
        folder: The run's.
        go_on: Whether to keep what a stopped run has left there.
        check: Of the run's claim.

    Raises:
        LostClaimError: Another process has taken the run over; the folder is left as it is.
    """
    check()
    aside = _aside(folder)
    if go_on:
        for path in (folder / layout.FAILURE, folder / layout.RUN, *folder.glob(f"*{TEMPORARY}")):
            path.unlink(missing_ok=True)
    else:
        if aside.exists():  # a process was killed between the two
            _bring_back(aside, folder)
        if (folder / layout.RUN).exists():
            os.replace(folder, aside)
        # What an unfinished run left would mix with this one's events.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        yield
    except BaseException:
        check()
        if aside.exists():
            _bring_back(aside, folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def give_back(config: Config) -> None:
    """Bring a finished run back that a process was replacing as it was killed, if nobody is now."""
    folder = layout.run_folder(config)
    if _aside(folder).exists():
        with claim(layout.claim_file(config)) as claimed:
            if claimed and _aside(folder).exists():
                _bring_back(_aside(folder), folder)


def clear_leftovers(config: Config) -> None:
    """Delete what a process has left of a finished run that was killed as it finished it."""
    clear_dead_claim(layout.claim_file(config))
    (layout.run_folder(config) / layout.RESUME_POINT).unlink(missing_ok=True)


def _aside(folder: Path) -> Path:
    """Return where a finished run waits while another takes its place."""
    return folder.with_name(f".{folder.name}.before")


def _bring_back(aside: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(aside, folder)
