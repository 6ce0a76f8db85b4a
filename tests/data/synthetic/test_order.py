"""Most of dysarthria is order: the same frames at other times, found in the sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from test_dysarthria import DEGREES, EVEN, distorted, healthy, sounds, spectrum

from dysarthria_lightning.data.features.mfcc import MFCCFeatures
from dysarthria_lightning.data.synthetic.articulation import Plan, plan_syllable, timeline
from dysarthria_lightning.data.synthetic.dysarthria import distort
from dysarthria_lightning.data.synthetic.prompts import PROMPTS
from dysarthria_lightning.data.synthetic.slack import EARLIEST, LATEST, Slack
from dysarthria_lightning.data.synthetic.synthesis import synthesise
from dysarthria_lightning.data.synthetic.tract import movements

Array = NDArray[np.float64]

#: What dysarthria only moves.
ORDER = (
    "voice_slack",
    "tongue_slack",
    "velum_slack",
    "noise_peak_at",
    "burst_delay_s",
    "tone_times",
)


#: Samples of silence before and after a syllable: 0.1 s, as in the corpus's clips.
MARGINS = (1_600, 1_600)


def half(samples: Array, second: bool) -> Array:
    """One half of a sound, without its edges."""
    middle, edge = len(samples) // 2, len(samples) // 10
    return samples[middle:-edge] if second else samples[edge:middle]


def level_db(samples: Array) -> float:
    return float(10 * np.log10(np.mean(samples**2)))


@given(at=st.floats(EARLIEST, LATEST), by=st.floats(-1, 1), depth=st.floats(0.01, 10))
def test_a_spell_moves_and_is_as_deep_and_long_as_before(
    at: float, by: float, depth: float
) -> None:
    share = np.linspace(0, 1, 2_001)
    before, after = Slack(at, depth), Slack(at, depth).moved(by)
    assert EARLIEST <= after.at <= LATEST
    assert share[np.argmax(after.course(share))] == pytest.approx(after.at, abs=1e-3)
    # The same values for equally long, but for the outermost flanks.
    sorted_before, sorted_after = (np.sort(slack.course(share)) for slack in (before, after))
    np.testing.assert_allclose(sorted_after, sorted_before, atol=0.16 * depth + 1e-9)
    assert sorted_after.mean() == pytest.approx(sorted_before.mean(), rel=0.03)


@pytest.mark.parametrize("trait", ["voice_slack", "tongue_slack", "velum_slack"])
def test_slackness_comes_earlier_with_degree(trait: str) -> None:
    none, middling, severe = (
        np.mean([getattr(impaired, trait).at for _, impaired in distorted("ba1", degree, 300)])
        for degree in DEGREES
    )
    assert 0.6 < none < LATEST
    assert middling < none - 0.15
    assert EARLIEST < severe < middling - 0.10


def test_a_healthy_voice_grows_weak_late_and_an_impaired_one_begins_weakly() -> None:
    rises = [
        np.mean(
            [
                level_db(half(token, second=True)) - level_db(half(token, second=False))
                for token in sounds("a1", degree, "voice_slack", count=24)
            ]
        )
        for degree in DEGREES
    ]
    # Syllables fade anyway, which the spell strengthens or makes up for.
    assert rises[0] + 2 < rises[1] < rises[2] - 1
    assert rises[2] > rises[0] + 5


def test_a_healthy_velum_opens_late_and_an_impaired_one_closes_late() -> None:
    """The strongest component near the nasal pole against that near F1 of [a]."""

    def nasal(samples: Array) -> float:
        frequencies, power = spectrum(samples)
        pole, formant = (
            power[(frequencies >= low) & (frequencies < high)].max()
            for low, high in ((150, 400), (600, 1_200))
        )
        return float(10 * np.log10(pole / formant))

    rises = [
        np.mean(
            [
                nasal(half(token, second=True)) - nasal(half(token, second=False))
                for token in sounds("a1", degree, "velum_slack", count=24)
            ]
        )
        for degree in DEGREES
    ]
    assert rises[0] > rises[1] > rises[2]
    assert rises[0] > rises[2] + 4


def test_vowels_relax_at_the_end_in_health_and_are_reached_late_in_disease() -> None:
    """F1 of [a], read from the tract: high where the vowel is reached, lower where it is slack."""
    halves = []
    for degree in DEGREES:
        rows = []
        for plan, impaired in distorted("a1", degree, 48):
            moved = replace(plan, tongue_slack=impaired.tongue_slack)
            end = timeline(moved).end
            f1 = movements(moved, timeline(moved), int(end / 0.004))[0][:, 0]
            rows.append((half(f1, second=False).mean(), half(f1, second=True).mean()))
        halves.append(np.mean(rows, axis=0))
    healthy_f1, _, severe_f1 = halves
    assert healthy_f1[0] > 1.05 * healthy_f1[1]
    assert severe_f1[1] > 1.05 * severe_f1[0]
    assert np.mean(severe_f1) == pytest.approx(np.mean(healthy_f1), rel=0.01)


def test_healthy_frication_builds_up_and_impaired_frication_fades() -> None:
    rises = []
    for degree in DEGREES:
        rows = []
        for (plan, _), token in zip(
            distorted("si4", degree, 16),
            sounds("si4", degree, "noise_peak_at", count=16),
            strict=True,
        ):
            noise = token[: int(plan.initial_s * 16_000)]
            rows.append(level_db(half(noise, second=True)) - level_db(half(noise, second=False)))
        rises.append(np.mean(rows))
    assert rises[0] > 1.5
    assert rises[2] < -1.5


@pytest.mark.parametrize("syllable", ["chi1", "ka1"])
def test_the_burst_comes_late(syllable: str) -> None:
    """Where two sounds, one without the burst, begin to differ; never after the consonant."""
    for token, (plan, impaired) in enumerate(distorted(syllable, 1.7, 8)):
        late = replace(plan, burst_delay_s=impaired.burst_delay_s)
        assert plan.burst_delay_s == 0 < late.burst_delay_s < 0.75 * plan.initial_s
        heard, without = (
            synthesise(one, np.random.default_rng(token))
            for one in (late, replace(late, burst=False))
        )
        first = int(np.flatnonzero(np.abs(heard - without) > 1e-9)[0])
        assert first / 16_000 == pytest.approx(late.burst_delay_s, abs=0.001)


def test_tones_turn_late_between_the_same_ends() -> None:
    for plan, impaired in distorted("ba3", 1.0, 50):
        assert (impaired.tone_times[[0, -1]] == plan.tone_times[[0, -1]]).all()
        assert (impaired.tone_times[1:-1] > plan.tone_times[1:-1]).all()
        assert (np.diff(impaired.tone_times) > 0).all()


def order_alone(plan: Plan, degree: float, rng: np.random.Generator) -> Plan:
    impaired = distort(plan, degree, EVEN, rng)
    return replace(plan, **{trait: getattr(impaired, trait) for trait in ORDER})


@pytest.mark.slow
def test_order_alone_moves_no_mean_and_no_spread_but_the_course_of_a_syllable() -> None:
    """In units of the standard deviation between healthy speakers, who read a third of the list."""
    extract = MFCCFeatures.model_validate(
        {
            "kind": "mfcc",
            "sample_rate_hz": 16_000,
            "window_s": 0.025,
            "hop_s": 0.01,
            "n_mels": 40,
            "f_min_hz": 0.0,
            "f_max_hz": None,
            "n_stored": 13,
        }
    ).frame_extractor(13)

    def summary(index: int, change: Callable[[Plan, np.random.Generator], Plan]) -> Array:
        clips = []
        for place, prompt in enumerate(PROMPTS[::3]):
            plan = plan_syllable(prompt, *healthy(index), np.random.default_rng((0, index, place)))
            impaired = change(plan, np.random.default_rng((1, index, place)))
            speech = synthesise(impaired, np.random.default_rng((2, index, place)))
            speech = np.pad(speech / np.sqrt(np.mean(speech**2)), MARGINS)
            noise = 0.01 * np.random.default_rng((3, index, place)).normal(size=len(speech))
            clips.append(extract((0.05 * (speech + noise)).astype(np.float32)))
        frames = np.concatenate(clips)
        halves = [np.array_split(clip[10:-10], 2) for clip in clips]
        course = [(second.mean(axis=0) - first.mean(axis=0)) for first, second in halves]
        return np.concatenate([frames.mean(axis=0), frames.std(axis=0), np.mean(course, axis=0)])

    speakers = range(16)
    intended = np.array([summary(index, lambda plan, _: plan) for index in speakers])
    impaired = np.array(
        [summary(index, lambda plan, rng: order_alone(plan, 1.0, rng)) for index in speakers]
    )
    shift = np.abs((impaired - intended).mean(axis=0)) / intended.std(axis=0, ddof=1)
    functionals, course = shift[:26], shift[26:]
    assert functionals.max() < 0.5
    assert np.median(functionals) < 0.15
    assert course.max() > 3
