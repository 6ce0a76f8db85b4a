"""Finds out what a model was trained on, by its features and, if they are there, its recordings."""

import hashlib
import json
import logging
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.excerpts import sources
from dysarthria_lightning.data.features.base import AudioFeatures
from dysarthria_lightning.data.gathering import extract_all
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import UserError
from dysarthria_lightning.files.atomic import write_json
from dysarthria_lightning.files.progress import progress_bar
from dysarthria_lightning.scoring.experience import TrainingSummary, summarise
from dysarthria_lightning.scoring.recordings import make_extractor
from dysarthria_lightning.scoring.sound import SOUND, SoundMeter

if TYPE_CHECKING:
    from dysarthria_lightning.scoring.opening import OpenedModel

#: Raise it when the same recordings begin to give another summary.
_VERSION = 1
#: Recordings of a speaker whose sound is measured; their mean is known well enough.
_MEASURED = 20

log = logging.getLogger(__name__)


def training_summary(model: "OpenedModel") -> TrainingSummary:
    """Summarise what a model was trained on, or read what was found before.

    Args:
        model: The model. Where its features are gone, next to nothing is known.
    """
    config, store = model.config, model.store
    corpus = str(model.runs[0].record["fingerprint"]["corpus"]["name"])
    if store is None:
        return TrainingSummary(corpus, class_words(config))
    speakers = sorted({it for run in model.runs for it in run.split["train"]["speakers"]})
    memory = _memory(model, speakers)
    with suppress(OSError, ValueError, TypeError):
        found = TrainingSummary.from_dict(json.loads(memory.read_text(encoding="utf-8")))
        return replace(found, classes=class_words(config))
    index = store.recordings
    index = index[index["speaker_id"].isin(speakers)]
    index = index[~index["syllable_type"].isin(config.subset.exclude)]
    recordings = index.drop_duplicates("source_id")
    sound = _measure(config, str(model.outputs_dir), recordings, store.n_columns)
    n_columns = model.scorer.models[0].n_columns
    summary = summarise(
        corpus, class_words(config), recordings, _mean_features(store, index, n_columns), sound
    )
    if sound is not None:  # what is not known today may be known tomorrow
        with suppress(OSError):
            memory.parent.mkdir(parents=True, exist_ok=True)
            write_json(summary.to_dict(), memory)
    return summary


def class_words(config: Config) -> str:
    """Say who the speakers of the two classes are, in the corpus's own words."""
    if config.data.classes:
        return config.data.classes
    spelt: dict[str, list[str]] = {"dysarthric": [], "healthy": []}
    for key, value in (getattr(config.data, "labels", None) or {}).items():
        if key in spelt:
            spelt[key] += [value] if isinstance(value, str) else value
        elif value in spelt:
            spelt[str(value)].append(key)
    return ", ".join(
        f"{name}: {' or '.join(words)} in the table" for name, words in spelt.items() if words
    )


def _memory(model: "OpenedModel", speakers: list[str]) -> Path:
    config = model.config
    known = [_VERSION, model.store_key, config.features_name, config.subset.name, speakers]
    name = hashlib.blake2b(json.dumps(known).encode(), digest_size=8).hexdigest()
    return model.outputs_dir / "predictions" / "training" / f"{name}.json"


def _mean_features(
    store: FeatureStore, index: pd.DataFrame, n_columns: int
) -> NDArray[np.float64] | None:
    """Return (n_speakers, n_columns), in order of the speakers' ids; None where frames are gone."""
    try:
        frames = store.frames
    except UserError:
        return None
    means = []
    for _, rows in index.groupby("speaker_id"):
        total = np.zeros(n_columns)
        for offset, n_frames in zip(rows["offset"], rows["n_frames"], strict=True):
            part = frames[offset : offset + n_frames, :n_columns]
            total += part.sum(axis=0, dtype=np.float64)
        means.append(total / rows["n_frames"].sum())
    return np.array(means)


def _measure(
    config: Config, outputs_dir: str, recordings: pd.DataFrame, n_columns: int
) -> pd.DataFrame | None:
    """Measure the sound of the recordings that are still what was trained on; None without any."""
    if not isinstance(config.features, AudioFeatures):
        return None
    try:
        if not config.data.is_given(outputs_dir):
            return None
        manifest = config.data.read(outputs_dir)
    except (UserError, OSError):
        return None
    chosen = pd.concat(
        rows.iloc[np.unique(np.linspace(0, len(rows) - 1, min(_MEASURED, len(rows))).astype(int))]
        for _, rows in recordings.groupby("speaker_id")
    )
    expected = dict(zip(chosen["source_id"], chosen["source_digest"], strict=True))
    manifest = manifest[manifest["recording_id"].isin(expected)]
    manifest = manifest[~manifest["path"].str.endswith(".npy")]
    if manifest.empty:
        return None
    meter = make_extractor(config, n_columns, n_columns, SoundMeter)
    rows = []
    with (
        closing(extract_all(meter, sources(manifest))) as results,
        progress_bar() as bar,
    ):
        task = bar.add_task("Measuring what the model was trained on", total=len(manifest))
        for row, result in zip(manifest.itertuples(index=False), results, strict=True):
            if result.measured and result.digest == expected[row.recording_id]:
                measured = {name: result.measured[name] for name in SOUND}
                rows.append({"speaker_id": row.speaker_id, **measured})
            bar.advance(task)
    return pd.DataFrame(rows) if rows else None
