"""The speakers: who they are, how their voices differ, how severe their dysarthria is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from dysarthria_lightning.data.synthetic.channel import Channel, draw_channel
from dysarthria_lightning.data.synthetic.parameters import SyntheticParameters
from dysarthria_lightning.data.synthetic.slack import BETWEEN_SPEAKERS, HEALTHY_AT
from dysarthria_lightning.data.synthetic.vowels import HIGH_FORMANTS, QUALITIES, Gender


@dataclass(frozen=True)
class Cell:
    """One cell of the paper's Table I: the speakers of one class and one gender."""

    label: int
    gender: Gender
    recordings: tuple[int, ...]


@dataclass(frozen=True)
class Ages:
    """Published ages of a class, in years."""

    mean: float
    sd: float
    youngest: int
    oldest: int


#: Table I. The totals are the paper's (1,001, 1,792, 1,600 and 1,605 syllables), and so are the
#: median of 82 and the range of 38 to 215; how the rest spreads over speakers is ours.
TABLE_I = (
    Cell(1, "female", (82,) * 8 + (38, 71, 97, 139)),
    Cell(1, "male", (82,) * 13 + (58, 70, 96, 123, 164, 215)),
    Cell(0, "female", (82,) * 17 + (100, 106)),
    Cell(0, "male", (82,) * 17 + (91, 120)),
)
AGES = {1: Ages(56.74, 16.40, 25, 83), 0: Ages(45.89, 13.02, 21, 76)}

#: Vocal ranges in Hz from the lowest to the highest point of the four tones, near the 100-220 Hz
#: for men and 140-300 Hz for women of Wu (1992); the exact edges are ours.
VOCAL_RANGE_HZ: dict[Gender, tuple[float, float]] = {"male": (98, 205), "female": (160, 315)}

#: Shape of the distribution of severity between its bounds: Beta(1.3, 1.4), nearly even with a
#: few at either end (Mou et al. 2018 rated the patients as mild or moderate-to-severe).
SEVERITY_SHAPE = (1.3, 1.4)


@dataclass(frozen=True)
class Voice:
    """Lasting traits of a speaker, drawn alike for patients and healthy speakers.

    Attributes:
        tract_scale: Factor on the formants of the average speaker of that gender.
        quality_offsets: Factors on F1, F2, F3 of each vowel quality, shape (qualities, 3).
        high_formants: F4 and F5 in Hz.
        range_hz: Lowest and highest F0 of the speaker's tones.
        pace: Factor on durations.
        jitter: Standard deviation of the period, relative.
        shimmer: Standard deviation of the cycle amplitude, relative.
        breathiness_db: Level of the aspiration noise relative to the voice source.
        tilt_hz: Corner above which the source falls by a further 6 dB per octave.
        nasality: Coupling of the nasal tract in oral vowels, 0 to 1.
        unsteadiness: Relative depth of slow fluctuation of the amplitude.
        frication_db: Added to the level of frication and burst.
        carelessness: Imprecision of unaffected syllables, 0 to 1.
        slack_at: Where voice, tongue and velum are slack, shares of a syllable, shape (3,).
    """

    tract_scale: float
    quality_offsets: NDArray[np.float64]
    high_formants: tuple[float, float]
    range_hz: tuple[float, float]
    pace: float
    jitter: float
    shimmer: float
    breathiness_db: float
    tilt_hz: float
    nasality: float
    unsteadiness: float
    frication_db: float
    carelessness: float
    slack_at: NDArray[np.float64]


@dataclass(frozen=True)
class Speaker:
    """One speaker of the corpus.

    Attributes:
        index: Position in the corpus, from 0.
        label: 1 with dysarthria, 0 without.
        age: Age in years.
        severity: 0 for healthy speakers; for patients 0 to 1.
        recordings: Number of syllables read.
    """

    index: int
    label: int
    gender: Gender
    age: int
    severity: float
    recordings: int

    @property
    def speaker_id(self) -> str:
        """A name that says nothing about the class."""
        return f"S{self.index + 1:04d}"


def population(parameters: SyntheticParameters) -> list[Speaker]:
    """Return all speakers, in an order that is random in class and gender.

    At the default parameters classes, genders and numbers of recordings equal Table I.
    Other sizes keep its proportions as nearly as whole speakers allow, with at least one speaker
    in either class.

    Of a null corpus nobody has dysarthria: severity is 0 and the labels are dealt anew, to any
    speaker alike. Its patients are as many, but their genders, ages and numbers of recordings
    differ from those of the others by chance only.
    """
    rng = np.random.default_rng(np.random.SeedSequence(parameters.seed, spawn_key=(0,)))
    cells = [cell for cell in _cells(parameters) if cell.recordings]
    people: list[tuple[int, Gender, int, float, int]] = []
    for label in (1, 0):
        members = [
            (cell.gender, count)
            for cell in cells
            if cell.label == label
            for count in rng.permutation(cell.recordings).tolist()
        ]
        ages = rng.permutation(_ages(AGES[label], len(members))).tolist()
        severities = (
            rng.permutation(_severities(parameters, len(members))).tolist()
            if label
            else [0.0] * len(members)
        )
        for (gender, count), age, severity in zip(members, ages, severities, strict=True):
            people.append((label, gender, age, severity, count))
    order = rng.permutation(len(people)).tolist()
    speakers = [Speaker(index, *people[position]) for index, position in enumerate(order)]
    if not parameters.null:
        return speakers
    labels = rng.permutation([speaker.label for speaker in speakers]).tolist()
    return [
        replace(speaker, label=label, severity=0.0)
        for speaker, label in zip(speakers, labels, strict=True)
    ]


def speaker_rng(parameters: SyntheticParameters, index: int, stream: int) -> np.random.Generator:
    """Return a generator that depends on the seed, the speaker and the stream only.

    Any speaker can thus be made alone, in any order, by any number of workers.
    """
    sequence = np.random.SeedSequence(parameters.seed, spawn_key=(1, index, stream))
    return np.random.default_rng(sequence)


def draw_voice(parameters: SyntheticParameters, speaker: Speaker) -> tuple[Voice, Channel]:
    """Draw a speaker's lasting voice traits and recording channel.

    Between-speaker spreads: formants 4 % (vocal-tract length), F0 range two semitones, pace
    14 %. Voice quality, frication and channel vary much in either class, so that the little by
    which patients differ on average hides among healthy speakers. Jitter, shimmer and breathiness
    rise slightly beyond 60 years in either class (Wang, Kent, Kent, Duffy and Thomas 2009,
    Clinical Linguistics and Phonetics 23, 335-347, found much the same voice profile in healthy
    elderly men as in men after stroke).
    """
    rng = speaker_rng(parameters, speaker.index, 0)
    tract_scale = float(np.exp(rng.normal(0, 0.04)))
    high = np.array(HIGH_FORMANTS[1 if speaker.gender == "female" else 0])
    high = high * tract_scale * np.exp(rng.normal(0, 0.025, 2))
    low_hz, high_hz = VOCAL_RANGE_HZ[speaker.gender]
    shift, stretch = 2 ** (rng.normal(0, 2) / 12), 2 ** (rng.normal(0, 1) / 12)
    ageing = max(0.0, (speaker.age - 60) / 25)
    voice = Voice(
        tract_scale=tract_scale,
        quality_offsets=np.exp(rng.normal(0, (0.035, 0.03, 0.025), (len(QUALITIES), 3))),
        high_formants=(float(high[0]), float(high[1])),
        range_hz=(low_hz * shift / stretch, high_hz * shift * stretch),
        pace=float(np.exp(rng.normal(0, 0.14))),
        jitter=float(0.005 * np.exp(rng.normal(0.3 * ageing, 0.4))),
        shimmer=float(0.03 * np.exp(rng.normal(0.3 * ageing, 0.5))),
        breathiness_db=float(-26 + 3 * ageing + rng.normal(0, 4)),
        tilt_hz=float(3500 * np.exp(rng.normal(0, 0.4))),
        nasality=float(np.clip(rng.normal(0.12, 0.12), 0, 0.5)),
        unsteadiness=float(rng.uniform(0.03, 0.15)),
        frication_db=float(rng.normal(0, 4)),
        carelessness=float(rng.beta(2, 4)),
        slack_at=HEALTHY_AT + rng.normal(0, BETWEEN_SPEAKERS, 3),
    )
    return voice, draw_channel(parameters.own_room_probability, speaker.label, rng)


def _cells(parameters: SyntheticParameters) -> Iterator[Cell]:
    """Yield Table I, shrunk or stretched to the number of speakers wanted."""
    total = parameters.speaker_count
    patients = min(max(round(total * parameters.dysarthric_share), 1), total - 1)
    for label, of_class in ((1, patients), (0, total - patients)):
        women, men = (cell for cell in TABLE_I if cell.label == label)
        share = len(women.recordings) / (len(women.recordings) + len(men.recordings))
        n_women = round(of_class * share)
        for cell, n in ((women, n_women), (men, of_class - n_women)):
            yield Cell(label, cell.gender, _recordings(parameters, cell, n))


def _recordings(parameters: SyntheticParameters, cell: Cell, n: int) -> tuple[int, ...]:
    """Return the number of recordings of each of ``n`` speakers of a cell."""
    if parameters.recordings_per_speaker is not None:
        return (int(parameters.recordings_per_speaker),) * n
    template = sorted(cell.recordings)
    if n == len(template):
        return cell.recordings
    # Quantiles of the cell's own distribution, whatever the number of speakers.
    return tuple(template[int((i + 0.5) * len(template) / n)] for i in range(n))


def _ages(ages: Ages, n: int) -> NDArray[np.int64]:
    """Return ``n`` whole ages with the class's mean, spread and range.

    They are quantiles of a normal distribution, clipped to the range and rescaled until mean and
    standard deviation are right; the youngest and the oldest are present from 10 speakers on.
    """
    normal = stats.norm.ppf((np.arange(n) + 0.5) / n)
    mean, sd = ages.mean, ages.sd
    values = np.full(n, ages.mean)
    for _ in range(50):
        values = np.clip(mean + sd * normal, ages.youngest, ages.oldest)
        if n >= 10:
            values[0], values[-1] = ages.youngest, ages.oldest
        if n > 1:
            sd *= ages.sd / max(values.std(ddof=1), 1e-9)
        mean += ages.mean - values.mean()
    whole = np.rint(values).astype(np.int64)
    # Rounding moves the mean a little; single years given to the middle ranks bring it back.
    missing = round(ages.mean * n) - int(whole.sum())
    first = max(0, n // 2 - abs(missing) // 2)
    whole[first : first + abs(missing)] += np.sign(missing)
    return np.asarray(np.clip(whole, ages.youngest, ages.oldest))


def _severities(parameters: SyntheticParameters, n: int) -> NDArray[np.float64]:
    """Return ``n`` severities: quantiles, so that corpora of different seeds are as severe."""
    quantiles = stats.beta.ppf((np.arange(n) + 0.5) / n, *SEVERITY_SHAPE)
    low, high = parameters.severity_min, parameters.severity_max
    return np.asarray(np.round(low + (high - low) * quantiles, 4))
