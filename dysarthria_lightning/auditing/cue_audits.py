"""The audits of cues: how well the classes can be told apart without listening to the voice."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.auditing import demographics, level, metadata, timing
from dysarthria_lightning.auditing.cues import Cue, SpeakerRows, speaker_rows
from dysarthria_lightning.auditing.measurements import Measurements
from dysarthria_lightning.auditing.nonspeech import LEAST_OF_SPEAKER, column_cues, mean_frames
from dysarthria_lightning.auditing.permutations import Labelings, count_folds
from dysarthria_lightning.auditing.regression import Floats, Integers, cross_validated_aurocs

NO_AUDIO = "the corpus is made of matrices: there is no audio to measure"


@dataclass(frozen=True)
class CueAudit:
    """Cues that are tested as one.

    Attributes:
        key: Names it in files.
        name: For people.
        decides: Whether it can make a result worthless (red), because no disease causes such
            cues; others are amber at most.
        found: What the cues say of the speakers in ``chosen``.
        chosen: (n_speakers,) of whom they are known.
        why_not: Why it cannot be computed; empty if it can.
    """

    key: str
    name: str
    decides: bool
    found: SpeakerRows
    chosen: NDArray[np.bool_]
    why_not: str = ""

    def statistics(self, labelings: Labelings) -> Floats:
        """Return the AUROC under each labeling, (n_labelings,).

        Args:
            labelings: Of all speakers.
        """
        of_chosen = labelings.of_speakers(self.chosen)
        return cross_validated_aurocs(self.found.rows, of_chosen.labels, of_chosen.folds)


@dataclass(frozen=True)
class Speakers:
    """The speakers of a corpus.

    Attributes:
        ids: Sorted.
        labels: (n_speakers,) 0 or 1.
    """

    ids: list[str]
    labels: Integers

    @classmethod
    def of(cls, recordings: pd.DataFrame) -> "Speakers":
        """List those of a corpus's recordings."""
        labels = recordings.groupby("speaker_id")["label"].first().sort_index()
        return cls([str(it) for it in labels.index], labels.to_numpy(np.int64))


def cue_audits(
    speakers: Speakers, recordings: pd.DataFrame, measured: Measurements | None
) -> list[CueAudit]:
    """Gather what every audit of cues tests.

    Args:
        speakers: Of the corpus.
        recordings: The feature store's.
        measured: Of the corpus's audio; None without any.
    """
    return [
        _metadata(speakers, measured),
        _demographics(speakers, recordings),
        timing_audit(speakers, measured),
        level_audit(speakers, measured),
        nonspeech_audit(speakers, measured),
    ]


def _metadata(speakers: Speakers, measured: Measurements | None) -> CueAudit:
    def gather(table: pd.DataFrame) -> SpeakerRows:
        counts = table.groupby("speaker_id")["recording_id"].transform("size")
        table = table.assign(n_recordings=counts)
        cues = list(metadata.CUES)
        for number, codec in enumerate(sorted(table["codec"].unique())):
            table[f"codec{number}"] = (table["codec"] == codec).astype(float)
            cues.append(Cue(f"codec{number}", f"share of {codec} files"))
        return speaker_rows(table, cues, speakers.ids)

    return _audit("metadata", "Files", speakers, measured, gather, decides=True)


def _demographics(speakers: Speakers, recordings: pd.DataFrame) -> CueAudit:
    known = demographics.demographics_of(recordings).reset_index()
    found = speaker_rows(known, demographics.CUES, speakers.ids)
    unknown = known[["age", "is_male"]].isna()
    why_not = "the table has no ages or genders" if unknown.all(axis=None) else ""
    if not why_not and not found.cues:
        why_not = (
            "ages and genders are missing for some speakers"
            if unknown.any(axis=None)
            else "all speakers are of one age and gender"
        )
    everybody = np.ones(len(speakers.ids), dtype=bool)
    return CueAudit("demographics", "Age and sex", False, found, everybody, why_not)


def timing_audit(speakers: Speakers, measured: Measurements | None) -> CueAudit:
    """Gather durations and silences."""

    def gather(table: pd.DataFrame) -> SpeakerRows:
        return speaker_rows(table, timing.CUES, speakers.ids)

    return _audit("timing", "Timing", speakers, measured, gather, decides=False)


def level_audit(speakers: Speakers, measured: Measurements | None) -> CueAudit:
    """Gather levels and spectra."""

    def gather(table: pd.DataFrame) -> SpeakerRows:
        return speaker_rows(table, level.CUES, speakers.ids)

    return _audit("level", "Level and channel", speakers, measured, gather, decides=True)


def _audit(
    key: str,
    name: str,
    speakers: Speakers,
    measured: Measurements | None,
    gather: Callable[[pd.DataFrame], SpeakerRows],
    *,
    decides: bool,
) -> CueAudit:
    everybody = np.ones(len(speakers.ids), dtype=bool)
    nothing = SpeakerRows(np.zeros((len(speakers.ids), 0)), [], [])
    if measured is None:
        return CueAudit(key, name, decides, nothing, everybody, NO_AUDIO)
    found = gather(measured.recordings.copy())
    why_not = "" if found.cues else "all speakers are alike in it"
    return CueAudit(key, name, decides, found, everybody, why_not)


def nonspeech_audit(speakers: Speakers, measured: Measurements | None) -> CueAudit:
    """Gather the mean of each speaker's frames in which nobody speaks."""
    key, name = "nonspeech", "Non-speech"
    n_speakers = len(speakers.ids)
    nothing, nobody = SpeakerRows(np.zeros((0, 0)), [], []), np.zeros(n_speakers, dtype=bool)
    if measured is None:
        return CueAudit(key, name, True, nothing, nobody, NO_AUDIO)
    numbers = pd.Index(speakers.ids).get_indexer(measured.recordings["speaker_id"])
    owners = np.repeat(numbers, measured.recordings["n_nonspeech_frames"].to_numpy(np.int64))
    means, enough = mean_frames(measured.nonspeech, owners, n_speakers)
    n_of_class = [int((enough & (speakers.labels == label)).sum()) for label in (0, 1)]
    needed = [np.ceil(np.mean(speakers.labels == label) * n_speakers / 2) for label in (0, 1)]
    if any(n < max(it, 5) for n, it in zip(n_of_class, needed, strict=True)):
        return CueAudit(
            key,
            name,
            True,
            nothing,
            enough,
            f"{enough.sum()} of {n_speakers} speakers have {LEAST_OF_SPEAKER} frames or more "
            "before and after the voice that are sure to be none",
        )
    cues = column_cues(means.shape[1])
    found = SpeakerRows(means[enough], cues, ["mean"] * len(cues))
    return CueAudit(key, name, True, found, enough)


def enough_speakers(labels: Integers) -> bool:
    """Say whether a cross-validation is possible at all.

    Args:
        labels: (n_speakers,) 0 or 1.
    """
    return count_folds(labels) >= 2
