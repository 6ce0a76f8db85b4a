"""What dysarthria does to a planned syllable.

Most of it lies in the order of frames, on purpose: a model of means and spreads finds little, and
one that follows time finds more. So the corpus can show what recurrence is for.

* **Order**: voice, tongue and velum are slack early in the syllable instead of late
  (:mod:`slack`), frication swells early instead of late, the burst comes late, the tone turns
  late. None of it changes how much there is of anything.
* **Amounts**: the signs below, each so slight on average that it hides among healthy speakers.

The directions follow studies of Mandarin-speaking and post-stroke patients; the amounts, and early
against late slackness, are ours:

* **Transitions**: F2 slopes in five of six test words were shallower after stroke (Kim, Weismer,
  Kent and Duffy 2009, Folia Phoniatrica et Logopaedica 61, 329): targets are reached late.
* **Vowel space**: F1-F2 area smaller, categories more variable and more overlapping than in
  healthy speakers, variability and overlap growing with severity (Mou, Chen, Yang and Xu 2018,
  Scientific Reports 8:14188, the speakers imitated here); a smaller area in connected speech too
  (Ge, Wan et al. 2020, Clinical Linguistics and Phonetics, 779-792). In cerebral palsy the area
  correlates with word intelligibility, r = 0.684 (Liu, Tsao and Kuhl 2005, JASA 117, 3879-3889).
* **Timing**: mean vowel duration did not differ in 31 patients (Mou et al. 2017, JASA 142:2640, a
  meeting's abstract), so durations become irregular within the syllable, which is no longer.
* **Tones**: contours keep a part of their contrast. Tone intelligibility was 73 % in speakers
  with cerebral palsy and 91 % in healthy speakers (Jeng, Weismer and Kent 2006, Clinical
  Linguistics and Phonetics 20).
* **Voice**: soft phonation raised after stroke, in women even against healthy elderly women;
  pitch perturbation raised only in women against young women (Wang, Kent, Kent, Duffy and Thomas
  2009, Clinical Linguistics and Phonetics 23, 335-347). That perturbation rises in both sexes here
  is our choice.
* **Frication**: its spectral peak lower, even in mild cases (Hernandez, Lee and Chung 2019,
  Phonetics and Speech Sciences 11, 23; English, ten speakers).

Those amounts named in the functions below hold for a degree of 1; an affected syllable of a mild
patient has a degree near 0.5 and one of the most severe patient about 1.7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dysarthria_lightning.data.synthetic.articulation import Plan
from dysarthria_lightning.data.synthetic.slack import Slack
from dysarthria_lightning.data.synthetic.vowels import vowel_space_centre

#: The two constants that set how hard the corpus is, and how much of it is order. They were set on
#: corpora of other seeds than the default, so that ``model=functionals`` scores a speaker-level
#: AUROC of 0.70 to 0.80 on speakers it has not seen and a single-layer LSTM at least 0.05 more,
#: with a syllable-level one well below; nothing in them comes from a clinical measurement, and no
#: model has constants of its own.
#:
#: Factor on every deviation of an affected syllable.
DEVIATION_SCALE = 1.7
#: Share of its time by which a spell of slackness is early at degree 1.
ORDER_SHIFT = 0.30


@dataclass(frozen=True)
class Profile:
    """How strongly each subsystem of speech is affected in one patient, about 1 on average."""

    articulation: float
    phonation: float
    resonance: float
    tone: float
    timing: float


def draw_profile(rng: np.random.Generator) -> Profile:
    """Draw the uneven pattern of impairment that distinguishes patients of equal severity."""
    return Profile(*rng.uniform(0.4, 1.6, 5).tolist())


def affected_probability(severity: float, difficulty: float) -> float:
    """Return the probability that a patient's syllable sounds abnormal.

    Not all syllables of a patient do (the paper, section III): the probability grows with
    severity and with the difficulty of the syllable, and severe patients fail on easy ones too.

    Args:
        severity: 0 to 1.
        difficulty: 0 to 1, :attr:`prompts.Prompt.difficulty`.
    """
    return float(min(1.0, np.sqrt(severity) * (0.6 + 0.8 * difficulty)))


def deviation_degree(severity: float, rng: np.random.Generator) -> float:
    """Return how far an affected syllable deviates: 0 not at all, 2 at most."""
    degree = DEVIATION_SCALE * (0.25 + 0.75 * severity) * np.exp(rng.normal(0, 0.25))
    return float(min(degree, 2.0))


def distort(plan: Plan, degree: float, profile: Profile, rng: np.random.Generator) -> Plan:
    """Return a plan as a speaker with dysarthria would carry it out.

    Args:
        plan: The intended syllable.
        degree: Size of the deviations, 0 (none) to 2.
        profile: Weights of the subsystems.
        rng: Source of the token's own deviations.

    Returns:
        A new plan; equal to ``plan`` for ``degree`` 0.
    """
    if degree == 0:
        return plan
    plan = _reduce_vowels(plan, degree * profile.articulation, rng)
    plan = _blur_initial(plan, degree * profile.articulation, rng)
    plan = _flatten_tone(plan, degree * profile.tone, rng)
    plan = _roughen_voice(plan, degree * profile.phonation, rng)
    plan = _nasalise(plan, degree * profile.resonance, rng)
    return _disturb_timing(plan, degree * profile.timing, rng)


def _reduce_vowels(plan: Plan, degree: float, rng: np.random.Generator) -> Plan:
    """Reach the vowel late; centralise and scatter targets, slow the transitions.

    F1 moves by 10 % of the way to the centre, F2 and F3 by 16 %.
    """
    centre = vowel_space_centre(plan.gender) * plan.tract_scale
    pull = np.clip(degree * rng.normal(0.10, 0.03), 0.0, 0.4) * np.array([1.0, 1.6, 1.6])
    scatter = degree * np.array([0.055, 0.044, 0.02])
    targets = centre + (plan.targets_hz - centre) * (1 - pull)
    targets = targets * np.exp(rng.normal(0, scatter) + rng.normal(0, 0.4 * scatter, targets.shape))
    # F1 to F3 never cross: a tract has no such shape.
    targets[:, 1] = np.maximum(targets[:, 1], targets[:, 0] + 180)
    targets[:, 2] = np.maximum(targets[:, 2], targets[:, 1] + 250)
    return replace(
        plan,
        targets_hz=targets,
        tongue_slack=_earlier(plan.tongue_slack, degree, rng),
        sluggishness_s=plan.sluggishness_s + 0.016 * degree,
        locus_pull=float(np.clip(plan.locus_pull * (1 - 0.12 * degree), 0.0, 0.9)),
    )


def _blur_initial(plan: Plan, degree: float, rng: np.random.Generator) -> Plan:
    """Mistime frication, burst and voicing; weaken noise a little, lower and widen its spectrum."""
    mistimed = rng.random() < 0.12 * degree
    early = mistimed and rng.random() < 0.5
    peak_at = plan.noise_peak_at - ORDER_SHIFT * degree * rng.uniform(0.6, 1.4)
    return replace(
        plan,
        noise_peak_at=float(np.clip(peak_at, 0.15, 0.85)),
        burst=bool(rng.random() >= 0.05 * degree),
        burst_delay_s=plan.initial_s * float(min(0.15 * degree * rng.uniform(0, 2), 0.7)),
        noise_gain_db=plan.noise_gain_db - 0.2 * degree * rng.uniform(0, 2),
        noise_peak_factor=plan.noise_peak_factor
        * float(np.exp(-0.02 * degree * rng.uniform(0, 2))),
        noise_width_factor=plan.noise_width_factor * (1 + 0.06 * degree),
        prevoicing_s=float(rng.uniform(0.02, 0.07)) if early else 0.0,
        late_voicing_s=float(rng.uniform(0.01, 0.05)) if mistimed and not early else 0.0,
    )


def _flatten_tone(plan: Plan, degree: float, rng: np.random.Generator) -> Plan:
    """Turn late; compress the contour around its mean by 20 % and displace its heights."""
    heights = plan.tone_heights
    kept = np.clip(1 - 0.20 * degree * rng.uniform(0.5, 1.5), 0.1, 1.0)
    middle = heights.mean() + degree * rng.normal(0, 0.03)
    wander = rng.normal(0, 0.02 * degree, len(heights))
    late = float(np.clip(1 - 0.25 * degree * rng.uniform(0.5, 1.5), 0.3, 1.0))
    return replace(
        plan,
        # The ends stay: a bent clock, 0.5 becomes 0.58 where late is 0.78.
        tone_times=plan.tone_times**late,
        tone_heights=middle + kept * (heights - heights.mean()) + wander,
    )


def _roughen_voice(plan: Plan, degree: float, rng: np.random.Generator) -> Plan:
    """Let the voice come late; raise perturbation and breath.

    On average jitter by 0.4 points of per cent, shimmer by 0.6 and breathiness by 2.2 dB.
    """
    return replace(
        plan,
        voice_slack=_earlier(plan.voice_slack, degree, rng),
        jitter=plan.jitter + 0.004 * degree * rng.uniform(0.3, 1.7),
        shimmer=plan.shimmer + 0.006 * degree * rng.uniform(0.3, 1.7),
        breathiness_db=plan.breathiness_db + 2.2 * degree * rng.uniform(0.3, 1.7),
        unsteadiness=plan.unsteadiness + 0.01 * degree * rng.uniform(0.3, 1.7),
    )


def _nasalise(plan: Plan, degree: float, rng: np.random.Generator) -> Plan:
    """Close the velum late, and not as tightly."""
    nasality = plan.nasality + 0.02 * degree * rng.uniform(0.3, 1.7)
    return replace(
        plan,
        velum_slack=_earlier(plan.velum_slack, degree, rng),
        nasality=float(min(nasality, 1.0)),
    )


def _disturb_timing(plan: Plan, degree: float, rng: np.random.Generator) -> Plan:
    """Divide the syllable's time irregularly between its parts; it takes as long as intended."""
    factor = _unit_mean_factor(0.08 * degree, rng)
    if plan.initial_s > 0:  # at least half of the final is left
        factor = min(factor, 1 + 0.5 * plan.final_s / plan.initial_s)
    return replace(
        plan,
        initial_factor=plan.initial_factor * factor,
        final_s=plan.final_s - (factor - 1) * plan.initial_s,
        times=np.clip(plan.times + rng.normal(0, 0.03 * degree), 0.0, 1.0),
        coda_share=float(np.clip(plan.coda_share + rng.normal(0, 0.04 * degree), 0.15, 0.6)),
    )


def _earlier(slack: Slack, degree: float, rng: np.random.Generator) -> Slack:
    return slack.moved(-ORDER_SHIFT * degree * rng.uniform(0.6, 1.4))


def _unit_mean_factor(spread: float, rng: np.random.Generator) -> float:
    """Draw a log-normal factor whose mean is 1 whatever its spread."""
    return float(np.exp(rng.normal(-(spread**2) / 2, spread)))
