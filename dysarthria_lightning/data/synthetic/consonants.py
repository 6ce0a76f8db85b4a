"""Initial consonants: manner, place spectra, durations and formant loci.

Voice onset times from Chao and Chen (2008, Computational Linguistics and Chinese Language
Processing 13, 215-232): about 15, 15 and 27 ms for b, d, g and 80 to 90 ms for p, t, k. Sibilants
differ in the centre of their noise (Svantesson 1986, Acoustic analysis of Chinese fricatives and
affricates), which is highest in s, lower in x and lowest in sh; the frequencies are our choice, f
is flat and weak, h takes the vowel's shape. The zeros of nasal murmurs follow Fujimura (1962, JASA
34, 1865-1875); their formants are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Manner = Literal["none", "stop", "affricate", "fricative", "nasal", "lateral", "approximant"]


@dataclass(frozen=True)
class Initial:
    """An initial consonant of an average man, carefully spoken.

    Attributes:
        manner: Manner of articulation.
        locus_hz: F2 and F3 from which the vowel's transitions start; ``None``: the vowel's own.
        peak_hz: Centre of the noise spectrum; 0 where the noise passes through the whole tract.
        width_hz: Bandwidth of that centre.
        noise_db: Level of the frication relative to the vowel.
        burst_db: Level of the release burst relative to the vowel (stops and affricates).
        frication_s: Duration of the frication.
        aspiration_s: Duration of the aspiration up to the onset of voicing.
        voiced_s: Duration of the voiced consonant (nasal, lateral, approximant).
        murmur_hz: F1, F2, F3 of the voiced consonant.
        zero_hz: Frequency of its anti-resonance, 0 for none.
    """

    manner: Manner
    locus_hz: tuple[float, float] | None = None
    peak_hz: float = 0.0
    width_hz: float = 1000.0
    noise_db: float = -90.0
    burst_db: float = -90.0
    frication_s: float = 0.0
    aspiration_s: float = 0.0
    voiced_s: float = 0.0
    murmur_hz: tuple[float, float, float] = (0.0, 0.0, 0.0)
    zero_hz: float = 0.0

    @property
    def is_voiced(self) -> bool:
        """Whether the vocal folds vibrate during the consonant."""
        return self.voiced_s > 0


_LABIAL, _DENTAL, _VELAR = (950.0, 2300.0), (1750.0, 2650.0), None
_SIBILANT, _RETROFLEX, _PALATAL = (1500.0, 2600.0), (1700.0, 2250.0), (2150.0, 2950.0)


def _stop(
    locus: tuple[float, float] | None, peak: float, width: float, burst_db: float, lag: float
) -> Initial:
    return Initial("stop", locus, peak, width, -90.0, burst_db, 0.0, lag)


def _affricate(
    locus: tuple[float, float], peak: float, width: float, noise_db: float, s: float, lag: float
) -> Initial:
    return Initial("affricate", locus, peak, width, noise_db, noise_db + 2, s, lag)


def _fricative(
    locus: tuple[float, float] | None, peak: float, width: float, noise_db: float, s: float
) -> Initial:
    return Initial("fricative", locus, peak, width, noise_db, -90.0, s, 0.0)


INITIALS: dict[str, Initial] = {
    "": Initial("none"),
    "b": _stop(_LABIAL, 900, 1800, -16, 0.014),
    "p": _stop(_LABIAL, 900, 1800, -16, 0.080),
    "d": _stop(_DENTAL, 4200, 2200, -11, 0.015),
    "t": _stop(_DENTAL, 4200, 2200, -11, 0.080),
    "g": _stop(_VELAR, 1900, 700, -10, 0.027),
    "k": _stop(_VELAR, 1900, 700, -10, 0.090),
    "z": _affricate(_SIBILANT, 6400, 1800, -11, 0.060, 0.005),
    "c": _affricate(_SIBILANT, 6400, 1800, -11, 0.090, 0.040),
    "zh": _affricate(_RETROFLEX, 3000, 1100, -8, 0.045, 0.005),
    "ch": _affricate(_RETROFLEX, 3000, 1100, -8, 0.080, 0.045),
    "j": _affricate(_PALATAL, 4500, 1500, -9, 0.060, 0.005),
    "q": _affricate(_PALATAL, 4500, 1500, -9, 0.095, 0.040),
    "s": _fricative(_SIBILANT, 6400, 1800, -10, 0.150),
    "sh": _fricative(_RETROFLEX, 3000, 1100, -7, 0.150),
    "x": _fricative(_PALATAL, 4500, 1500, -9, 0.150),
    "f": _fricative(_LABIAL, 5000, 6000, -22, 0.110),
    # h is a noise through the vowel's own resonances: aspiration only.
    "h": Initial("fricative", None, aspiration_s=0.100),
    "m": Initial("nasal", _LABIAL, voiced_s=0.075, murmur_hz=(270, 1150, 2200), zero_hz=900),
    "n": Initial("nasal", _DENTAL, voiced_s=0.075, murmur_hz=(280, 1450, 2350), zero_hz=1700),
    "l": Initial("lateral", _DENTAL, voiced_s=0.065, murmur_hz=(350, 1250, 2700), zero_hz=2100),
    "r": Initial(
        "approximant",
        _RETROFLEX,
        peak_hz=2800,
        width_hz=1200,
        noise_db=-24,
        voiced_s=0.090,
        murmur_hz=(340, 1550, 2100),
    ),
}

#: F1, F2, F3 and the anti-resonance in Hz of the nasal codas, for a man.
CODAS: dict[str, tuple[tuple[float, float, float], float]] = {
    "n": ((290, 1450, 2400), 1700.0),
    "ng": ((290, 1050, 2300), 3200.0),
}
