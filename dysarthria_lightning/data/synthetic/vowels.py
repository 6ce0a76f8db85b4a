"""Formant targets of the vowel qualities, and the finals built from them.

The F1 to F3 of the cardinal monophthongs are rounded from the means for men and women in
Wu and Lin (1989, Shiyan yuyinxue gaiyao), Zee and Lee (2001, Eurospeech, 643-646) and the larger
survey of Meng, Chen and Li (2006, PACLIC; 126 men and 212 women who study broadcasting). In the
corpus to be imitated they were measured in CV syllables by Mou,
Chen, Yang and Xu (2018, Scientific Reports 8:14188). The qualities that occur only in compound
finals are interpolated from the descriptions in Lee and Zee (2003, JIPA 33, 109-112).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Gender = Literal["female", "male"]
Coda = Literal["", "n", "ng"]

#: F1, F2, F3 in Hz of each quality: men, women.
QUALITIES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "a": ((850, 1270, 2600), (1010, 1480, 2950)),
    "a_front": ((800, 1430, 2550), (950, 1680, 2900)),
    "a_back": ((780, 1120, 2600), (930, 1290, 2900)),
    "o": ((530, 860, 2600), (610, 980, 2950)),
    "e": ((500, 1130, 2600), (580, 1290, 2950)),
    "schwa": ((500, 1450, 2550), (590, 1680, 2920)),
    "e_front": ((460, 1900, 2600), (520, 2220, 3000)),
    "eh": ((570, 1800, 2580), (670, 2100, 2970)),
    "i": ((300, 2250, 3050), (340, 2720, 3420)),
    "i_lax": ((400, 2030, 2700), (450, 2400, 3080)),
    "u": ((350, 680, 2500), (390, 760, 2850)),
    "u_lax": ((430, 820, 2500), (490, 930, 2850)),
    "y": ((300, 2020, 2550), (335, 2380, 2950)),
    "apical": ((380, 1380, 2700), (420, 1600, 3050)),
    "retroflex": ((390, 1720, 2350), (430, 1980, 2720)),
    "rhotic": ((540, 1400, 1880), (630, 1620, 2180)),
}

#: F4 and F5 in Hz: men, women (higher resonances of a 17 cm and a 15 cm tract).
HIGH_FORMANTS = ((3500.0, 4450.0), (4050.0, 5100.0))

#: Formant bandwidths B1 to B5 in Hz, from sweep-tone measurements in Fujimura and Lindqvist
#: (1971, JASA 49, 541-558), rounded.
BANDWIDTHS = np.array([70.0, 90.0, 130.0, 200.0, 260.0])


@dataclass(frozen=True)
class Final:
    """A final as a path through vowel qualities.

    Attributes:
        path: Qualities with the share of the vowel's duration at which each is reached.
        coda: Nasal coda, empty for none.
    """

    path: tuple[tuple[str, float], ...]
    coda: Coda = ""


def _hold(quality: str) -> Final:
    return Final(((quality, 0.0), (quality, 1.0)))


#: Finals in pinyin ("v" is ü, "-i" and "-r" the apical vowels after dental and retroflex
#: sibilants, "o" after a labial begins with a short [u]).
FINALS: dict[str, Final] = {
    "a": _hold("a"),
    "o": Final((("u_lax", 0.0), ("o", 0.25), ("o", 1.0))),
    "e": _hold("e"),
    "i": _hold("i"),
    "u": _hold("u"),
    "v": _hold("y"),
    "-i": _hold("apical"),
    "-r": _hold("retroflex"),
    "er": Final((("schwa", 0.1), ("rhotic", 0.75), ("rhotic", 1.0))),
    "ai": Final((("a_front", 0.1), ("a_front", 0.4), ("i_lax", 0.95))),
    "ei": Final((("e_front", 0.1), ("e_front", 0.35), ("i", 0.95))),
    "ao": Final((("a_back", 0.1), ("a_back", 0.4), ("u_lax", 0.95))),
    "ou": Final((("o", 0.1), ("o", 0.35), ("u", 0.95))),
    "an": Final((("a_front", 0.1), ("a_front", 0.7), ("eh", 1.0)), "n"),
    "en": Final((("schwa", 0.1), ("schwa", 1.0)), "n"),
    "in": Final((("i", 0.1), ("i_lax", 1.0)), "n"),
    "ang": Final((("a_back", 0.1), ("a_back", 0.8), ("o", 1.0)), "ng"),
    "eng": Final((("e", 0.1), ("e", 1.0)), "ng"),
    "ing": Final((("i", 0.1), ("i", 0.4), ("schwa", 1.0)), "ng"),
    "ia": Final((("i", 0.05), ("i", 0.2), ("a", 0.55), ("a", 1.0))),
    "ie": Final((("i", 0.05), ("i", 0.25), ("eh", 0.65), ("eh", 1.0))),
    "iao": Final((("i", 0.05), ("i", 0.15), ("a_back", 0.5), ("u_lax", 0.95))),
    "iu": Final((("i", 0.05), ("i", 0.25), ("o", 0.6), ("u", 0.95))),
    "ian": Final((("i", 0.05), ("i", 0.25), ("eh", 0.65), ("eh", 1.0)), "n"),
    "iong": Final((("y", 0.05), ("y", 0.3), ("u_lax", 0.8), ("u_lax", 1.0)), "ng"),
    "ua": Final((("u", 0.05), ("u", 0.2), ("a", 0.55), ("a", 1.0))),
    "uo": Final((("u", 0.05), ("u", 0.25), ("o", 0.6), ("o", 1.0))),
    "uai": Final((("u", 0.05), ("u", 0.15), ("a_front", 0.5), ("i_lax", 0.95))),
    "ui": Final((("u", 0.05), ("u", 0.25), ("e_front", 0.6), ("i", 0.95))),
    "uan": Final((("u", 0.05), ("u", 0.2), ("a_front", 0.6), ("eh", 1.0)), "n"),
    "uang": Final((("u", 0.05), ("u", 0.2), ("a_back", 0.6), ("a_back", 1.0)), "ng"),
    "ve": Final((("y", 0.05), ("y", 0.25), ("eh", 0.65), ("eh", 1.0))),
}


def quality_formants(quality: str, gender: Gender) -> NDArray[np.float64]:
    """Return F1, F2, F3 in Hz of a vowel quality for an average man or woman."""
    men, women = QUALITIES[quality]
    return np.array(women if gender == "female" else men, dtype=np.float64)


def vowel_space_centre(gender: Gender) -> NDArray[np.float64]:
    """Return F1, F2, F3 in Hz of the point towards which reduced vowels move.

    The mean of the corner vowels /a, i, u/, the usual centroid of the vowel space.
    """
    return np.asarray(np.mean([quality_formants(q, gender) for q in ("a", "i", "u")], axis=0))
