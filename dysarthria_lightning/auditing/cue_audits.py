"""The audits of cues: how well the classes can be told apart without listening to the voice."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.auditing import demographics, metadata, timing
from dysarthria_lightning.auditing.cues import Cue, SpeakerRows, speaker_rows
from dysarthria_lightning.auditing.level import level_cues
from dysarthria_lightning.auditing.measurements import Measurements
from dysarthria_lightning.auditing.nonspeech import LEAST_OF_SPEAKER, column_cues, mean_frames
from dysarthria_lightning.auditing.permutations import Labelings
from dysarthria_lightning.auditing.regression import Floats, Integers, cross_validated_aurocs

# Of each class, of whom a cue must be known, beside half of the class.
_LEAST_KNOWN = 5


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
        is_named: Whether the cues have names that say something to people.
    """

    key: str
    name: str
    decides: bool
    found: SpeakerRows
    chosen: NDArray[np.bool_]
    why_not: str = ""
    is_named: bool = True

    def statistics(self, labelings: Labelings) -> Floats:
        """Return the AUROC under each labeling, (n_labelings,); one half where nobody is compared.

        Args:
            labelings: Of all speakers.
        """
        of_chosen = labelings.of_speakers(self.chosen)
        values = cross_validated_aurocs(self.found.rows, of_chosen.labels, of_chosen.folds)
        return np.nan_to_num(values, nan=0.5)


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

    def are_enough(self, chosen: NDArray[np.bool_]) -> bool:
        """Say whether some speakers stand for all: half of each class, and five, at least."""
        of_class = [self.labels == label for label in (0, 1)]
        return all(
            (chosen & it).sum() >= max(min(_LEAST_KNOWN, it.sum()), it.sum() / 2) for it in of_class
        )


def cue_audits(
    speakers: Speakers, recordings: pd.DataFrame, measured: Measurements | None, why_not: str
) -> list[CueAudit]:
    """Gather what every audit of cues tests.

    Args:
        speakers: Of the corpus.
        recordings: The feature store's.
        measured: Of the corpus's audio; None where it cannot be measured.
        why_not: Why it cannot.
    """
    demographic = _demographics(speakers, recordings)
    if measured is None:
        names = {
            **{"metadata": "Files", "timing": "Timing", "level": "Level and channel"},
            "nonspeech": "Non-speech",
        }
        nothing = SpeakerRows(np.zeros((0, 0)), [], [])
        nobody = np.zeros(len(speakers.ids), dtype=bool)
        files, *others = [
            CueAudit(key, name, key != "timing", nothing, nobody, why_not)
            for key, name in names.items()
        ]
        return [files, demographic, *others]
    return [
        _metadata(speakers, measured),
        demographic,
        _audit("timing", "Timing", speakers, measured, lambda table: timing.CUES, decides=False),
        level_audit(speakers, measured),
        nonspeech_audit(speakers, measured),
    ]


def _metadata(speakers: Speakers, measured: Measurements) -> CueAudit:
    def cues_of(table: pd.DataFrame) -> list[Cue]:
        table["n_recordings"] = table.groupby("speaker_id")["recording_id"].transform("size")
        cues = list(metadata.CUES)
        for number, codec in enumerate(sorted(table["codec"].unique())):
            table[f"codec{number}"] = (table["codec"] == codec).astype(float)
            cues.append(Cue(f"codec{number}", f"share of {codec} files"))
        return cues

    return _audit("metadata", "Files", speakers, measured, cues_of, decides=True)


def _demographics(speakers: Speakers, recordings: pd.DataFrame) -> CueAudit:
    """Gather ages and genders, of those speakers of whom all is known that is known of any."""
    known = demographics.demographics_of(recordings).loc[speakers.ids]
    columns = [name for name in known if known[name].notna().any()]
    chosen = known[columns].notna().all(axis=1).to_numpy()
    ids = [it for it, is_known in zip(speakers.ids, chosen, strict=True) if is_known]
    cues = [cue for cue in demographics.CUES if cue.column in columns]
    why_not = ""
    found = SpeakerRows(np.zeros((0, 0)), [], [])
    if not columns:
        why_not = "the table has no ages or genders"
    elif not speakers.are_enough(chosen):
        why_not = f"ages or genders are missing for {(~chosen).sum()} of {len(chosen)} speakers"
    else:
        found = speaker_rows(known.reset_index(), cues, ids)
        why_not = "" if found.cues else "all speakers are of one age and gender"
    return CueAudit("demographics", "Age and sex", False, found, chosen, why_not)


def level_audit(speakers: Speakers, measured: Measurements) -> CueAudit:
    """Gather levels and spectra."""
    return _audit("level", "Level and channel", speakers, measured, level_cues, decides=True)


def _audit(
    key: str,
    name: str,
    speakers: Speakers,
    measured: Measurements,
    cues_of: Callable[[pd.DataFrame], list[Cue]],
    *,
    decides: bool,
) -> CueAudit:
    table = measured.recordings.copy()
    found = speaker_rows(table, cues_of(table), speakers.ids)
    everybody = np.ones(len(speakers.ids), dtype=bool)
    why_not = "" if found.cues else "all speakers are alike in it"
    return CueAudit(key, name, decides, found, everybody, why_not)


def nonspeech_audit(
    speakers: Speakers, measured: Measurements, n_frames: int | None = None
) -> CueAudit:
    """Gather the mean of each speaker's frames in which nobody speaks.

    Args:
        speakers: Of the corpus.
        measured: Of its audio.
        n_frames: Frames of a speaker that count at the most; None: as many as all have.
    """
    means, _ = mean_frames(measured.nonspeech, spans_of(speakers, measured), n_frames)
    enough: NDArray[np.bool_] = np.all(np.isfinite(means), axis=1)
    cues = column_cues(means.shape[1])
    why_not = ""
    if not speakers.are_enough(enough):
        why_not = (
            f"{enough.sum()} of {len(enough)} speakers have {LEAST_OF_SPEAKER} frames or more "
            "before and after the voice that are sure to be none"
        )
    found = SpeakerRows(means[enough], cues, ["mean"] * len(cues))
    return CueAudit("nonspeech", "Non-speech", True, found, enough, why_not, is_named=False)


def common_frames(speakers: Speakers, measured: Measurements) -> int:
    """Return how many frames of non-speech all speakers have who have enough."""
    return mean_frames(measured.nonspeech[:, :1], spans_of(speakers, measured))[1]


def spans_of(speakers: Speakers, measured: Measurements) -> list[list[tuple[int, int]]]:
    """List where each speaker's frames of non-speech begin and end, in order of recordings.

    Args:
        speakers: Of the corpus.
        measured: Of its audio.
    """
    table = measured.recordings
    stops = table["first_frame"] + table["n_nonspeech_frames"]
    spans: dict[str, list[tuple[int, int]]] = {speaker: [] for speaker in speakers.ids}
    for speaker, start, stop in zip(table["speaker_id"], table["first_frame"], stops, strict=True):
        spans[speaker].append((int(start), int(stop)))
    return [spans[speaker] for speaker in speakers.ids]
