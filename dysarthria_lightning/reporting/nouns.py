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
VOWELS = Noun("vowel", "vowels")

_VOWEL_TYPE = "monophthong"


def noun_of(recordings: pd.DataFrame) -> Noun:
    """Choose the word for a corpus's recordings.

    Args:
        recordings: One row per recording: ``recording_id``, ``syllable_type``, ``task`` where that
            is known and, of segments that were cut from recordings, ``source_id``.

    Returns:
        Segments where recordings were cut; vowels where all are single vowels, by their type of
        syllable or by what was asked for; syllables where all name their type; else recordings.
    """
    if "source_id" in recordings and (recordings["source_id"] != recordings["recording_id"]).any():
        return SEGMENTS
    if len(recordings) == 0:
        return RECORDINGS
    types = recordings["syllable_type"]
    if (types == _VOWEL_TYPE).all() or _are_vowels(recordings):
        return VOWELS
    return SYLLABLES if types.notna().all() else RECORDINGS


def _are_vowels(recordings: pd.DataFrame) -> bool:
    """Whether all were asked for as vowels, by whatever words a corpus has for that."""
    if "task" not in recordings:
        return False
    tasks = recordings["task"].fillna("").astype(str)
    return bool(tasks.str.contains("vowel", case=False).all())


def noun_of_settings(config: Config) -> Noun:
    """Choose the word where only the settings are known, not what the recordings hold."""
    return SEGMENTS if config.data.segment_s else RECORDINGS
