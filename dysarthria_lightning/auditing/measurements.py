"""The measurements of a corpus, made once and found again by its content."""

import shutil
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.auditing.changes import Change
from dysarthria_lightning.auditing.measuring import Measurer, measure_all
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.excerpts import sources
from dysarthria_lightning.data.features.base import AudioFeatures
from dysarthria_lightning.data.store import FeatureStore, FramesWriter
from dysarthria_lightning.files.atomic import new_folder
from dysarthria_lightning.files.locks import clear_dead_claim, wait_for_claim
from dysarthria_lightning.files.progress import progress_bar

#: Raise it when the same recordings begin to give other measurements.
VERSION = 1

_TABLE, _FRAMES = "recordings.parquet", "nonspeech.npy"


@dataclass(frozen=True)
class Measurements:
    """What was measured of a corpus.

    Attributes:
        recordings: A row a recording, in order of their ids: ``recording_id``, ``speaker_id``, the
            cues' columns, ``codec``, ``name_length``, and ``first_frame`` and
            ``n_nonspeech_frames``, its rows of :attr:`nonspeech`.
        nonspeech: (n_frames, n_columns) float32, the frames in which nobody speaks, mapped from
            disk.
    """

    recordings: pd.DataFrame
    nonspeech: NDArray[np.float32]

    def of_recordings(self, ids: Iterable[str]) -> "Measurements":
        """Keep some recordings."""
        chosen = self.recordings["recording_id"].isin(set(ids))
        return replace(self, recordings=self.recordings[chosen].reset_index(drop=True))


def why_not_measured(config: Config, store: FeatureStore) -> str:
    """Say why a corpus cannot be measured; nothing where it can.

    Args:
        config: The corpus and the features.
        store: Its features.
    """
    sources = store.recordings.drop_duplicates("source_id")
    n_matrices = int((sources["sample_rate_hz"] == 0).sum())
    if n_matrices:
        return (
            f"{n_matrices} of {len(sources)} recordings are matrices: there is no audio to measure"
        )
    return "" if isinstance(config.features, AudioFeatures) else "these features are of no audio"


def measure_corpus(
    config: Config, store: FeatureStore, change: Change | None = None
) -> Measurements:
    """Measure the recordings that a feature store was made from, or read what was measured.

    Args:
        config: The corpus and the features, of which :func:`why_not_measured` says nothing.
        store: Its features.
        change: What is done to the samples first; None leaves them as they are.
    """
    kind = "as_is" if change is None else change.key
    place = measurements_folder(config, store) / kind
    place.parent.mkdir(parents=True, exist_ok=True)
    claim = place.with_name(f"{kind}.claim")
    manifest = config.data.read(config.outputs_dir)
    manifest = manifest[manifest["recording_id"].isin(set(store.recordings["source_id"]))]
    found = _read(place)
    if found is None:
        with wait_for_claim(claim):
            found = _read(place)  # another process may have made it meanwhile
            if found is None:
                shutil.rmtree(place, ignore_errors=True)
                _measure(config, store, manifest, change, place)
                found = _read(place)
                assert found is not None
    clear_dead_claim(claim)
    lengths = {row.recording_id: len(Path(row.path).stem) for row in manifest.itertuples()}
    names = found.recordings["recording_id"].map(lengths)
    return Measurements(
        found.recordings.assign(name_length=names),
        # What is measured are all columns that are stored; models hear those that they use.
        found.nonspeech[:, : config.n_mfcc or store.n_columns],
    )


def measurements_folder(config: Config, store: FeatureStore) -> Path:
    """Return where a corpus's measurements lie; the store's key stands for its content.

    Args:
        config: The corpus and the features.
        store: Its features.
    """
    own = f"{store.key}-v{VERSION}"
    return Path(config.outputs_dir) / "audit" / "measurements" / config.data.corpus / own


def _read(place: Path) -> Measurements | None:
    """Read what was measured; None where it is not there, or damaged."""
    try:
        recordings = pd.read_parquet(place / _TABLE)
        frames = np.load(place / _FRAMES, mmap_mode="r", allow_pickle=False)
        if len(frames) != recordings["n_nonspeech_frames"].sum():
            return None
        return Measurements(recordings, frames)
    except (OSError, ValueError, KeyError):
        return None


def _measure(
    config: Config,
    store: FeatureStore,
    manifest: pd.DataFrame,
    change: Change | None,
    place: Path,
) -> None:
    features = config.features
    assert isinstance(features, AudioFeatures)
    measurer = Measurer(
        features, features.frame_extractor(store.n_columns), change, config.data.channel
    )
    rows = []
    described = "Measuring recordings" if change is None else f"Measuring with {change.text}"
    with (
        new_folder(place) as temporary,
        FramesWriter(temporary / _FRAMES, store.n_columns) as writer,
        closing(measure_all(measurer, sources(manifest))) as results,
        progress_bar() as bar,
    ):
        task = bar.add_task(described, total=len(manifest))
        for row, measured in zip(manifest.itertuples(index=False), results, strict=True):
            rows.append(
                {
                    "recording_id": row.recording_id,
                    "speaker_id": row.speaker_id,
                    "first_frame": writer.append(measured.nonspeech),
                    **measured.cues,
                }
            )
            bar.advance(task)
        pd.DataFrame(rows).to_parquet(temporary / _TABLE)
