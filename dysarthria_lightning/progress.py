"""Progress bars for work that a person waits for."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")


def progress_bar() -> Progress:
    """Make a bar on standard error with counts, time taken and time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def track(steps: Iterable[T], description: str, total: int) -> Iterator[T]:
    """Show a bar while iterating over ``total`` steps."""
    with progress_bar() as bar:
        task = bar.add_task(description, total=total)
        for step in steps:
            yield step
            bar.advance(task)
