"""What a model was trained on, in numbers, and where a person lies outside of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.data.manifest_schema import LABEL_NAMES

#: Quantities of which a person has one value, the mean over their recordings: by what they are,
#: what a flag calls them. Where a person lies outside the training speakers' range is a flag.
RANGES = {
    "age": "age",
    "level_db": "level",
    "floor_db": "noise",
    "bandwidth_hz": "bandwidth",
    "duration_s": "duration",
    "amount_s": "amount",
}
#: People who lie farther from the training speakers than so many of them do.
FAR_PERCENT = 99.0

RATE, FAR = "rate", "far"


@dataclass(frozen=True)
class TrainingSummary:
    """What a model was trained on. It holds numbers and texts alone, so that a file can carry it.

    Attributes:
        corpus: Its name.
        classes: Who the speakers of its two classes are, in its own words.
        n_speakers: By class.
        n_recordings: Of all of them.
        sample_rates_hz: Of the files; none where matrices were given, or it is not known.
        tasks: What was recorded, as far as that is known.
        values: By quantity (:data:`RANGES`) each training speaker's, ascending; what is not known
            is not in it.
        means: Of the training speakers' mean features, column by column.
        deviations: Likewise their standard deviations.
        distances: How far each training speaker lies from the others, ascending.
    """

    corpus: str
    classes: str = ""
    n_speakers: dict[str, int] = field(default_factory=dict)
    n_recordings: int | None = None
    sample_rates_hz: list[int] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)
    means: list[float] = field(default_factory=list)
    deviations: list[float] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "TrainingSummary":
        """Bring it back.

        Raises:
            TypeError: It is something else.
        """
        return cls(**content)

    def range_of(self, quantity: str) -> tuple[float, float] | None:
        """Return the lowest and the highest training speaker's value; None where not known."""
        values = self.values.get(quantity)
        return (values[0], values[-1]) if values else None

    def distance(self, mean_features: NDArray[np.float64]) -> tuple[float, float] | None:
        """Say how far somebody lies from the training speakers.

        Args:
            mean_features: (n_columns,) means over all frames of the person.

        Returns:
            The distance, in standard deviations of a column on average, and the per cent of
            training speakers who lie nearer to the others; None where it is not known.
        """
        if not self.means or len(self.means) != len(mean_features):
            return None
        own = _distance(mean_features, np.array(self.means), np.array(self.deviations))
        nearer = np.searchsorted(np.array(self.distances), own, side="left")
        return own, 100 * float(nearer) / len(self.distances)


def summarise(
    corpus: str,
    classes: str,
    recordings: pd.DataFrame,
    mean_features: NDArray[np.float64] | None,
    sound: pd.DataFrame | None,
) -> TrainingSummary:
    """Summarise what a model was trained on.

    Args:
        corpus: Its name.
        classes: Who its speakers are, in its own words.
        recordings: One row per training recording: ``speaker_id``, ``label``, ``age``,
            ``source_duration_s``, ``sample_rate_hz`` and, as far as they are known, ``task``,
            ``syllable`` and ``syllable_type``.
        mean_features: (n_speakers, n_columns) of the speakers in order of their ids; None where
            frames are gone.
        sound: Rows of recordings, ``speaker_id`` and what :mod:`sound` measures; None where the
            recordings are gone.
    """
    by_speaker = recordings.groupby("speaker_id")
    values = {
        "age": by_speaker["age"].mean(),
        "duration_s": by_speaker["source_duration_s"].mean(),
        "amount_s": by_speaker["source_duration_s"].sum(),
    }
    if sound is not None and len(sound):
        measured = sound.groupby("speaker_id").mean(numeric_only=True)
        values |= {name: measured[name] for name in measured}
    known = {name: np.sort(its.dropna().to_numpy(np.float64)) for name, its in values.items()}
    labels = by_speaker["label"].first()
    rates = sorted({int(rate) for rate in recordings["sample_rate_hz"]} - {0})
    summary = TrainingSummary(
        corpus,
        classes,
        {name: int((labels == label).sum()) for label, name in LABEL_NAMES.items()},
        len(recordings),
        rates,
        _tasks(recordings),
        {name: its.tolist() for name, its in known.items() if len(its)},
    )
    if mean_features is None or len(mean_features) < 3:
        return summary
    means, deviations = mean_features.mean(axis=0), _deviations(mean_features)
    distances = []
    for place, own in enumerate(mean_features):
        others = np.delete(mean_features, place, axis=0)
        distances.append(_distance(own, others.mean(axis=0), _deviations(others)))
    return TrainingSummary(
        **{**summary.to_dict(), "means": means.tolist(), "deviations": deviations.tolist()}
        | {"distances": sorted(distances)}
    )


def flags_of(
    summary: TrainingSummary,
    values: Mapping[str, float],
    sample_rates_hz: Sequence[int],
    percentile: float | None,
) -> list[str]:
    """Say where a person lies outside what a model was trained on.

    Args:
        summary: Of the training.
        values: By quantity the person's; NaN where not known.
        sample_rates_hz: Of the person's files.
        percentile: Per cent of training speakers who lie nearer to the others.
    """
    flags = []
    if summary.sample_rates_hz and not set(sample_rates_hz) <= {*summary.sample_rates_hz}:
        flags.append(RATE)
    for quantity, flag in RANGES.items():
        limits, value = summary.range_of(quantity), values.get(quantity, float("nan"))
        if limits is not None and not np.isnan(value) and _is_outside(value, *limits):
            flags.append(flag)
    if percentile is not None and percentile >= FAR_PERCENT:
        flags.append(FAR)
    return flags


def _is_outside(value: float, low: float, high: float) -> bool:
    # A training speaker's own mean may be rounded otherwise.
    rounding = 1e-9 * max(1.0, abs(low), abs(high))
    return not low - rounding <= value <= high + rounding


def _tasks(recordings: pd.DataFrame) -> list[str]:
    """List the kinds of recordings; of many single syllables their types."""
    for column in ("task", "syllable", "syllable_type"):
        if column in recordings:
            found = sorted(map(str, recordings[column].dropna().unique()))
            if 0 < len(found) <= 12:
                return found
    return []


def _distance(
    own: NDArray[np.float64], means: NDArray[np.float64], deviations: NDArray[np.float64]
) -> float:
    return float(np.sqrt(np.mean(((own - means) / deviations) ** 2)))


def _deviations(values: NDArray[np.float64]) -> NDArray[np.float64]:
    deviations = values.std(axis=0, ddof=1)
    return np.where(deviations > 1e-9, deviations, 1.0)
