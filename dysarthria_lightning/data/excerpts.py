"""Parts of files: a recording may be a stretch of a longer one, or one of its channels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from dysarthria_lightning.data.audio import Audio

# Whoever cuts by hand rounds; so much may be missing at a file's end, or be in two parts.
_ROUNDING_S = 0.01
_MOST_CHANNELS = 1024

#: The columns that say which part of a file a recording is.
PART = ("start", "end", "channel")
#: What to write in place of a channel that is none.
EXPECTED_CHANNEL = (
    "expected a channel's number, from 1 (data.columns='{channel: null}' leaves the column out)"
)


class Excerpt(str):
    """A file's path, with the part of the file that is the recording.

    Attributes:
        start_s: Where the part begins.
        end_s: Where it ends; infinite: with the file.
        channel: Which channel it is, from 1; None: whichever is read of all recordings.
    """

    start_s: float
    end_s: float
    channel: int | None

    def __new__(cls, path: str, start_s: float, end_s: float, channel: int | None) -> Excerpt:
        """Join a path and a part."""
        excerpt = super().__new__(cls, path)
        excerpt.start_s, excerpt.end_s, excerpt.channel = start_s, end_s, channel
        return excerpt

    def __reduce__(self) -> tuple[Any, ...]:
        """Be sent to other processes."""
        return Excerpt, (str(self), self.start_s, self.end_s, self.channel)


def sources(recordings: pd.DataFrame) -> list[str]:
    """List what each recording is read from: a file's path, or an :class:`Excerpt`.

    Args:
        recordings: Rows with ``path``, and ``start``, ``end`` and ``channel`` where parts of files
            are meant.
    """
    paths = recordings["path"].tolist()
    parts = recordings.reindex(columns=list(PART)).astype(float)
    if parts.isna().all(axis=None):
        return paths
    return [
        path
        if math.isnan(start) and math.isnan(end) and math.isnan(channel)
        else Excerpt(path, *part_of(start, end), channel_of(channel))
        for path, start, end, channel in zip(paths, *(parts[it] for it in PART), strict=True)
    ]


def part_of(start: float, end: float) -> tuple[float, float]:
    """Return a part's limits in seconds; where one is missing, the file's own."""
    return (0.0 if math.isnan(start) else start), (math.inf if math.isnan(end) else end)


def channel_of(channel: float) -> int | None:
    """Return a channel's number, None where it is missing."""
    return None if math.isnan(channel) else int(channel)


def recording_id(path: str, start: float, end: float, channel: float = math.nan) -> str:
    """Name a recording by its path, and by its part where it is one.

    Example:
        >>> recording_id("talk.wav", 1.5, 3.0)
        'talk.wav#1.5-3'
        >>> recording_id("talk.wav", 1.5, 3.0, 2)
        'talk.wav#1.5-3,channel2'
    """
    part = []
    if not (math.isnan(start) and math.isnan(end)):
        part.append(f"{_seconds(start)}-{_seconds(end)}")
    if not math.isnan(channel):
        part.append(f"channel{channel:g}")
    return f"{path}#{','.join(part)}" if part else path


def _seconds(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.12g}"


_held: dict[tuple[str, int | None], Audio] = {}


def read_part(
    path: str,
    channel: int | None,
    before_decoding: Callable[[int, int], object] | None = None,
) -> Audio:
    """Read a recording, and cut its part out of the file.

    The last file of which a part was asked for is held, as its other parts come next.

    Args:
        path: A file, or a part of one.
        channel: Which channel of several is read where the part names none.
        before_decoding: Called with the number of the file's samples and their rate.

    Raises:
        UnusableRecordingError: It cannot be used, or the file has no such part.
    """
    from dysarthria_lightning.data.audio import read_audio

    if not isinstance(path, Excerpt):
        return read_audio(Path(path), before_decoding, channel)
    strict = path.channel is not None
    wanted = path.channel if strict else channel
    if math.isinf(path.end_s) and path.start_s == 0:
        return read_audio(Path(path), before_decoding, wanted, strict)
    if (str(path), wanted) not in _held:
        _held.clear()
        _held[str(path), wanted] = read_audio(Path(path), before_decoding, wanted, strict)
    return _cut(_held[str(path), wanted], path.start_s, path.end_s)


def _cut(whole: Audio, start_s: float, end_s: float) -> Audio:
    """Cut a part out of a file.

    Raises:
        UnusableRecordingError: The file is shorter than the part, or the part is silent.
    """
    from dysarthria_lightning.data.audio import Audio
    from dysarthria_lightning.data.levels import OF_LEVEL, Levels
    from dysarthria_lightning.data.unusable import UnusableRecordingError

    if math.isfinite(end_s) and end_s > whole.duration_s + _ROUNDING_S:
        raise UnusableRecordingError(
            f"end = {end_s:g} s, but the file is {whole.duration_s:.3f} s long"
        )
    rate = whole.sample_rate_hz
    stop = len(whole.samples) if math.isinf(end_s) else round(end_s * rate)
    samples = whole.samples[round(start_s * rate) : stop]
    if len(samples) == 0:
        raise UnusableRecordingError(
            f"start = {start_s:g} s leaves nothing: the file is {whole.duration_s:.3f} s long"
        )
    levels = Levels(whole.subtype)
    levels.add(samples[:, None])
    levels.check()
    of_file = [remark for remark in whole.remarks if remark.what not in OF_LEVEL]
    return Audio(samples, rate, (*of_file, *levels.remarks()), whole.subtype)


def let_go() -> None:
    """Give back the file that :func:`read_part` holds."""
    _held.clear()


def part_problems(manifest: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Yield the row, cell and expectation of each part that cannot be one.

    Args:
        manifest: Rows with ``path``, ``row`` and numbers ``start``, ``end`` and ``channel``.
    """
    is_part = manifest[list(PART)].notna().any(axis=1)
    if not is_part.any():
        return
    for row in manifest[is_part].itertuples():
        start, end = part_of(row.start, row.end)
        if start < 0:
            yield row.row, f"start = {start:g}", "expected seconds from the file's beginning"
        elif end <= start:
            yield row.row, f"end = {end:g}", f"expected more than start = {start:g}"
        if not (math.isnan(row.channel) or row.channel in range(1, _MOST_CHANNELS + 1)):
            yield row.row, f"channel = {row.channel:g}", EXPECTED_CHANNEL
        elif isinstance(row.path, str) and row.path.endswith(".npy"):
            which = "start and end" if math.isnan(row.channel) else "channel"
            yield row.row, which, "only parts of audio are read, none of .npy matrices"


def shared_sound(manifest: pd.DataFrame) -> list[str]:
    """Say where two speakers are given the same sound of one file.

    Args:
        manifest: Rows with ``path``, ``start``, ``end``, ``channel``, ``speaker_id`` and ``row``.
    """
    parts = manifest[manifest["path"].duplicated(keep=False)]
    if parts.empty or parts[list(PART)].isna().all(axis=None):
        return []
    problems = []
    for path, rows in parts.groupby("path"):
        # By speaker and channel, how far their sound goes, and the row that goes so far.
        last: dict[tuple[str, int | None], tuple[float, int, str]] = {}
        limits = [
            (*part_of(row.start, row.end), place, row.speaker_id, channel_of(row.channel), row.row)
            for place, row in enumerate(rows.itertuples())
        ]
        for start, end, place, speaker, channel, row in sorted(limits, key=lambda it: it[:2]):
            for (other, others_channel), (reached, *theirs) in last.items():
                is_apart = None not in (channel, others_channel) and channel != others_channel
                if other != speaker and not is_apart and reached - start > _ROUNDING_S:
                    (_, one, who), (_, another, they) = sorted(
                        [(place, row, speaker), (*theirs, other)]
                    )
                    problems.append(
                        f"{path}: {one} and {another} overlap, and are of speakers {who} and "
                        f"{they}; the same sound cannot be both's"
                    )
            key = speaker, channel
            if key not in last or end > last[key][0]:
                last[key] = end, place, row
    return problems
