"""The measurements of a corpus, made once and found again by its content."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.auditing.changes import Change
from dysarthria_lightning.auditing.measuring import Measurer, measure_all
from dysarthria_lightning.config import Config
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
        recordings: A row a recording, in order of their ids: ``recording_id``, ``speaker_id``,
            ``label``, the cues' columns, ``codec``, ``n_nonspeech_frames``.
        nonspeech: (n_frames, n_columns) float32, the frames in which nobody speaks, recording
            after recording.
    """

    recordings: pd.DataFrame
    nonspeech: NDArray[np.float32]


def measure_corpus(
    config: Config, store: FeatureStore, change: Change | None = None
) -> Measurements | None:
    """Measure the recordings that a feature store was made from, or read what was measured.

    Args:
        config: The corpus and the features.
        store: Its features.
        change: What is done to the samples first; None leaves them as they are.

    Returns:
        The measurements; None where the recordings are matrices, of which nothing can be measured.
    """
    features = config.features
    audio = store.recordings[store.recordings["sample_rate_hz"] > 0]
    if not isinstance(features, AudioFeatures) or len(audio) < len(store.recordings):
        return None
    kind = "as_is" if change is None else change.key
    place = _folder(config, store) / kind
    place.parent.mkdir(parents=True, exist_ok=True)
    claim = place.with_name(f"{kind}.claim")
    if not place.exists():
        with wait_for_claim(claim):
            if not place.exists():  # another process may have made it meanwhile
                _measure(config, features, store, change, place)
    clear_dead_claim(claim)
    recordings = pd.read_parquet(place / _TABLE)
    return Measurements(recordings, np.load(place / _FRAMES, allow_pickle=False))


def _folder(config: Config, store: FeatureStore) -> Path:
    """Return where a corpus's measurements lie; the store's key stands for its content."""
    own = f"{store.key}-v{VERSION}"
    return Path(config.outputs_dir) / "audit" / "measurements" / config.data.corpus / own


def _measure(
    config: Config,
    features: AudioFeatures,
    store: FeatureStore,
    change: Change | None,
    place: Path,
) -> None:
    used = set(store.recordings["source_id"])
    manifest = config.data.read(config.outputs_dir)
    manifest = manifest[manifest["recording_id"].isin(used)]
    # What the models hear: the columns that they use.
    n_columns = config.n_mfcc or store.n_columns
    measurer = Measurer(features, features.frame_extractor(n_columns), change)
    rows = []
    described = "Measuring recordings" if change is None else f"Measuring with {change.text}"
    with (
        new_folder(place) as temporary,
        FramesWriter(temporary / _FRAMES, n_columns) as writer,
        progress_bar() as bar,
    ):
        task = bar.add_task(described, total=len(manifest))
        results = measure_all(measurer, manifest["path"].tolist())
        for row, measured in zip(manifest.itertuples(index=False), results, strict=True):
            writer.append(measured.nonspeech)
            rows.append(
                {
                    "recording_id": row.recording_id,
                    "speaker_id": row.speaker_id,
                    "label": row.label,
                    **measured.cues,
                }
            )
            bar.advance(task)
        pd.DataFrame(rows).to_parquet(temporary / _TABLE)
