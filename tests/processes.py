"""The package's commands in processes of their own, forked from one that has imported everything.

A process that imports torch and Lightning first takes seconds to do so. Tests of what a command
prints, and of commands that are killed or share a folder, can start it so. Tests of how commands
start, and of what they import, cannot.
"""

import atexit
import multiprocessing
import os
import runpy
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Processes of this context need not import the package.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["dysarthria_lightning.training.run", "dysarthria_lightning.reporting.folder"]
)


class Command:
    """A command at work, in a session of its own.

    Args:
        command: ``train``, ``prepare``, ``report`` and so on.
        words: What is typed after it.
        cwd: Where.
        before: Called in the process before the command.
    """

    def __init__(
        self,
        command: str,
        words: Sequence[str],
        cwd: Path,
        before: Callable[[], object] | None = None,
    ) -> None:
        printed, self._printed = tempfile.mkstemp()
        os.close(printed)
        environment = {**os.environ, "COLUMNS": "120"}
        self._process = FORKS.Process(
            target=_carry_out,
            args=(command, list(words), str(cwd), environment, self._printed, before),
        )
        self._process.start()

    def wait(self, timeout: float = 300) -> int | None:
        """Return the exit status, or None if the command is still at work."""
        self._process.join(timeout)
        return self._process.exitcode

    def kill(self) -> None:
        """Kill the command and all that it has started."""
        assert self._process.pid is not None
        with suppress(ProcessLookupError):  # it leads no session yet
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()

    def read_printed(self) -> str:
        """Return all that it printed until it ended."""
        text = Path(self._printed).read_text(encoding="utf-8")
        os.unlink(self._printed)
        return text


def run(
    command: str,
    *words: str,
    cwd: Path,
    code: int = 0,
    before: Callable[[], object] | None = None,
) -> str:
    """Run a command and return all that it printed."""
    started = Command(command, words, cwd, before)
    status = started.wait()
    if status is None:
        started.kill()
    printed = started.read_printed()
    assert status == code, printed
    assert "Traceback" not in printed
    return printed


def leave_figures_out() -> None:
    """To be called before a command: draw nothing, which takes longer than tones do to train on."""
    from dysarthria_lightning.reporting import folder
    from dysarthria_lightning.training import pooled, run_log

    def save_nothing(figure: Any, place: Path, *_: object) -> None:
        (place / f"{figure.name}.svg").write_text("<svg/>", encoding="utf-8")

    folder.save_figure = save_nothing
    for module in (pooled, run_log):
        module.log_curves = lambda *_: None  # type: ignore[assignment]


def _carry_out(
    command: str,
    words: list[str],
    cwd: str,
    environment: dict[str, str],
    printed: str,
    before: Callable[[], object] | None,
) -> None:
    os.setsid()
    output = os.open(printed, os.O_WRONLY | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = words
    if before is not None:
        before()
    try:
        runpy.run_module(f"dysarthria_lightning.{command}", run_name="__main__", alter_sys=True)
    finally:
        # Multiprocessing ends its processes without.
        atexit._run_exitfuncs()
