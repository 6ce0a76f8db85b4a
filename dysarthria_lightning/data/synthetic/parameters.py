"""What may be chosen about a synthetic corpus, and which choices are refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

#: Counted into every corpus's hash: raise it whenever a change alters a single sample, so that an
#: older corpus on disk is never mistaken for a current one.
GENERATOR_VERSION = 3

#: Share of speakers with dysarthria in the paper's Table I: 31 of 69.
PAPER_DYSARTHRIC_SHARE = 31 / 69

#: A seed fits into 32 bits, as everywhere in the package.
LARGEST_SEED = 2**32 - 1

#: 69,000 speakers at the default size.
LARGEST_SCALE = 1_000

Confound = Literal["none", "channel"]

_REAL = ("scale", "dysarthric_share", "severity_min", "severity_max", "confound_strength")


@dataclass(frozen=True)
class SyntheticParameters:
    """A synthetic corpus, described completely.

    Equal parameters make equal bytes with the same versions of NumPy, SciPy and libsndfile.

    Attributes:
        speakers: Number of speakers, at least 2. At the default of 69 (and
            ``dysarthric_share`` at its default) classes and genders are those of Table I.
        scale: Factor on ``speakers``, for corpora several times the paper's size, or a fraction.
        recordings_per_speaker: ``None`` for the paper's distribution (median 82, range 38 to
            215); a whole number for that many prompts from every speaker.
        dysarthric_share: Share of the speakers who have dysarthria, above 0 and below 1.
        severity_min: Lowest severity of a patient, at least 0 (0 is indistinguishable from
            healthy). The default lets a few patients be almost normal, as in the real corpus.
        severity_max: Highest severity of a patient, at most 1.
        seed: Seed of every random draw, 0 to 2**32 - 1.
        confound: ``"none"``: the recording channel says nothing about the label. ``"channel"``:
            patients and healthy speakers were recorded in different rooms on purpose, so that an
            audit for shortcuts has something to find.
        confound_strength: Probability, 0 to 1, that a speaker is recorded in the room of the
            class; all others as with ``"none"``. Only for ``confound="channel"``.
        null: Nobody has dysarthria, and labels are dealt to the speakers by chance: nothing in the
            audio tells them (but the channel, if confounded). The classes are as large, severity
            is 0 throughout, and Table I's genders, ages and syllables hold for all speakers
            together, no longer for each class.

    Raises:
        ValueError: A value lies outside the range given above; the message says which.
    """

    speakers: int = 69
    recordings_per_speaker: int | None = None
    seed: int = 0
    scale: float = 1.0
    dysarthric_share: float = PAPER_DYSARTHRIC_SHARE
    severity_min: float = 0.05
    severity_max: float = 1.0
    confound: Confound = "none"
    confound_strength: float = 1.0
    null: bool = False

    def __post_init__(self) -> None:
        _check_whole("speakers", self.speakers, 2, "one per class is the least a corpus can hold")
        _check_whole("seed", self.seed, 0, "seeds are counted from 0")
        if self.seed > LARGEST_SEED:
            raise ValueError(f"seed is {self.seed!r}; it must be at most {LARGEST_SEED}")
        if self.recordings_per_speaker is not None:
            _check_whole(
                "recordings_per_speaker",
                self.recordings_per_speaker,
                1,
                "leave it empty (null) for the paper's distribution",
            )
        if not (_is_number(self.scale) and 0 < self.scale <= LARGEST_SCALE):
            raise ValueError(
                f"scale is {self.scale!r}; it must be a number above 0, at most {LARGEST_SCALE:,}"
            )
        if self.speaker_count < 2:
            raise ValueError(
                f"speakers={self.speakers} times scale={self.scale} is {self.speaker_count}; "
                "a corpus needs at least 2 speakers, one per class"
            )
        if not (_is_number(self.dysarthric_share) and 0 < self.dysarthric_share < 1):
            raise ValueError(
                f"dysarthric_share is {self.dysarthric_share!r}; it must lie above 0 and below 1: "
                "a corpus of one class only cannot train or test a classifier"
            )
        if not (
            _is_number(self.severity_min)
            and _is_number(self.severity_max)
            and 0 <= self.severity_min <= self.severity_max <= 1
        ):
            raise ValueError(
                f"severity_min={self.severity_min!r} and severity_max={self.severity_max!r}; "
                "severity runs from 0 (as healthy) to 1 (severe), and severity_min may not "
                "exceed severity_max"
            )
        if self.confound not in get_args(Confound):
            raise ValueError(
                f"confound is {self.confound!r}; allowed: {', '.join(get_args(Confound))}"
            )

        _check_strength(self.confound, self.confound_strength)
        if not isinstance(self.null, bool):
            raise ValueError(f"null is {self.null!r}; allowed: true, false")

    @property
    def own_room_probability(self) -> float:
        """Probability that a speaker is recorded in the room of the class."""
        return float(self.confound_strength) if self.confound == "channel" else 0.0

    @property
    def speaker_count(self) -> int:
        """Number of speakers after scaling."""
        return round(self.speakers * self.scale)

    @property
    def hash12(self) -> str:
        """Twelve hexadecimal digits that name the corpus: its parameters and the version."""
        described = asdict(self)
        for name in _REAL:
            described[name] = float(described[name])  # 1 and 1.0 describe the same corpus
        text = json.dumps({"version": GENERATOR_VERSION, **described}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check_whole(name: str, value: Any, least: int, reason: str) -> None:
    """Raise a ValueError unless ``value`` is a whole number of at least ``least``."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{name} is {value!r}; it must be a whole number of at least {least} ({reason})"
        )


def _check_strength(confound: str, strength: Any) -> None:
    """Raise a ValueError unless ``strength`` is a probability that fits the confound."""
    if not (_is_number(strength) and 0 <= strength <= 1):
        raise ValueError(
            f"confound_strength is {strength!r}; it must be a number from 0 (as confound=none) "
            "to 1 (every speaker in the room of the class)"
        )
    if confound == "none" and strength != 1:
        raise ValueError(
            f"confound_strength is {strength!r} without a confound; "
            "choose confound=channel, or leave confound_strength at 1"
        )
