"""The frames of given recordings, and what the runs that may score them make of these."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.data.manifest_schema import HEALTHY
from dysarthria_lightning.data.store import FramesWriter
from dysarthria_lightning.files.progress import progress_bar
from dysarthria_lightning.scoring.familiar import Familiarity
from dysarthria_lightning.scoring.given_recordings import GivenRecordings
from dysarthria_lightning.scoring.recordings import (
    ExtractedRecording,
    FramesInMemory,
    extract_each,
    instance_table,
    make_extractor,
)
from dysarthria_lightning.scoring.sound import MeasuringExtractor

if TYPE_CHECKING:
    from dysarthria_lightning.scoring.ready import ReadyModel


@dataclass(frozen=True)
class Extraction:
    """What was extracted of given recordings.

    Attributes:
        frames: (n_frames, n_columns) float32, mapped from disk.
        instances: One row per instance that can be scored, see :class:`FramesInMemory`, with
            ``source_id``.
        results: What became of each recording, in the order of the given ones.
        bad: By recording why it cannot be scored.
    """

    frames: NDArray[np.float32]
    instances: pd.DataFrame
    results: list[ExtractedRecording]
    bad: dict[str, str]


def extract(model: "ReadyModel", given: GivenRecordings, place: Path) -> Extraction:
    """Extract what a model reads of given recordings.

    Args:
        model: The model.
        given: The recordings.
        place: The file that frames are written to, and mapped from.

    Raises:
        RunError: The model computed features of audio otherwise.
    """
    scorer, n_read = model.scorer, model.scorer.models[0].n_columns
    rows = given.rows
    if not rows["path"].str.endswith(".npy").all():
        scorer.check_reads_audio()
    extractor = make_extractor(scorer.config, scorer.n_stored_columns, n_read, MeasuringExtractor)
    results = []
    with (
        FramesWriter(place, n_read) as writer,
        closing(extract_each(rows, extractor, n_read, writer.append)) as extracted,
        progress_bar() as bar,
    ):
        task = bar.add_task("Extracting features", total=len(rows))
        for result in extracted:
            results.append(result)
            bar.advance(task)
    filled = rows.assign(label=rows["label"].fillna(HEALTHY).astype(int))
    instances = instance_table(filled, results)
    bad = {it.recording_id: it.problem for it in results if it.problem}
    longest = scorer.models[0].longest
    for result in results:
        if longest is not None and max(result.n_frames, default=0) > longest:
            bad[result.recording_id] = (
                f"{max(result.n_frames)} frames are more than the {longest} of the longest "
                "recording that the model was trained on, and it takes no longer one"
            )
    sources = np.repeat([it.recording_id for it in results], [len(it.names) for it in results])
    instances = instances.assign(source_id=sources)
    instances = instances[~instances["source_id"].isin(bad)].reset_index(drop=True)
    frames = np.load(place, mmap_mode="r") if len(instances) else np.zeros((0, n_read), np.float32)
    return Extraction(frames, instances, results, bad)


def run_logits(
    model: "ReadyModel", extraction: Extraction, familiarity: Familiarity
) -> NDArray[np.float64]:
    """Score every instance by the runs that have not met the person.

    Args:
        model: The model.
        extraction: Of given recordings.
        familiarity: Who was met by which run.

    Returns:
        (n_runs, n_instances) logits, NaN where a run has met the person.
    """
    instances = extraction.instances
    logits = np.full((model.n_parts, len(instances)), np.nan)
    nobody: frozenset[int] = frozenset()
    met = [familiarity.met_by.get(speaker, nobody) for speaker in instances["speaker_id"]]
    with progress_bar() as bar:
        task = bar.add_task("Scoring", total=model.n_parts)
        for place, trained in enumerate(model.scorer.models):
            chosen = np.array([place not in its for its in met], dtype=bool)
            if chosen.any():
                rows = instances[chosen].reset_index(drop=True)
                logits[place, chosen] = trained.logits(FramesInMemory(extraction.frames, rows))
            bar.advance(task)
    return logits


def mean_features(extraction: Extraction) -> dict[str, NDArray[np.float64]]:
    """Return by person the (n_columns,) means over all frames.

    Args:
        extraction: Of given recordings.
    """
    means = {}
    for speaker, rows in extraction.instances.groupby("speaker_id"):
        total = sum(
            extraction.frames[offset : offset + n].sum(axis=0, dtype=np.float64)
            for offset, n in zip(rows["offset"], rows["n_frames"], strict=True)
        )
        means[speaker] = np.asarray(total) / rows["n_frames"].sum()
    return means
