"""Parts of files: a recording may be what lies between two times of a longer one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from dysarthria_lightning.data.audio import Audio

# Whoever cuts by hand rounds; so much may be missing at a file's end, or be in two parts.
_ROUNDING_S = 0.01


class Excerpt(str):
    """A file's path, with the part of the file that is the recording.

    Attributes:
        start_s: Where the part begins.
        end_s: Where it ends; infinite: with the file.
    """

    start_s: float
    end_s: float

    def __new__(cls, path: str, start_s: float, end_s: float) -> Excerpt:
        """Join a path and a part."""
        excerpt = super().__new__(cls, path)
        excerpt.start_s, excerpt.end_s = start_s, end_s
        return excerpt

    def __reduce__(self) -> tuple[Any, ...]:
        """Be sent to other processes."""
        return Excerpt, (str(self), self.start_s, self.end_s)


def sources(recordings: pd.DataFrame) -> list[str]:
    """List what each recording is read from: a file's path, or an :class:`Excerpt`.

    Args:
        recordings: Rows with ``path``, and ``start`` and ``end`` where parts of files are meant.
    """
    paths = recordings["path"].tolist()
    if not {"start", "end"} <= set(recordings.columns):
        return paths
    return [
        path if math.isnan(start) and math.isnan(end) else Excerpt(path, *part_of(start, end))
        for path, start, end in zip(
            paths, recordings["start"].astype(float), recordings["end"].astype(float), strict=True
        )
    ]


def part_of(start: float, end: float) -> tuple[float, float]:
    """Return a part's limits in seconds; where one is missing, the file's own."""
    return (0.0 if math.isnan(start) else start), (math.inf if math.isnan(end) else end)


def recording_id(path: str, start: float, end: float) -> str:
    """Name a recording by its path, and by its part where it is one.

    Example:
        >>> recording_id("talk.wav", 1.5, 3.0)
        'talk.wav#1.5-3'
    """
    if math.isnan(start) and math.isnan(end):
        return path
    return f"{path}#{_seconds(start)}-{_seconds(end)}"


def _seconds(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.12g}"


_held: dict[str, Audio] = {}


def read_part(path: str, read: Callable[[], Audio]) -> Audio:
    """Read a recording, and cut its part out of the file.

    The last file of which a part was asked for is held, as its other parts come next.

    Args:
        path: A file, or a part of one.
        read: Reads the whole file.

    Raises:
        UnusableRecordingError: The file is shorter than the part, or the part is silent.
    """
    from dysarthria_lightning.data.audio import Audio, UnusableRecordingError

    if not isinstance(path, Excerpt):
        return read()
    if str(path) not in _held:
        _held.clear()
        _held[str(path)] = read()
    whole = _held[str(path)]
    if math.isfinite(path.end_s) and path.end_s > whole.duration_s + _ROUNDING_S:
        raise UnusableRecordingError(
            f"end = {path.end_s:g} s, but the file is {whole.duration_s:.3f} s long"
        )
    rate = whole.sample_rate_hz
    stop = len(whole.samples) if math.isinf(path.end_s) else round(path.end_s * rate)
    samples = whole.samples[round(path.start_s * rate) : stop]
    if len(samples) == 0:
        raise UnusableRecordingError(
            f"start = {path.start_s:g} s leaves nothing: the file is {whole.duration_s:.3f} s long"
        )
    if not samples.any():
        raise UnusableRecordingError("is silent: every sample is zero")
    return Audio(samples, rate)


def let_go() -> None:
    """Give back the file that :func:`read_part` holds."""
    _held.clear()


def part_problems(manifest: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Yield the row, cell and expectation of each part that cannot be one.

    Args:
        manifest: Rows with ``path``, ``row`` and numbers ``start`` and ``end``.
    """
    for row in manifest[manifest[["start", "end"]].notna().any(axis=1)].itertuples():
        start, end = part_of(row.start, row.end)
        if start < 0:
            yield row.row, f"start = {start:g}", "expected seconds from the file's beginning"
        elif end <= start:
            yield row.row, f"end = {end:g}", f"expected more than start = {start:g}"
        elif isinstance(row.path, str) and row.path.endswith(".npy"):
            yield row.row, "start and end", "only parts of audio are read, none of .npy matrices"


def shared_sound(manifest: pd.DataFrame) -> list[str]:
    """Say where two speakers are given the same sound of one file.

    Args:
        manifest: Rows with ``path``, ``start``, ``end``, ``speaker_id`` and ``row``.
    """
    parts = manifest[manifest["path"].duplicated(keep=False)]
    if parts.empty or parts[["start", "end"]].isna().all(axis=None):
        return []
    problems = []
    for path, rows in parts.groupby("path"):
        # By speaker, how far their sound goes, and the row that goes so far.
        last: dict[str, tuple[float, int, str]] = {}
        limits = [
            (*part_of(row.start, row.end), place, row.speaker_id, row.row)
            for place, row in enumerate(rows.itertuples())
        ]
        for start, end, place, speaker, row in sorted(limits, key=lambda limit: limit[:2]):
            for other, (reached, *theirs) in last.items():
                if other != speaker and reached - start > _ROUNDING_S:
                    (_, one, who), (_, another, they) = sorted(
                        [(place, row, speaker), (*theirs, other)]
                    )
                    problems.append(
                        f"{path}: {one} and {another} overlap, and are of speakers {who} and "
                        f"{they}; the same sound cannot be both's"
                    )
            if speaker not in last or end > last[speaker][0]:
                last[speaker] = end, place, row
    return problems
