"""The same syllables of a healthy and of a severe speaker, for people to look at."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.data.audio import read_audio


def contrasting_clips(
    folder: Path, syllables: list[str]
) -> tuple[dict[str, dict[str, NDArray[np.float32]]], int]:
    """Read the same syllables of the most severe speaker and of a healthy one of that gender.

    Args:
        folder: The corpus.
        syllables: What to show; the corpus's most frequent ones where nobody has read them all.

    Returns:
        Clips by syllable and speaker, and their sample rate in Hz.
    """
    readings = pd.read_csv(folder / "manifest.csv").query("repetition == 1")
    chosen = _who_read(readings, syllables)
    if chosen["label"].nunique() < 2:
        syllables = list(readings["syllable"].value_counts().index[: len(syllables)])
        chosen = _who_read(readings, syllables)
    severe = chosen.loc[chosen.loc[chosen["label"] == 1, "severity"].idxmax()]
    healthy = chosen[chosen["label"] == 0]
    same_gender = healthy[healthy["gender"] == severe["gender"]]
    speakers = {
        "healthy": (healthy if same_gender.empty else same_gender)["speaker_id"].iloc[0],
        f"severity {severe['severity']:.2f}": severe["speaker_id"],
    }
    paths = readings.set_index(["syllable", "speaker_id"])["path"]
    audio = {
        syllable: {
            who: read_audio(folder / paths[syllable, speaker]) for who, speaker in speakers.items()
        }
        for syllable in syllables
    }
    clips = {text: {who: one.samples for who, one in row.items()} for text, row in audio.items()}
    return clips, next(iter(audio[syllables[0]].values())).sample_rate_hz


def _who_read(readings: pd.DataFrame, syllables: list[str]) -> pd.DataFrame:
    """Return a row for each speaker who has read all of some syllables."""
    read = readings[readings["syllable"].isin(syllables)]
    counts = read.groupby("speaker_id")["syllable"].nunique()
    complete = counts.index[counts == len(syllables)]
    return read[read["speaker_id"].isin(complete)].drop_duplicates("speaker_id")
