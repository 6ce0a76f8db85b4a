"""Recordings to be scored: read, cut and turned into frames as those of the run's own corpus."""

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
    corpus = config.data
    extractor = Extractor(
        config.features,
        n_columns or config.features.n_columns(config.n_mfcc) or n_read,
        corpus.segment_s,
        corpus.max_duration_s,
        least_columns=None if n_columns else n_read,
        channel=corpus.channel,
    )
    rows, frames, problems, offset = [], [], [], 0
    results = extract_all(extractor, sources(recordings))
    for row, result in zip(recordings.itertuples(index=False), results, strict=True):
        if result.problem is not None:
            problems.append(f"{row.recording_id}: {result.problem}")
        elif result.too_long:
            problems.append(
                f"{row.recording_id}: {result.duration_s:.1f} s reach the model's "
                f"data.max_duration_s = {corpus.max_duration_s:g}"
            )
        for number, instance in enumerate(result.instances):
            name = f"{row.recording_id}#{number}" if corpus.segment_s else row.recording_id
            speaker = (row.speaker_id, row.label, row.age, row.gender)
            rows.append((name, *speaker, offset, len(instance.frames)))
            frames.append(instance.frames[:, :n_read])
            offset += len(instance.frames)
    if problems:
        raise CorpusError(f"recordings cannot be scored:\n{bullet_list(problems)}")
    columns = ["recording_id", "speaker_id", "label", "age", "gender", "offset", "n_frames"]
    return FramesInMemory(np.concatenate(frames), pd.DataFrame(rows, columns=columns))
