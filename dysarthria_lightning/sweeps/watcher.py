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
from dysarthria_lightning.sweeps.changes import Changes


class RunWatcher(threading.Thread):
    """Looks at run folders once a second, while a block trains them, and shows what became of them.

    Args:
        folders: The runs to be trained.
    """

    def __init__(self, folders: list[Path]) -> None:
        super().__init__(daemon=True)
        self.total = len(folders)
        self.unfinished = dict.fromkeys(folders)
        self.failed: set[Path] = set()
        self._begun: dict[Path, float] = {}  # when first seen under way, monotonic seconds
        self._changes = Changes(
            folder / file
            for folder in folders
            for file in (layout.RUN, layout.FAILURE, layout.CONFIG)
        )
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

    def __enter__(self) -> None:
        """Begin to watch."""
        self.start()

    def __exit__(self, *_: object) -> None:
        """Look once more and leave the line standing."""
        self._stopped.set()
        self.join()

    def run(self) -> None:
        """Watch until the block ends."""
        with self._bar:
            while not self._stopped.wait(1):
                self._look()
            self._look()

    def _look(self) -> None:
        for folder in list(self.unfinished):
            if folder / layout.RUN in self._changes:
                del self.unfinished[folder]
                self.failed.discard(folder)
                self._describe(folder)
            elif folder not in self.failed and folder / layout.FAILURE in self._changes:
                self.failed.add(folder)
                self._say(f"failed: {folder}; see {layout.FAILURE} there")
        running = [
            folder
            for folder in self.unfinished
            if folder not in self.failed and folder / layout.CONFIG in self._changes
        ]
        for folder in running:
            self._begun.setdefault(folder, time.monotonic())
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
                expected -= time.monotonic() - self._begun[folder]
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
