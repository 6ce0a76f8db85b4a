"""Praat measures in the sound what the generator meant to put there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dysarthria_lightning.data.synthetic.articulation import plan_syllable, timeline
from dysarthria_lightning.data.synthetic.dysarthria import Profile, distort
from dysarthria_lightning.data.synthetic.parameters import SyntheticParameters
from dysarthria_lightning.data.synthetic.population import Speaker, draw_voice
from dysarthria_lightning.data.synthetic.prompts import PROMPTS
from dysarthria_lightning.data.synthetic.recordings import Recording
from dysarthria_lightning.data.synthetic.tract import movements
from dysarthria_lightning.data.synthetic.vowels import Gender

pytestmark = pytest.mark.slow

Read = Callable[..., list[Recording]]
Measure = Callable[..., NDArray[np.float64]]

GENDERS: tuple[Gender, ...] = ("male", "female")

#: Syllables whose vowels Mou et al. (2018) measured.
VOWELS = {"a": "ba", "i": "bi", "u": "du", "e": "ge", "yu": "yu", "o": "bo"}

#: Ranges in Hz around the means commonly quoted for careful Mandarin (the works in ``vowels``),
#: wide enough for what they differ by: F1 from-to, F2 from-to.
PLAUSIBLE = {
    "male": {
        "a": (700, 1000, 1100, 1450),
        "i": (230, 380, 1950, 2500),
        "u": (280, 450, 440, 900),
        "e": (400, 620, 950, 1350),
        "yu": (230, 380, 1800, 2250),
        "o": (430, 650, 650, 1050),
    },
    "female": {
        "a": (850, 1280, 1250, 1700),
        "i": (260, 450, 2350, 3000),
        "u": (300, 500, 500, 1050),
        "e": (450, 760, 1050, 1550),
        "yu": (260, 450, 2050, 2650),
        "o": (470, 760, 730, 1200),
    },
}


def semitones(f0: NDArray[np.float64]) -> NDArray[np.float64]:
    """F0 relative to its median, averaged into eleven points from onset to end."""
    relative = 12 * np.log2(f0 / np.median(f0))
    return np.array([np.median(part) for part in np.array_split(relative, 11)])


@pytest.mark.parametrize("gender", ["male", "female"])
@pytest.mark.parametrize("syllable", ["ba", "yu", "du"])
def test_f0_follows_the_tone(
    read: Read, measure_f0: Measure, syllable: str, gender: Gender
) -> None:
    contours = {}
    for tone in (1, 2, 3, 4):
        tokens = [read([f"{syllable}{tone}"], index, gender)[0] for index in range(3)]
        contours[tone] = np.mean([semitones(measure_f0(t.samples, gender)) for t in tokens], axis=0)
    assert np.ptp(contours[1]) < 2.5  # 55: level
    rising = contours[2]
    assert rising[-1] - rising.min() > 4  # 35: rises after a shallow dip
    assert rising.argmin() <= 4
    dipping = contours[3]
    assert 3 <= dipping.argmin() <= 8  # 214: lowest in the middle
    assert min(dipping[0], dipping[-1]) - dipping.min() > 2
    assert contours[4][0] - contours[4][-1] > 6  # 51: falls through the range


def test_men_and_women_speak_in_the_published_ranges(read: Read, measure_f0: Measure) -> None:
    """100-220 Hz for men, 140-300 Hz for women, when reading the four tones (Wu 1992)."""
    syllables = [f"{s}{tone}" for s in ("ba", "yu") for tone in (1, 2, 3, 4)]
    spans: dict[Gender, NDArray[np.float64]] = {}
    for gender in ("male", "female"):
        values = [
            np.concatenate([measure_f0(t.samples, gender) for t in read(syllables, index, gender)])
            for index in range(6)
        ]
        spans[gender] = np.median([np.quantile(v, (0.05, 0.95)) for v in values], axis=0)
    assert 85 < spans["male"][0] < 125
    assert 180 < spans["male"][1] < 240
    assert 140 < spans["female"][0] < 195
    assert 270 < spans["female"][1] < 350


@pytest.mark.parametrize("gender", ["male", "female"])
@pytest.mark.parametrize("vowel", list(VOWELS))
def test_healthy_formants_lie_in_the_range_of_published_means(
    read: Read, measure_formants: Measure, vowel: str, gender: Gender
) -> None:
    measured = [
        measure_formants(token.samples, gender)
        for index in range(6)
        for token in read([f"{VOWELS[vowel]}{tone}" for tone in (1, 2, 4)], index, gender)
    ]
    f1, f2 = np.median(measured, axis=0)
    low1, high1, low2, high2 = PLAUSIBLE[gender][vowel]
    assert low1 <= f1 <= high1
    assert low2 <= f2 <= high2


@pytest.fixture(scope="module")
def vowel_spaces(read: Read, measure_formants: Measure) -> dict[float, NDArray[np.float64]]:
    """F1 and F2 by severity, shape (speakers, vowels a i u e, tokens, 2); equal voices in each.

    Over nearly the whole vowel: healthy speakers relax in its second half, patients in its first.
    """
    syllables = [f"{s}{tone}" for s in ("ba", "bi", "du", "ge") for tone in (1, 2, 4)]
    spaces = {
        severity: np.array(
            [
                [
                    measure_formants(t.samples, g, (0.1, 0.9))
                    for t in read(syllables, index, g, severity)
                ]
                for index, g in enumerate(GENDERS * 8)
            ]
        ).reshape(16, 4, 3, 2)
        for severity in (0.0, 0.4, 1.0)
    }
    assert not np.isnan(spaces[0.0]).any()
    assert max(np.isnan(space).mean() for space in spaces.values()) < 0.03
    return spaces


def test_vowel_space_shrinks_with_severity(
    vowel_spaces: dict[float, NDArray[np.float64]],
) -> None:
    """The triangle a-i-u, as in Mou et al. (2018) and Ge et al. (2020)."""

    def areas(speakers: NDArray[np.float64]) -> NDArray[np.float64]:
        (a1, a2), (i1, i2), (u1, u2) = np.moveaxis(np.nanmean(speakers, axis=2)[:, :3], 0, -1)
        return np.asarray(np.abs(a1 * (i2 - u2) + i1 * (u2 - a2) + u1 * (a2 - i2)) / 2)

    # The voices are the same at each severity, so that areas compare speaker by speaker.
    healthy = areas(vowel_spaces[0.0])
    mild, severe = (np.mean(areas(vowel_spaces[s]) / healthy) for s in (0.4, 1.0))
    assert mild < 0.95
    assert severe < 0.92 * mild


def test_dispersion_within_vowels_grows_with_severity(
    vowel_spaces: dict[float, NDArray[np.float64]],
) -> None:
    """Relative spread of a speaker's tokens of one vowel, F1 and F2 together."""
    spread = {
        severity: np.median(np.nanstd(np.log(speakers), axis=2, ddof=1).mean(axis=(1, 2)))
        for severity, speakers in vowel_spaces.items()
    }
    assert spread[0.4] > 1.1 * spread[0.0]
    assert spread[1.0] > 1.1 * spread[0.4]


def test_tones_flatten_with_severity(read: Read, measure_f0: Measure) -> None:
    syllables = [f"{s}{tone}" for s in ("ba", "yu") for tone in (2, 4)]
    ranges = {
        severity: np.median(
            [
                np.ptp(semitones(measure_f0(token.samples, gender)))
                for index, gender in enumerate(GENDERS * 3)
                for token in read(syllables, index, gender, severity)
            ]
        )
        for severity in (0.0, 1.0)
    }
    assert ranges[1.0] < 0.8 * ranges[0.0]


def test_diphthongs_rise_less_with_severity(read: Read, measure_formants: Measure) -> None:
    """F2 of ai rises, in healthy speakers by more than in patients (Kim et al. 2009)."""
    rises = {}
    for severity in (0.0, 1.0):
        rise = []
        for index in range(8):
            for token in read(["bai1", "bai1"], index, "male", severity):
                start, end = (
                    measure_formants(token.samples, "male", stretch)[1]
                    for stretch in ((0.15, 0.4), (0.7, 0.95))
                )
                rise.append(end - start)
        rises[severity] = float(np.median(rise))
    assert rises[0.0] > 250
    assert rises[1.0] < 0.95 * rises[0.0]


def test_sluggish_articulators_make_shallow_transitions() -> None:
    """The planned F2 of gua is less steep in dysarthria, everything else being equal.

    Read from the tract itself: F1 and F2 of [u] and [a] lie too close for a formant tracker to
    time their movement within 20 ms.
    """
    parameters, prompt = SyntheticParameters(), next(p for p in PROMPTS if p.syllable == "gua1")
    speaker = Speaker(0, 0, "male", 45, 0.0, 82)
    voice, _ = draw_voice(parameters, speaker)
    rng = np.random.default_rng(0)
    plan = plan_syllable(prompt, speaker, voice, rng)
    impaired = distort(plan, 1.5, Profile(1, 1, 1, 1, 1), rng)
    assert impaired.sluggishness_s > 1.8 * plan.sluggishness_s
    slower = replace(plan, sluggishness_s=impaired.sluggishness_s)
    moments = timeline(plan)
    quick_f2, slow_f2 = (movements(p, moments, 150)[0][:, 1] for p in (plan, slower))
    assert np.diff(slow_f2).max() < 0.9 * np.diff(quick_f2).max()
