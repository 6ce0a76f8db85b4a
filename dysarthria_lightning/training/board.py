"""``make tensorboard``: TensorBoard over some of the runs, by names that fit into its lists.

TensorBoard calls a run by its folder below the one it is started on, and cuts what is long. So it
is started on a folder of links, whose names leave out what all runs have in common.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.loading import open_run

# A run's folder below that of all runs, from its end: corpus, protocol, split, subset, features,
# model, seed, fold; whatever stands before is the tag.
_LEVELS = 8
_SPLIT, _MODEL, _SEED, _FOLD = 3, 6, 7, 8  # the tag is 0

# Between two looks at whether there are new runs.
_PAUSE_S = 10.0


def find_logged(runs: Path, pattern: str = "") -> list[Path]:
    """List the folders that hold events of TensorBoard.

    Args:
        runs: The folder of all runs.
        pattern: A folder or a glob below it; empty for all.
    """
    chosen = [runs] if pattern in ("", ".") else sorted(runs.glob(pattern))
    found = {events.parent for folder in chosen for events in folder.rglob("events.out.tfevents*")}
    # A run that is being trained again waits in a hidden folder meanwhile.
    return sorted(it for it in found if not it.name.startswith("."))


def pool_what_is_not(outputs_dir: Path, folders: Iterable[Path]) -> None:
    """Write the pooled curves of finished cross-validations that have none.

    A process that was stopped between its record and the curves has left them out.

    Args:
        outputs_dir: Holds ``runs``.
        folders: Of runs that are looked at.
    """
    for folder in sorted({it.parent for it in folders}):
        first = folder / "fold0"
        if not (first / layout.RUN).exists() or (folder / layout.POOLED).exists():
            continue
        try:
            config, _ = open_run(first)
        except RunError:  # which a report names
            continue
        from dysarthria_lightning.training.pooled import pool_in_tensorboard

        pool_in_tensorboard(config.model_copy(update={"outputs_dir": str(outputs_dir)}))


@dataclass(frozen=True)
class ShortNames:
    """Names runs by the parts of their folders in which they differ.

    Attributes:
        parts: Of the first run.
        kept: Which parts names have.
    """

    parts: tuple[str, ...]
    kept: tuple[int, ...]

    @classmethod
    def of(cls, folders: Iterable[Path]) -> "ShortNames":
        """Find in what runs differ; model and fold are always kept.

        Args:
            folders: Of the runs, relative to that of all runs; one at least.
        """
        runs = [_parts(folder) for folder in folders]
        differ = {
            number for number in range(_LEVELS + 1) if len({parts[number] for parts in runs}) > 1
        }
        # repeat=N draws both anew.
        if all(parts[_SPLIT] == parts[_SEED].replace("seed", "split") for parts in runs):
            differ.discard(_SPLIT)
        return cls(runs[0], tuple(sorted({*differ, _MODEL, _FOLD})))

    def name(self, folder: Path) -> str:
        """Name a run; by its whole folder where it differs in what names leave out.

        Args:
            folder: Relative to that of all runs.
        """
        parts = _parts(folder)
        left_out = {*range(_LEVELS + 1)} - {*self.kept}
        if _SEED in self.kept:
            left_out.discard(_SPLIT)
        if any(parts[number] != self.parts[number] for number in left_out):
            return folder.as_posix()
        return "/".join(parts[number] for number in self.kept if parts[number])


def link(runs: Path, folders: Iterable[Path], names: ShortNames, links: Path) -> None:
    """Link runs under their names, but for those that are linked already.

    Args:
        runs: The folder of all runs.
        folders: Of the runs.
        names: Of the runs.
        links: The folder to make the links in.
    """
    for folder in folders:
        path = links / names.name(folder.relative_to(runs))
        if not path.is_symlink():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(folder.resolve(), target_is_directory=True)


def main(words: Sequence[str] | None = None) -> None:
    """Start TensorBoard and show it runs as they come, until it is stopped.

    Args:
        words: The command line's.
    """
    parser = argparse.ArgumentParser(prog="dysarthria_lightning.training.board")
    parser.add_argument("pattern", nargs="?", default="", help="a folder or glob below the runs")
    parser.add_argument("--outputs-dir", type=Path, default=Path("outputs"))
    given, for_tensorboard = parser.parse_known_args(words)
    runs = given.outputs_dir / "runs"
    pattern = re.sub(rf"^({re.escape(runs.as_posix())}|runs)(/|$)", "", given.pattern.rstrip("/"))
    found = find_logged(runs, pattern)
    if not found:
        sys.exit(
            f"error: no run in {runs / pattern} has events of TensorBoard. RUNS names a folder or "
            f"a glob below {runs}, such as RUNS='*/novel_speakers/split0/*/mfcc13/lstm*'"
        )
    pool_what_is_not(given.outputs_dir, found)
    found = find_logged(runs, pattern)
    names = ShortNames.of(folder.relative_to(runs) for folder in found)
    with tempfile.TemporaryDirectory(prefix="tensorboard-") as links:
        link(runs, found, names, Path(links))
        shown = [names.name(folder.relative_to(runs)) for folder in found]
        count = "1 run" if len(shown) == 1 else f"{len(shown)} runs"
        print(f"{count}: {', '.join([*shown[:3], *(['...'] if len(shown) > 3 else [])])}")
        print(
            "To see fewer, type a regular expression into 'Filter runs': lstm1 shows one model,\n"
            "fold0$ first folds, pooled whole cross-validations. Or start with fewer:\n"
            "make tensorboard RUNS='FOLDER OR GLOB'",
            flush=True,
        )
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", links, *for_tensorboard]
        process = subprocess.Popen(command)
        try:
            while process.poll() is None:
                try:
                    process.wait(_PAUSE_S)
                except subprocess.TimeoutExpired:
                    link(runs, find_logged(runs, pattern), names, Path(links))
        except KeyboardInterrupt:
            pass
        finally:
            process.terminate()
            process.wait()


def _parts(folder: Path) -> tuple[str, ...]:
    """Return the tag, empty where there is none, and the levels of a run's folder."""
    tag, levels = folder.parts[:-_LEVELS], folder.parts[-_LEVELS:]
    return ("/".join(tag), *("",) * (_LEVELS - len(levels)), *levels)


if __name__ == "__main__":
    main()
