"""What a corpus's recordings are called: the paper's are syllables, others need not be."""

from typing import NamedTuple

import pandas as pd

from dysarthria_lightning.config import Config


class Noun(NamedTuple):
    """A word for what is judged one by one."""

    singular: str
    plural: str


RECORDINGS = Noun("recording", "recordings")
SEGMENTS = Noun("segment", "segments")
SYLLABLES = Noun("syllable", "syllables")


def noun_of(recordings: pd.DataFrame) -> Noun:
    """Choose the word for a corpus's recordings.

    Args:
        recordings: One row per recording: ``recording_id``, ``syllable_type`` and, of segments that
            were cut from recordings, ``source_id``.

    Returns:
        Segments where recordings were cut, syllables where all name their type of syllable, else
        recordings.
    """
    if "source_id" in recordings and (recordings["source_id"] != recordings["recording_id"]).any():
        return SEGMENTS
    if len(recordings) and recordings["syllable_type"].notna().all():
        return SYLLABLES
    return RECORDINGS


def noun_of_settings(config: Config) -> Noun:
    """Choose the word where only the settings are known, not what the recordings hold."""
    return SEGMENTS if config.data.segment_s else RECORDINGS
