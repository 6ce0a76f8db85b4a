"""Feeds a batch of hostile inputs to the package, in a process whose memory and time are bounded.

``python batch.py FOLDER KIND NUMBER [KIND NUMBER ...]`` prints, as JSON, how so many inputs of each
kind ended: in a result, in an error of ours, or in something that must not be.
"""

import contextlib
import io
import json
import os
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutants
import numpy as np

# CPU time for one input.
LIMIT_S = 20
# Above what the process takes before the first input.
MEMORY_BYTES = 1_500_000_000

Feed = Callable[[np.random.Generator], bool]


class HungError(BaseException):
    """An input took too long."""


def feed_sound(folder: Path) -> Feed:
    extract = _extractor()

    def feed(rng: np.random.Generator) -> bool:
        name, content = mutants.damaged_sound(rng, folder)
        return _extracted(extract, folder / name, content)

    return feed


def feed_matrix(folder: Path) -> Feed:
    extract = _extractor()
    return lambda rng: _extracted(extract, folder / "a.npy", mutants.damaged_matrix(rng))


def _extractor() -> Any:
    from configurations import compose_config

    from dysarthria_lightning.data.extraction import Extractor

    extractor = Extractor(compose_config(Path("outputs")).features, 25, None, None)
    extractor.get_ready_for_audio()  # torch wants more memory than any input may
    return extractor


def _extracted(extract: Any, path: Path, content: bytes) -> bool:
    path.write_bytes(content)
    result = extract(str(path))
    assert (result.problem is None) != (not result.instances), result
    for instance in result.instances:
        assert instance.frames.shape[1] == 25
        assert np.isfinite(instance.frames).all()
    return result.problem is None


def feed_table(folder: Path) -> Feed:
    from dysarthria_lightning.data.corpora.manifest import read_manifest
    from dysarthria_lightning.data.manifest_schema import COLUMNS
    from dysarthria_lightning.errors import UserError

    for number in range(6):
        (folder / f"{number}.wav").write_bytes(b"there")

    def feed(rng: np.random.Generator) -> bool:
        is_csv = bool(rng.integers(2))
        path = folder / ("mine.csv" if is_csv else "mine.parquet")
        path.write_bytes(mutants.damaged_csv(rng) if is_csv else mutants.damaged_parquet(rng))
        try:
            manifest = read_manifest(str(path))
        except UserError:
            return False
        assert tuple(manifest.columns) == COLUMNS
        assert set(manifest["label"]) == {0, 1}
        return True

    return feed


def feed_overrides(folder: Path) -> Feed:
    from dysarthria_lightning.cli.command import command
    from dysarthria_lightning.cli.entry import run_command
    from dysarthria_lightning.config import check_config

    checked = []

    @command("config")
    def main(composed: Any) -> None:
        checked.append(check_config(composed))

    os.chdir(folder)

    def feed(rng: np.random.Generator) -> bool:
        checked.clear()
        sys.argv[1:] = mutants.overrides(rng)
        said = None
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                run_command(main)
        except SystemExit as stop:
            said = stop.code
        assert checked if said is None else str(said).startswith("error: "), said
        return said is None

    return feed


FEEDS = {
    "sound": feed_sound,
    "matrix": feed_matrix,
    "table": feed_table,
    "overrides": feed_overrides,
}


def _hung(*arguments: object) -> None:
    raise HungError


def main(folder: Path, numbers: dict[str, int]) -> None:
    feeds = {kind: FEEDS[kind](folder) for kind in numbers}
    size, resident = (
        int(pages) * resource.getpagesize()
        for pages in Path("/proc/self/statm").read_text().split()[:2]
    )
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY_BYTES,) * 2)
    signal.signal(signal.SIGPROF, _hung)
    warnings.simplefilter("error")
    failures: list[str] = []
    outcomes = {kind: {True: 0, False: 0} for kind in numbers}
    for kind, number in numbers.items():
        for seed in range(number):
            signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
            try:
                outcomes[kind][feeds[kind](np.random.default_rng([seed, len(kind)]))] += 1
            except BaseException:
                failures.append(f"{kind} {seed} {sys.argv[1:]}: {traceback.format_exc()}")
            signal.setitimer(signal.ITIMER_PROF, 0)
    report = {
        "used": {kind: outcomes[kind][True] for kind in numbers},
        "refused": {kind: outcomes[kind][False] for kind in numbers},
        "failures": failures,
        "grown": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - resident,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    folder, *words = sys.argv[1:]
    main(Path(folder), dict(zip(words[::2], map(int, words[1::2]), strict=True)))
