"""One line over many runs, whichever processes train them: done, running, failed, time left."""

import threading
import time
from collections import defaultdict
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import read_run, summarise

# A file written now may bear a time that is a little earlier.
FILE_CLOCK_LAG_S = 0.05


class RunWatcher(threading.Thread):
    """Looks at run folders once a second and shows what became of them.

    Args:
        folders: The runs to be trained.
    """

    def __init__(self, folders: list[Path]) -> None:
        super().__init__(daemon=True)
        self.total = len(folders)
        self.unfinished = {folder: modified(folder / layout.RUN) for folder in folders}
        self.failed: set[Path] = set()
        self._since = time.time() - FILE_CLOCK_LAG_S
        self._seconds: dict[str, list[float]] = defaultdict(list)  # of finished runs, by model
        self._stopped = threading.Event()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task("runs", total=len(folders), left="")

    def run(self) -> None:
        """Watch until :meth:`stop`."""
        with self._bar:
            while not self._stopped.wait(1):
                self._look()
            self._look()

    def stop(self) -> None:
        """Look once more and leave the line standing."""
        self._stopped.set()
        self.join()

    def _look(self) -> None:
        for folder, before in list(self.unfinished.items()):
            if modified(folder / layout.RUN) > before:
                del self.unfinished[folder]
                self.failed.discard(folder)
                self._describe(folder)
            elif folder not in self.failed and self._is_recent(folder / layout.FAILURE):
                self.failed.add(folder)
                self._say(f"failed: {folder}; see {layout.FAILURE} there")
        running = [
            folder
            for folder in self.unfinished
            if folder not in self.failed and self._is_recent(folder / "config.yaml")
        ]
        self._bar.update(
            self._task,
            completed=self.total - len(self.unfinished) + len(self.failed),
            description=(
                f"runs: {self.total - len(self.unfinished)} of {self.total} done, "
                f"{len(running)} running, {len(self.failed)} failed"
            ),
            left=self._describe_left(running),
        )

    def _describe_left(self, running: list[Path]) -> str:
        if not self._seconds or not running:
            return ""
        overall = mean(seconds for each in self._seconds.values() for seconds in each)
        seconds = 0.0
        for folder in self.unfinished.keys() - self.failed:
            expected = mean(self._seconds.get(folder.parts[-3], [overall]))
            if folder in running:
                expected -= time.time() - modified(folder / "config.yaml")
            seconds += max(expected, 0.0)
        minutes, rest = divmod(round(seconds / len(running)), 60)
        hours, minutes = divmod(minutes, 60)
        return f"about {hours}:{minutes:02d}:{rest:02d} left"

    def _describe(self, folder: Path) -> None:
        try:
            record = read_run(folder)
            text = summarise(folder)
        except RunError as error:  # another process has replaced or damaged it since
            self._say(str(error))
            return
        if record is not None:
            self._seconds[folder.parts[-3]].append(float(record["wall_time_s"]))
        self._say(text)

    def _say(self, text: str) -> None:
        self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _is_recent(self, path: Path) -> bool:
        return modified(path) >= self._since


def modified(path: Path) -> float:
    """Return when a file was written in seconds, 0 where there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
