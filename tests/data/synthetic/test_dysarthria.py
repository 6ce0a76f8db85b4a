"""Dysarthria changes a plan as described, and Praat or a spectrum finds the change in the sound."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from dysarthria_lightning.data.synthetic.articulation import (
    COMPOUND_FACTOR,
    Plan,
    plan_syllable,
    timeline,
)
from dysarthria_lightning.data.synthetic.dysarthria import Profile, distort
from dysarthria_lightning.data.synthetic.parameters import SyntheticParameters
from dysarthria_lightning.data.synthetic.population import Speaker, Voice, draw_voice
from dysarthria_lightning.data.synthetic.prompts import PROMPTS
from dysarthria_lightning.data.synthetic.slack import Slack
from dysarthria_lightning.data.synthetic.synthesis import synthesise
from dysarthria_lightning.data.synthetic.vowels import Gender, vowel_space_centre

Array = NDArray[np.float64]
MeasureVoice = Callable[[Array, str], float]

EVEN = Profile(1, 1, 1, 1, 1)
PROMPT = {prompt.syllable: prompt for prompt in reversed(PROMPTS)}

#: Healthy, middling, and near the degree of an affected syllable of the most severe patient.
DEGREES = (0.0, 0.85, 1.7)

#: Fields of a plan that each subsystem may change.
FIELDS = {
    "articulation": {
        "targets_hz",
        "sluggishness_s",
        "locus_pull",
        "tongue_slack",
        "noise_peak_at",
        "burst",
        "burst_delay_s",
        "noise_gain_db",
        "noise_peak_factor",
        "noise_width_factor",
        "prevoicing_s",
        "late_voicing_s",
    },
    "phonation": {"jitter", "shimmer", "breathiness_db", "unsteadiness", "voice_slack"},
    "resonance": {"nasality", "velum_slack"},
    "tone": {"tone_times", "tone_heights"},
    "timing": {"final_s", "initial_factor", "times", "coda_share"},
}


@cache
def healthy(index: int) -> tuple[Speaker, Voice]:
    """A speaker without dysarthria: even indices are men, odd ones women."""
    gender: Gender = "female" if index % 2 else "male"
    speaker = Speaker(index, 0, gender, 45, 0.0, 82)
    return speaker, draw_voice(SyntheticParameters(), speaker)[0]


def plans(syllable: str, count: int, seed: int = 0, speakers: int = 8) -> Iterator[Plan]:
    """Yield healthy plans of a syllable, by eight speakers in turn unless told otherwise."""
    rng = np.random.default_rng(seed)
    for token in range(count):
        yield plan_syllable(PROMPT[syllable], *healthy(token % speakers), rng)


@cache
def distorted(
    syllable: str, degree: float, count: int, profile: Profile = EVEN
) -> tuple[tuple[Plan, Plan], ...]:
    """Return healthy plans, each with what dysarthria makes of it; equal draws at any degree."""
    return tuple(
        (plan, distort(plan, degree, profile, np.random.default_rng((1, token))))
        for token, plan in enumerate(plans(syllable, count))
    )


def sounds(syllable: str, degree: float, *traits: str, count: int = 8) -> Iterator[Array]:
    """Yield tokens in which dysarthria changes nothing but the named traits.

    Whatever the degree, tokens have the same intended plans and the same noise.
    """
    for token, (plan, impaired) in enumerate(distorted(syllable, degree, count)):
        changed = replace(plan, **{trait: getattr(impaired, trait) for trait in traits})
        yield synthesise(changed, np.random.default_rng(token))


def steady(syllable: str, degree: float, trait: str) -> Iterator[Array]:
    """Yield tokens as :func:`sounds` does, without spells of slackness, which measures mix up."""
    firm = Slack(0.5, 0.0)
    for token, (plan, impaired) in enumerate(distorted(syllable, degree, 8)):
        firmly = replace(plan, voice_slack=firm, tongue_slack=firm, velum_slack=firm)
        changed = replace(firmly, **{trait: getattr(impaired, trait)})
        yield synthesise(changed, np.random.default_rng(token))


def spectrum(samples: Array) -> tuple[Array, Array]:
    """Frequencies in Hz and power of a stretch of sound, each of shape (bins,)."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return np.asarray(np.fft.rfftfreq(len(samples), 1 / 16_000)), np.asarray(power)


def test_degree_0_leaves_a_plan_as_it_is() -> None:
    for prompt in PROMPTS:
        (plan,) = plans(prompt.syllable, 1)
        unchanged = distort(plan, 0.0, Profile(1.6, 1.6, 1.6, 1.6, 1.6), np.random.default_rng(0))
        np.testing.assert_equal(asdict(unchanged), asdict(plan))


def test_the_intended_plan_is_not_written_to() -> None:
    (plan,) = plans("bian1", 1)
    before = copy.deepcopy(asdict(plan))
    impaired = distort(plan, 1.7, EVEN, np.random.default_rng(0))
    np.testing.assert_equal(asdict(plan), before)
    assert not np.allclose(impaired.targets_hz, plan.targets_hz)


@pytest.mark.parametrize("subsystem", list(FIELDS))
def test_each_subsystem_changes_its_own_traits_only(subsystem: str) -> None:
    weights = dict.fromkeys(FIELDS, 0.0) | {subsystem: 1.0}
    changed = set()
    for plan, impaired in distorted("ban1", 1.7, 40, Profile(**weights)):
        for name, value in vars(plan).items():
            after = getattr(impaired, name)
            if isinstance(value, Slack):
                assert after.depth == value.depth
                value, after = value.at, after.at
            if name in ("gender", "coda", "initial"):
                assert after == value
            elif not np.allclose(after, value, rtol=1e-9):
                changed.add(name)
    assert changed == FIELDS[subsystem]


def test_time_is_divided_irregularly_and_the_syllable_takes_as_long() -> None:
    """Mou et al. (2017) found equal means; voiceless, voiced, nasal and no initials."""
    timing = Profile(1, 1, 1, 1, 1.6)
    for syllable in ("a1", "du1", "pa1", "shi1", "ma1", "bang1"):
        pairs = distorted(syllable, 1.7, 150, timing)
        ends = np.array([[timeline(plan).end for plan in pair] for pair in pairs])
        np.testing.assert_allclose(ends[:, 1], ends[:, 0], rtol=1e-9)
        initials = np.log([[plan.initial_factor for plan in pair] for pair in pairs])
        spread = initials.std(axis=0)
        assert spread[1] > 1.3 * spread[0]
        finals = np.array([[plan.final_s for plan in pair] for pair in pairs])
        assert (finals[:, 1] > 0.499 * finals[:, 0]).all()


@pytest.mark.parametrize("syllable", ["du1", "chi1", "bang1"])
def test_late_voicing_shortens_the_final_and_not_the_syllable(syllable: str) -> None:
    (plan,) = plans(syllable, 1)
    in_time, late = timeline(plan), timeline(replace(plan, late_voicing_s=0.05))
    assert late.end == in_time.end
    assert late.voicing == pytest.approx(in_time.voicing + 0.05)
    # A coda takes its share of what is left of the final.
    share = plan.coda_share if plan.coda else 0.0
    assert late.end - late.coda == pytest.approx(share * (late.end - late.vowel))


@pytest.mark.parametrize("degree", DEGREES[1:])
def test_voicing_is_early_or_late_but_never_both(degree: float) -> None:
    """Mistimed in 12 % of the syllables at degree 1; one half early, the other late."""
    impaired = [plan for _, plan in distorted("ga1", degree, 600)]
    early = np.array([plan.prevoicing_s for plan in impaired])
    late = np.array([plan.late_voicing_s for plan in impaired])
    assert not ((early > 0) & (late > 0)).any()
    assert np.mean(early > 0) == pytest.approx(0.06 * degree, abs=0.025)
    assert np.mean(late > 0) == pytest.approx(0.06 * degree, abs=0.025)


@pytest.mark.parametrize("degree", [0.1, 2.0])
def test_neighbouring_formants_never_cross(degree: float) -> None:
    """F1, F2 and F3 keep their order and a distance, however strongly the targets scatter."""
    tongue = Profile(1.6, 1, 1, 1, 1)
    for prompt in PROMPTS:
        for _, impaired in distorted(prompt.syllable, degree, 16, tongue):
            f1, f2, f3 = impaired.targets_hz.T
            assert (f2 - f1).min() > 179.9
            assert (f3 - f2).min() > 249.9


@pytest.mark.parametrize(
    ("trait", "added"), [("jitter", 0.004), ("shimmer", 0.006), ("breathiness_db", 2.2)]
)
def test_the_voice_roughens_by_the_amounts_described(trait: str, added: float) -> None:
    for degree in DEGREES:
        pairs = distorted("a1", degree, 600)
        gain = np.mean([getattr(after, trait) - getattr(plan, trait) for plan, after in pairs])
        assert gain == pytest.approx(degree * added, rel=0.06)


def test_tones_keep_80_per_cent_of_their_contour_at_degree_1() -> None:
    kept = []
    for plan, impaired in distorted("a4", 1.0, 600):
        intended = plan.tone_heights - plan.tone_heights.mean()
        kept.append(impaired.tone_heights @ intended / (intended @ intended))
    assert np.mean(kept) == pytest.approx(0.80, abs=0.02)


@pytest.mark.parametrize(("syllable", "axis", "moved"), [("a1", 0, 0.10), ("yi1", 1, 0.16)])
def test_vowels_move_towards_the_centre_by_the_share_described(
    syllable: str, axis: int, moved: float
) -> None:
    """In the larger of the two distances: /a/ lies at the edge of F1, /i/ at that of F2."""
    remaining = []
    for plan, impaired in distorted(syllable, 1.0, 600):
        centre = vowel_space_centre(plan.gender) * plan.tract_scale
        remaining.append(
            (impaired.targets_hz - centre)[:, axis] / (plan.targets_hz - centre)[:, axis]
        )
    assert 1 - np.mean(remaining) == pytest.approx(moved, abs=0.03)


@pytest.mark.parametrize(
    ("trait", "sign"),
    [
        ("nasality", 1),
        ("unsteadiness", 1),
        ("sluggishness_s", 1),
        ("noise_width_factor", 1),
        ("noise_gain_db", -1),
        ("noise_peak_factor", -1),
        ("locus_pull", -1),
    ],
)
def test_other_traits_change_with_degree_in_their_direction(trait: str, sign: int) -> None:
    """Each step changes the mean, of equal draws, by less than the spread between tokens."""
    values = [
        np.array([getattr(impaired, trait) for _, impaired in distorted("si4", degree, 300)])
        for degree in DEGREES
    ]
    none, middling, severe = (sign * v.mean() for v in values)
    assert none < middling < severe
    # Of the most severe patients; on average patients hide among healthy speakers.
    assert trait == "sluggishness_s" or severe - none < 2 * values[0].std()


@pytest.mark.parametrize("syllable", ["a1", "yu1"])
@pytest.mark.parametrize("trait", ["jitter", "shimmer"])
def test_praat_finds_the_perturbation(
    measure_voice: MeasureVoice, trait: str, syllable: str
) -> None:
    none, middling, severe = (
        np.median([measure_voice(token, trait) for token in steady(syllable, degree, trait)])
        for degree in DEGREES
    )
    # The limits that Praat's manual quotes from MDVP: jitter 1.04 %, shimmer 3.81 %.
    assert none < {"jitter": 1.04, "shimmer": 3.81}[trait]
    assert none < middling < severe
    assert severe > 1.15 * none


@pytest.mark.parametrize("syllable", ["a1", "yu1"])
def test_breath_lowers_the_harmonics_to_noise_ratio(
    measure_voice: MeasureVoice, syllable: str
) -> None:
    none, middling, severe = (
        np.median(
            [
                measure_voice(token, "harmonicity")
                for token in steady(syllable, degree, "breathiness_db")
            ]
        )
        for degree in DEGREES
    )
    assert severe < middling < none - 0.1
    assert severe < none - 0.3


def test_nasality_strengthens_the_nasal_pole_against_the_first_formant() -> None:
    """The strongest component near the pole of 270 Hz against that near F1 of [a] (P0 - A1).

    Chen (1997, JASA 102, 2360-2370) measures nasality as A1 - P0, with the sign turned.
    """

    def nasal_level(token: Array) -> float:
        frequencies, power = spectrum(token[len(token) // 5 : 4 * len(token) // 5])
        pole, formant = (
            power[(frequencies >= low) & (frequencies < high)].max()
            for low, high in ((150, 400), (600, 1_200))
        )
        return float(10 * np.log10(pole / formant))

    none, middling, severe = (
        np.median([nasal_level(token) for token in steady("a1", degree, "nasality")])
        for degree in DEGREES
    )
    assert none + 0.1 < middling < severe - 0.1


def test_bursts_are_lost_now_and_then() -> None:
    for degree in DEGREES:
        lost = np.mean([not impaired.burst for _, impaired in distorted("ga1", degree, 600)])
        assert lost == pytest.approx(0.05 * degree, abs=0.02)


@pytest.mark.parametrize("syllable", ["ga1", "du1"])
def test_a_burst_is_heard_in_the_first_milliseconds(syllable: str) -> None:
    """With it the first 5 ms come within 20 dB of the vowel, without it they are 15 dB weaker."""
    for token, plan in enumerate(plans(syllable, 8)):
        levels = {}
        for burst in (True, False):
            speech = synthesise(replace(plan, burst=burst), np.random.default_rng(token))
            levels[burst] = np.mean(speech[:80] ** 2) / np.mean(speech[1_600:3_200] ** 2)
        assert levels[True] > 10**-2
        assert levels[False] < 10**-1.5 * levels[True]


@pytest.mark.parametrize(("syllable", "remaining"), [("si4", 0.98), ("xi1", 0.98), ("shi1", 0.99)])
def test_the_centre_of_frication_falls(syllable: str, remaining: float) -> None:
    """The centre of the first 100 ms falls: Hernandez et al. (2019) found lower spectral peaks."""

    def centroid(token: Array) -> float:
        frequencies, power = spectrum(token[:1_600])
        return float(power @ frequencies / power.sum())

    traits = ("noise_peak_factor", "noise_width_factor")
    none, middling, severe = (
        np.mean([centroid(token) for token in sounds(syllable, degree, *traits, count=16)])
        for degree in DEGREES
    )
    assert middling < none
    assert severe < middling
    assert severe < remaining * none


@pytest.mark.parametrize("index", [0, 1])
def test_compound_vowels_vary_more_than_monophthongs(index: int) -> None:
    """Relative spread of one healthy speaker's targets from token to token."""

    def spread(syllable: str) -> Array:
        rng = np.random.default_rng(0)
        prompt, (speaker, voice) = PROMPT[syllable], healthy(index)
        tokens = [plan_syllable(prompt, speaker, voice, rng).targets_hz for _ in range(300)]
        return np.asarray(np.log(tokens).std(axis=0).mean(axis=0))  # (F1, F2, F3)

    simple = np.mean([spread(s) for s in ("a1", "ba1", "yi1", "du1")], axis=0)
    compound = np.mean([spread(s) for s in ("bai1", "bao1", "guo1", "bian1")], axis=0)
    assert COMPOUND_FACTOR > 1.5
    np.testing.assert_allclose(compound / simple, COMPOUND_FACTOR, rtol=0.06)
    # About 3 % within a vowel, our choice, less in the higher formants.
    assert 0.02 < simple[2] < simple[1] < simple[0] < 0.045
