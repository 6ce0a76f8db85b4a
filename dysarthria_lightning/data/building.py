"""Makes a feature store: every recording of a manifest extracted and written."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.excerpts import sources
from dysarthria_lightning.data.extraction import Extracted, Extractor
from dysarthria_lightning.data.features.base import FeatureSection
from dysarthria_lightning.data.flow import WHOSE
from dysarthria_lightning.data.gathering import extract_all
from dysarthria_lightning.data.manifest_schema import LEFT_OUT, METADATA, TWO_LABELS, bullet_list
from dysarthria_lightning.data.oddities import READING, rows_of_all_matrices
from dysarthria_lightning.data.same_audio import (
    copies_within_speaker,
    describe_shared,
    shared_across_speakers,
)
from dysarthria_lightning.data.same_people import SAME_PEOPLE, speakers_met_before
from dysarthria_lightning.data.store import FramesWriter, write_about
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.files.atomic import new_folder
from dysarthria_lightning.files.progress import progress_bar


def build_store(
    corpus: CorpusSection,
    features: FeatureSection,
    n_columns: int | None,
    manifest: pd.DataFrame,
    key: str,
    folder: Path,
    check: Callable[[], None],
) -> None:
    """Extract everything into a temporary folder and move it into place when it is whole.

    Args:
        corpus: How recordings are cut and which are too long.
        features: What is extracted.
        n_columns: Columns to store; None where the recordings' matrices decide.
        manifest: The corpus's recordings.
        key: The store's key.
        folder: Where the store is to lie; its parent exists. The caller holds the store's lock.
        check: Called before the store is moved into place; raises an error if it must not be.

    Raises:
        CorpusError: Not one recording can be used.
    """
    with new_folder(folder) as temporary:
        _build(corpus, features, n_columns, manifest, key, temporary)
        check()


def _build(
    corpus: CorpusSection,
    features: FeatureSection,
    n_columns: int | None,
    manifest: pd.DataFrame,
    key: str,
    folder: Path,
) -> None:
    n_columns = _count_columns(features, n_columns, manifest)
    index = _Index()
    with (
        FramesWriter(folder / "frames.npy", n_columns) as writer,
        progress_bar() as bar,
    ):
        task = bar.add_task("Extracting features", total=len(manifest))
        for part, rows in corpus.stretches(manifest):
            extractor = Extractor(
                features, n_columns, part.segment_s, part.max_duration_s, channel=part.channel
            )
            with closing(extract_all(extractor, sources(rows))) as results:
                for row, result in zip(rows.itertuples(index=False), results, strict=True):
                    offsets = [writer.append(instance.frames) for instance in result.instances]
                    index.add(row, result, offsets, segmented=part.segment_s is not None)
                    bar.advance(task)
    same_audio = list(index.same_audio.values())
    same_people: dict[str, str] = {}
    if order := corpus.store_settings().get("on_shared_speaker"):
        same_people = speakers_met_before(same_audio, order)
        same_audio = [
            [row for row in rows if row.speaker_id not in same_people] for rows in same_audio
        ]
    shared = shared_across_speakers(same_audio)
    problems = index.problems | describe_shared(manifest, shared)
    if not index.rows:
        reasons = [f"{recording}: {reason}" for recording, reason in problems.items()]
        if index.too_long:
            reasons.append(
                f"{len(index.too_long)} reach data.max_duration_s = {corpus.max_duration_s} s"
            )
        raise CorpusError(f"not one recording can be used:\n{bullet_list(reasons)}")
    recordings = pd.DataFrame(index.rows)
    # Whose a recording is that two speakers share is not known; its frames stay, unindexed.
    copies = copies_within_speaker(same_audio)
    left_out = {*problems}
    if corpus.on_duplicate == "keep_first":
        left_out |= {copy for first, *others in copies for copy in others}
    left = recordings["source_id"].isin(left_out) | recordings["speaker_id"].isin(same_people)
    recordings = recordings[~left].reset_index(drop=True)
    recordings.to_parquet(folder / "recordings.parquet")
    about = {
        "key": key,
        "n_coefficients": n_columns,
        "features": features.model_dump(),
        "segment_s": corpus.segment_s,
        "max_duration_s": corpus.max_duration_s,
        "n_listed": len(manifest),
        "problems": problems,
        "too_long": index.too_long,
        "silent_segments": index.silent_segments,
        "repeated": copies,
        "remarks": index.remarks,
        "rows_of_all": rows_of_all_matrices(manifest["path"]),
        "reading": READING,
    }
    # What is as it was before these could be said goes unsaid.
    if shared:
        about["shared"] = shared
    if same_people:
        about[SAME_PEOPLE] = same_people
    if corpus.on_duplicate == "keep_first":
        about["kept_first"] = True
    unused = manifest[~manifest["recording_id"].isin(recordings["source_id"])]
    if len(unused):
        about[WHOSE] = {
            row.recording_id: [row.speaker_id, int(row.label)] for row in unused.itertuples()
        }
    about |= {
        name: manifest.attrs[name] for name in (TWO_LABELS, LEFT_OUT) if name in manifest.attrs
    }
    write_about(folder, about)


def _count_columns(features: FeatureSection, n_columns: int | None, manifest: pd.DataFrame) -> int:
    """Audio sets the number of columns; where there is none, most of the matrices may."""
    has_audio = not manifest["path"].str.endswith(".npy").all()
    if n_columns is not None and (has_audio or not features.matrices_decide):
        return n_columns
    columns: Counter[int] = Counter()
    for path in manifest["path"]:
        # The extractor tells what is wrong with a file that cannot be read.
        with suppress(Exception):
            shape = np.lib.format.open_memmap(path, mode="r").shape
            if len(shape) == 2 and shape[1] > 0:
                columns[shape[1]] += 1
    return columns.most_common(1)[0][0] if columns else n_columns or 1


class _Index:
    """Gathers where each instance's frames lie, and what became of the others."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.problems: dict[str, str] = {}
        self.too_long: list[str] = []
        self.silent_segments: dict[str, int] = {}
        self.same_audio: dict[str, list[Any]] = {}
        self.remarks: dict[str, dict[str, str]] = {}

    def add(self, row: Any, result: Extracted, offsets: list[int], segmented: bool) -> None:
        if result.problem is not None:
            self.problems[row.recording_id] = result.problem
        elif result.too_long:
            self.too_long.append(row.recording_id)
        else:
            self.same_audio.setdefault(result.digest, []).append(row)
            for remark in result.remarks:
                self.remarks.setdefault(remark.what, {})[row.recording_id] = remark.detail
            if result.n_silent_segments:
                self.silent_segments[row.recording_id] = result.n_silent_segments
        for number, (instance, offset) in enumerate(zip(result.instances, offsets, strict=True)):
            self.rows.append(
                {
                    "recording_id": f"{row.recording_id}#{number}"
                    if segmented
                    else row.recording_id,
                    "source_id": row.recording_id,
                    "source_digest": result.digest,
                    "source_duration_s": result.duration_s,
                    **{column: getattr(row, column) for column in METADATA},
                    "start_s": instance.start_s,
                    "duration_s": instance.duration_s,
                    "sample_rate_hz": result.sample_rate_hz,
                    "offset": offset,
                    "n_frames": len(instance.frames),
                }
            )
