"""Recordings to be scored: read, cut and turned into frames as those of the run's own corpus."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.excerpts import sources
from dysarthria_lightning.data.extraction import Extractor
from dysarthria_lightning.data.gathering import extract_all
from dysarthria_lightning.data.manifest_schema import bullet_list
from dysarthria_lightning.errors import CorpusError


@dataclass(frozen=True)
class FramesInMemory:
    """Frames of recordings, or of segments of them, as models take them.

    Attributes:
        frames: (n_frames, n_columns) float32: the columns that the model reads.
        recordings: One row per instance: ``recording_id``, ``speaker_id``, ``label`` (0 where it is
            not known), ``age`` and ``gender`` (missing where they are not known), ``offset``,
            ``n_frames``.
    """

    frames: NDArray[np.float32]
    recordings: pd.DataFrame


def extract_frames(
    recordings: pd.DataFrame, config: Config, n_columns: int | None, n_read: int
) -> FramesInMemory:
    """Extract what a run's model reads from recordings.

    Args:
        recordings: Rows with ``recording_id``, ``path``, ``speaker_id``, ``label``, ``age`` and
            ``gender``, in order.
        config: The run's.
        n_columns: Columns that the run's corpus had; None where that is not known.
        n_read: Columns that the model reads, the first ones.

    Raises:
        CorpusError: A recording cannot be used; the message names it with the reason.
    """
    frames: list[NDArray[np.float32]] = []
    extractor = make_extractor(config, n_columns, n_read)
    results = list(extract_each(recordings, extractor, n_read, frames.append))
    problems = [f"{it.recording_id}: {it.problem}" for it in results if it.problem]
    if problems:
        raise CorpusError(f"recordings cannot be scored:\n{bullet_list(problems)}")
    return FramesInMemory(np.concatenate(frames), instance_table(recordings, results))


@dataclass(frozen=True)
class ExtractedRecording:
    """What became of a recording, without its frames.

    Attributes:
        recording_id: Its own.
        problem: Why it cannot be scored; None if it can.
        names: Of its instances: its id, or that with a number for each segment.
        n_frames: Of each instance.
        digest: Of its audio.
        duration_s: Of all of it.
        sample_rate_hz: The file's own.
        measured: What a measuring extractor found.
    """

    recording_id: str
    problem: str | None
    names: list[str]
    n_frames: list[int]
    digest: str
    duration_s: float
    sample_rate_hz: int
    measured: dict[str, float]


def make_extractor(
    config: Config, n_columns: int | None, n_read: int, kind: type[Extractor] = Extractor
) -> Extractor:
    """Make what reads recordings as those of a run's corpus were read.

    Args:
        config: The run's.
        n_columns: Columns that the run's corpus had; None where that is not known.
        n_read: Columns that the model reads, the first ones.
        kind: Of extractor.
    """
    corpus = config.data
    return kind(
        config.features,
        n_columns or config.features.n_columns(config.n_mfcc) or n_read,
        corpus.segment_s,
        corpus.max_duration_s,
        least_columns=None if n_columns else n_read,
        channel=corpus.channel,
    )


def extract_each(
    recordings: pd.DataFrame,
    extractor: Extractor,
    n_read: int,
    take: Callable[[NDArray[np.float32]], object],
) -> Generator[ExtractedRecording, None, None]:
    """Extract recordings, over all cores where that is sooner.

    Args:
        recordings: Rows with ``recording_id`` and ``path``, in order.
        extractor: Extracts one.
        n_read: Columns that the model reads, the first ones.
        take: Gets the (n_frames, n_read) frames of one instance after the other.

    Yields:
        What became of each.
    """
    for name, result in zip(
        recordings["recording_id"], extract_all(extractor, sources(recordings)), strict=True
    ):
        problem, instances = result.problem, result.instances
        if result.too_long:
            problem = (
                f"{result.duration_s:.1f} s reach the model's data.max_duration_s = "
                f"{extractor.max_duration_s:g}"
            )
        for instance in instances:
            take(instance.frames[:, :n_read])
        cut = extractor.segment_s is not None
        yield ExtractedRecording(
            name,
            problem,
            [f"{name}#{number}" if cut else name for number in range(len(instances))],
            [len(instance.frames) for instance in instances],
            result.digest,
            result.duration_s,
            result.sample_rate_hz,
            result.measured,
        )


def instance_table(recordings: pd.DataFrame, results: Sequence[ExtractedRecording]) -> pd.DataFrame:
    """List instances in the order of their frames; see :class:`FramesInMemory`.

    Args:
        recordings: Rows with ``speaker_id``, ``label``, ``age`` and ``gender``.
        results: What became of each.
    """
    rows, offset = [], 0
    for row, result in zip(recordings.itertuples(index=False), results, strict=True):
        speaker = (row.speaker_id, row.label, row.age, row.gender)
        for name, n_frames in zip(result.names, result.n_frames, strict=True):
            rows.append((name, *speaker, offset, n_frames))
            offset += n_frames
    columns = ["recording_id", "speaker_id", "label", "age", "gender", "offset", "n_frames"]
    return pd.DataFrame(rows, columns=columns)
