"""The plan of a syllable: what a speaker's articulators aim at, before synthesis.

A plan holds physical quantities only (seconds, Hz, dB). Healthy variation is drawn here;
:mod:`dysarthria` changes plans, :mod:`synthesis` turns them into sound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.data.synthetic.consonants import INITIALS, Initial
from dysarthria_lightning.data.synthetic.population import Speaker, Voice
from dysarthria_lightning.data.synthetic.prompts import Prompt
from dysarthria_lightning.data.synthetic.slack import Slack, draw_slack
from dysarthria_lightning.data.synthetic.tones import TONE_DURATION, TONE_TARGETS
from dysarthria_lightning.data.synthetic.vowels import (
    FINALS,
    QUALITIES,
    Coda,
    Gender,
    quality_formants,
)

#: Mean duration of the final in seconds; with initials and margins a clip has the published mean
#: of about 50 frames of 10 ms.
FINAL_S = 0.280

#: Token-to-token standard deviation of F1, F2, F3 of a healthy speaker: about 3 % within a vowel,
#: twice that in compound vowels. The amounts are ours.
FORMANT_SPREAD = np.array([0.035, 0.028, 0.02])
COMPOUND_FACTOR = 2.0

#: Where the frication of a fricative is loudest in health: it builds up towards the vowel.
HEALTHY_NOISE_PEAK = 0.7

#: Mean depths of everyone's spells of slackness: the voice's drop in dB, the share of the way to
#: the centre of the vowel space, and nasal coupling. The amounts are ours.
VOICE_SLACK_DB, TONGUE_SLACK, VELUM_SLACK = 9.0, 0.40, 0.45

_QUALITY_INDEX = {quality: index for index, quality in enumerate(QUALITIES)}


@dataclass(frozen=True)
class Plan:
    """A syllable to be synthesised.

    Attributes:
        gender: Scales places of articulation (women's tracts are about 15 % shorter).
        tract_scale: The speaker's factor on formants.
        initial: The initial consonant.
        noise_gain_db: Added to the level of frication and burst.
        noise_peak_factor: Factor on the centre of their spectrum.
        noise_width_factor: Factor on its width.
        noise_peak_at: Where frication without a burst is loudest, a share of its duration.
        burst: Whether the release burst is present.
        burst_delay_s: How long after the consonant's release the burst is heard.
        initial_factor: Factor on the durations of the consonant.
        prevoicing_s: Voicing that wrongly leads a voiceless consonant, from the clip's first sound
            at the earliest; without effect in voiced and zero initials, as is late voicing.
        late_voicing_s: Delay of voicing beyond its proper time, at the cost of the final.
        final_s: Duration of the final, coda included.
        times: Shares of the vowel's duration of its targets, shape (targets,).
        targets_hz: F1, F2, F3 of the targets, shape (targets, 3).
        coda: Nasal coda.
        coda_share: Share of the final that the coda takes.
        sluggishness_s: Time constant of the formant movements.
        locus_pull: How strongly the consonant bends the start of the vowel, 0 to 1.
        tone_times: Turning points of the tone, shares of the voiced duration, shape (points,).
        tone_heights: Their heights in the speaker's range, shape (points,).
        range_hz: Lowest and highest F0.
        jitter: Relative standard deviation of F0's factor from cycle to cycle.
        shimmer: Relative standard deviation of the cycle amplitude.
        breathiness_db: Aspiration noise relative to the voice source.
        tilt_hz: Corner of the source's extra tilt.
        nasality: Nasal coupling of the vowel, 0 to 1.
        unsteadiness: Relative depth of slow amplitude fluctuation in the vowel.
        high_formants_hz: F4 and F5.
        voice_slack: When the voice is weak, and by how many dB, over the voiced duration.
        tongue_slack: When the vowel is relaxed, and what share of the way to the centre of the
            vowel space, from the onset of the final to the coda.
        velum_slack: When the velum opens, and by how much nasal coupling, over the same time.
    """

    gender: Gender
    tract_scale: float
    initial: Initial
    noise_gain_db: float
    noise_peak_factor: float
    noise_width_factor: float
    noise_peak_at: float
    burst: bool
    burst_delay_s: float
    initial_factor: float
    prevoicing_s: float
    late_voicing_s: float
    final_s: float
    times: NDArray[np.float64]
    targets_hz: NDArray[np.float64]
    coda: Coda
    coda_share: float
    sluggishness_s: float
    locus_pull: float
    tone_times: NDArray[np.float64]
    tone_heights: NDArray[np.float64]
    range_hz: tuple[float, float]
    jitter: float
    shimmer: float
    breathiness_db: float
    tilt_hz: float
    nasality: float
    unsteadiness: float
    high_formants_hz: tuple[float, float]
    voice_slack: Slack
    tongue_slack: Slack
    velum_slack: Slack

    @property
    def consonant_scale(self) -> float:
        """Factor on the consonants' frequencies, which are given for an average man."""
        return self.tract_scale * (1.15 if self.gender == "female" else 1.0)

    @property
    def initial_s(self) -> float:
        """Duration of the initial consonant, without prevoicing or late voicing."""
        initial = self.initial
        if initial.is_voiced:
            return initial.voiced_s * self.initial_factor
        return (initial.frication_s + initial.aspiration_s) * self.initial_factor


def plan_syllable(prompt: Prompt, speaker: Speaker, voice: Voice, rng: np.random.Generator) -> Plan:
    """Plan one careful reading of a prompt with the variation of a healthy speaker."""
    final = FINALS[prompt.final]
    qualities = [quality for quality, _ in final.path]
    compound = prompt.syllable_type == "compound_vowel"
    spread = FORMANT_SPREAD * (COMPOUND_FACTOR if compound else 1.0)
    # One deviation for the whole syllable and a smaller one for each of its targets.
    deviation = rng.normal(0, spread) + rng.normal(0, 0.5 * spread, (len(qualities), 3))
    offsets = voice.quality_offsets[[_QUALITY_INDEX[quality] for quality in qualities]]
    means = np.array([quality_formants(quality, speaker.gender) for quality in qualities])
    times, heights = (np.array(values) for values in TONE_TARGETS[prompt.tone])
    return Plan(
        gender=speaker.gender,
        tract_scale=voice.tract_scale,
        initial=INITIALS[prompt.initial],
        noise_gain_db=voice.frication_db + float(rng.normal(0, 2)),
        noise_peak_factor=float(np.exp(rng.normal(0, 0.05))),
        noise_width_factor=float(np.exp(rng.normal(0, 0.15))),
        noise_peak_at=float(np.clip(rng.normal(HEALTHY_NOISE_PEAK, 0.1), 0.15, 0.85)),
        burst=True,
        burst_delay_s=0.0,
        initial_factor=float(np.exp(rng.normal(0, 0.18))),
        prevoicing_s=0.0,
        late_voicing_s=0.0,
        final_s=FINAL_S
        * voice.pace
        * TONE_DURATION[prompt.tone]
        * (1.06 if compound else 1.0)
        * float(np.exp(0.14 * rng.standard_t(6))),
        times=np.array([time for _, time in final.path]),
        targets_hz=means * offsets * voice.tract_scale * np.exp(deviation),
        coda=final.coda,
        coda_share=float(np.clip(rng.normal(0.36, 0.05), 0.2, 0.55)),
        sluggishness_s=float(0.018 * np.exp(rng.normal(0, 0.2))),
        locus_pull=float(np.clip(rng.normal(0.5, 0.1), 0.1, 0.9)),
        tone_times=times,
        tone_heights=heights + rng.normal(0, 0.05) + rng.normal(0, 0.03, len(heights)),
        range_hz=voice.range_hz,
        jitter=voice.jitter * float(np.exp(rng.normal(0, 0.3))),
        shimmer=voice.shimmer * float(np.exp(rng.normal(0, 0.3))),
        breathiness_db=voice.breathiness_db + float(rng.normal(0, 2)),
        tilt_hz=voice.tilt_hz * float(np.exp(rng.normal(0, 0.15))),
        nasality=float(np.clip(voice.nasality + rng.normal(0, 0.05), 0, 1)),
        unsteadiness=voice.unsteadiness,
        high_formants_hz=voice.high_formants,
        voice_slack=draw_slack(voice.slack_at[0], VOICE_SLACK_DB, rng),
        tongue_slack=draw_slack(voice.slack_at[1], TONGUE_SLACK, rng),
        velum_slack=draw_slack(voice.slack_at[2], VELUM_SLACK, rng),
    )


@dataclass(frozen=True)
class Timeline:
    """Moments of a syllable in seconds from its first sound.

    Attributes:
        voicing: Onset of regular voicing.
        vowel: Onset of the final (later than ``voicing`` after a nasal, lateral or approximant).
        coda: Onset of the nasal coda; equal to ``end`` without one.
        end: End of the syllable.
    """

    voicing: float
    vowel: float
    coda: float
    end: float


def timeline(plan: Plan) -> Timeline:
    """Lay out a plan in time."""
    end = plan.initial_s + plan.final_s
    if plan.initial.is_voiced:
        voicing, vowel = 0.0, plan.initial_s
    else:
        # Late voicing takes its time from the final: it does not make the syllable longer.
        late_s = plan.late_voicing_s if plan.initial.manner != "none" else 0.0
        voicing = vowel = plan.initial_s + late_s
    coda = end - plan.coda_share * (end - vowel) if plan.coda else end
    return Timeline(voicing, vowel, coda, end)
