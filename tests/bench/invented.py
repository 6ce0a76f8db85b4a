"""Feature stores of any size, of recordings that nobody has made."""

from pathlib import Path

import numpy as np
import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.features.base import AudioFeatures
from dysarthria_lightning.data.manifest_schema import METADATA
from dysarthria_lightning.data.oddities import READING
from dysarthria_lightning.data.store import FramesWriter, write_about
from dysarthria_lightning.data.synthetic.prompts import PROMPTS

_RECORDINGS_PER_SPEAKER = 87
_SAMPLE_RATE_HZ = 44_100
_SHORTEST, _LONGEST = 30, 70
# Whole speakers, some 40 MB of frames.
_CHUNK_RECORDINGS = 100 * _RECORDINGS_PER_SPEAKER


def write_store(
    config: Config, folder: Path, n_recordings: int, rng: np.random.Generator, with_frames: bool
) -> None:
    """Write a store of noise, a part at a time; only its index is held in memory.

    Each speaker reads the 82 prompts and some of them twice; every other one is dysarthric.

    Args:
        config: ``features`` and ``n_mfcc`` count.
        folder: The store's folder, to be made.
        n_recordings: How many.
        rng: Draws lengths, frames, ages, severities and digests.
        with_frames: Whether to write the frames, too, or the index only.
    """
    n_columns = config.features.n_columns(config.n_mfcc)
    assert n_columns is not None
    folder.mkdir(parents=True)
    parts = []
    offset = 0
    with FramesWriter(folder / "frames.npy", n_columns) as writer:
        for first in range(0, n_recordings, _CHUNK_RECORDINGS):
            n_frames = rng.integers(
                _SHORTEST, _LONGEST + 1, min(_CHUNK_RECORDINGS, n_recordings - first)
            )
            parts.append(_list_recordings(config, first, offset, n_frames, rng))
            total = int(n_frames.sum())
            offset += total
            if with_frames:
                writer.append(rng.standard_normal((total, n_columns), dtype=np.float32))
    pd.concat(parts, ignore_index=True).to_parquet(folder / "recordings.parquet")
    about = {
        "key": "invented",
        "n_coefficients": n_columns,
        "features": config.features.model_dump(),
        "segment_s": None,
        "max_duration_s": None,
        "n_listed": n_recordings,
        "problems": {},
        "too_long": [],
        "silent_segments": {},
        "repeated": [],
        "remarks": {},
        "rows_of_all": None,
        "reading": READING,
    }
    write_about(folder, about)


def _list_recordings(
    config: Config, first: int, offset: int, n_frames: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Make rows of the index, of which the first is the corpus's recording number ``first``."""
    speaker, reading = np.divmod(first + np.arange(len(n_frames)), _RECORDINGS_PER_SPEAKER)
    prompt = reading % len(PROMPTS)
    label = speaker % 2
    # Whole speakers make a part, so each is drawn once.
    local = speaker - speaker[0]
    age, severity = rng.integers(21, 84, local[-1] + 1), rng.random(local[-1] + 1)
    syllable = np.array([one.syllable for one in PROMPTS])[prompt]
    speaker_id = np.array([f"S{number:06d}" for number in speaker])
    recording_id = [
        f"{who}/{number + 1:02d}-{text}.wav"
        for who, number, text in zip(speaker_id, reading, syllable, strict=True)
    ]
    digests = rng.bytes(16 * len(n_frames)).hex()
    features = config.features
    assert isinstance(features, AudioFeatures)
    duration_s = features.window_s + features.hop_s * (n_frames - 1)
    known = {
        "speaker_id": speaker_id,
        "label": label,
        "gender": np.where(speaker // 2 % 2, "male", "female"),
        "age": age[local].astype(float),
        "severity": np.where(label == 1, severity[local], np.nan),
        "syllable": syllable,
        "syllable_type": np.array([one.syllable_type for one in PROMPTS])[prompt],
    }
    return pd.DataFrame(
        {
            "recording_id": recording_id,
            "source_id": recording_id,
            "source_digest": [digests[32 * k : 32 * (k + 1)] for k in range(len(n_frames))],
            "source_duration_s": duration_s,
            **{column: known.get(column) for column in METADATA},
            "start_s": 0.0,
            "duration_s": duration_s,
            "sample_rate_hz": _SAMPLE_RATE_HZ,
            "offset": offset + np.cumsum(n_frames) - n_frames,
            "n_frames": n_frames,
        }
    )
