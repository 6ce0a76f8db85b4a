"""Harmonic-plus-noise source-filter synthesis of a planned syllable.

The voice source is a band-limited sum of the harmonics of F0, summed in closed form (a Dirichlet
kernel), with jitter and shimmer drawn for each glottal cycle; aspiration noise is added to it.
Both pass through the vocal tract (:mod:`tract`). Frication and bursts are
noise through resonators of their own. All loops over samples are vectorised.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.ndimage import gaussian_filter1d

from dysarthria_lightning.data.synthetic.articulation import Plan, Timeline, timeline
from dysarthria_lightning.data.synthetic.channel import SAMPLE_RATE_HZ
from dysarthria_lightning.data.synthetic.tones import fundamental_frequency
from dysarthria_lightning.data.synthetic.tract import apply_tract, sigmoid

Array = NDArray[np.float64]


def synthesise(plan: Plan, rng: np.random.Generator) -> Array:
    """Turn a plan into sound.

    Args:
        plan: The syllable.
        rng: Source of noise, jitter and shimmer.

    Returns:
        Samples at 16 kHz of arbitrary level, shape (samples,), starting and ending near zero.
    """
    moments = timeline(plan)
    n = round(moments.end * SAMPLE_RATE_HZ)
    time_s = np.arange(n) / SAMPLE_RATE_HZ
    excitation = _excitation(plan, moments, time_s, rng)
    speech = apply_tract(excitation, plan, moments)
    voiced = speech[int(moments.voicing * SAMPLE_RATE_HZ) :]
    level = float(np.sqrt(np.mean(voiced**2)))
    speech += level * _frication(plan, moments, time_s, rng)
    fade = min(80, n // 4)
    speech[-fade:] *= np.linspace(1, 0, fade)
    return speech


def _trapezoid(time_s: Array, start: float, stop: float, attack: float, release: float) -> Array:
    """Return a window with raised-cosine flanks that lie inside [start, stop]."""
    rise = np.clip((time_s - start) / attack, 0, 1)
    fall = np.clip((stop - time_s) / release, 0, 1)
    return np.asarray(0.25 * (1 - np.cos(np.pi * rise)) * (1 - np.cos(np.pi * fall)))


def _swelling(time_s: Array, stop: float, peak_at: float) -> Array:
    """Return a window on [0, stop] that rises to 1 at a share of it and falls again.

    Wherever the peak lies, the window takes the same values for equally long.
    """
    share = np.clip(time_s / stop, 0, 1)
    return np.asarray(np.minimum(share / peak_at, (1 - share) / (1 - peak_at)) ** 0.7)


def _excitation(plan: Plan, moments: Timeline, time_s: Array, rng: np.random.Generator) -> Array:
    """Return the sound that enters the vocal tract: voice and aspiration, shape (samples,)."""
    n = len(time_s)
    onset = max(0.0, moments.voicing - plan.prevoicing_s)
    first = int(onset * SAMPLE_RATE_HZ)
    f0 = np.empty(n)
    f0[first:] = fundamental_frequency(
        plan.tone_times, plan.tone_heights, *plan.range_hz, n - first
    )
    f0[:first] = f0[first]
    voice = harmonic_source(f0, plan.jitter, plan.shimmer, rng)
    # Glottal flow falls by 12 dB per octave and radiation raises by 6; breathy and weak voices
    # fall faster from tilt_hz on.
    voice = _first_order(_first_order(voice, 150.0), 150.0)
    voice = _first_order(np.diff(voice, prepend=voice[0]), plan.tilt_hz)
    voice /= np.sqrt(np.mean(voice**2))

    length = moments.end - onset
    envelope = _trapezoid(time_s, onset, moments.end, 0.03, min(0.05, 0.3 * length))
    # A slack voice loses its pulses, not its breath.
    voice *= 10 ** (-plan.voice_slack.course((time_s - onset) / length) / 20)
    if plan.initial.is_voiced:  # the closed or narrowed mouth radiates less
        envelope *= 0.45 + 0.55 * sigmoid((time_s - moments.vowel) / 0.006)
    if plan.coda:
        envelope *= 1 - 0.45 * sigmoid((time_s - moments.coda) / 0.012)
    flutter = gaussian_filter1d(rng.normal(size=n // 160 + 2), 3.0, mode="nearest")
    flutter /= max(float(flutter.std()), 1e-9)
    slow = np.interp(time_s, np.arange(len(flutter)) * 0.01, flutter)
    envelope *= np.exp(np.clip(plan.unsteadiness * slow, -1.5, 1.0))

    noise = _first_difference(rng.normal(size=n))
    breath = 10 ** (plan.breathiness_db / 20)
    # Breath noise is strongest while the glottis is open, once in every cycle.
    open_glottis = 1 + 0.6 * np.sin(2 * np.pi * np.cumsum(f0) / SAMPLE_RATE_HZ)
    aspirated = plan.initial.aspiration_s * plan.initial_factor
    if aspirated > 0.03:
        start = max(0.0, moments.voicing - aspirated - plan.late_voicing_s)
        gain = 0.40 * 10 ** (plan.noise_gain_db / 40)
        aspiration = gain * _trapezoid(time_s, start, moments.voicing + 0.03, 0.012, 0.03)
    else:
        aspiration = np.zeros(n)
    return np.asarray(envelope * (voice + breath * open_glottis * noise) + aspiration * noise)


def harmonic_source(f0: Array, jitter: float, shimmer: float, rng: np.random.Generator) -> Array:
    """Sum all harmonics of F0 up to 7.6 kHz, with equal amplitudes.

    The sum of N cosines has a closed form, so the cost does not depend on N; the highest harmonic
    fades in and out as F0 moves, which keeps the sum free of steps.

    Args:
        f0: Fundamental frequency in Hz, shape (samples,).
        jitter: Relative standard deviation of F0's factor from cycle to cycle. The factor changes
            between pulses, so that a period averages two and varies about three quarters as much.
        shimmer: Relative standard deviation of the amplitude from cycle to cycle.
        rng: Source of both.

    Returns:
        The source, shape (samples,).
    """
    cycle = np.floor(np.cumsum(f0) / SAMPLE_RATE_HZ + 0.5).astype(np.int64)
    period_factor = 1 + jitter * np.clip(rng.normal(size=cycle[-1] + 3), -3, 3)
    perturbed = f0 * period_factor[cycle]
    phase = 2 * np.pi * np.cumsum(perturbed) / SAMPLE_RATE_HZ + 0.01
    cycle = np.floor(phase / (2 * np.pi) + 0.5).astype(np.int64)
    amplitude = np.clip(1 + shimmer * rng.normal(size=cycle[-1] + 3), 0.2, 2.0)[cycle]
    count = 7600 / perturbed
    whole = np.floor(count)
    half_sine = np.sin(phase / 2)
    safe = np.where(np.abs(half_sine) < 1e-9, 1e-9, half_sine)
    harmonics = np.sin((whole + 0.5) * phase) / (2 * safe) - 0.5
    harmonics += (count - whole) * np.cos((whole + 1) * phase)
    return np.asarray(amplitude * harmonics)


def _frication(plan: Plan, moments: Timeline, time_s: Array, rng: np.random.Generator) -> Array:
    """Return frication and release burst, relative to the level of the voiced part."""
    initial = plan.initial
    total = np.zeros(len(time_s))
    if initial.peak_hz == 0:
        return total
    peak = min(initial.peak_hz * plan.consonant_scale * plan.noise_peak_factor, 7_000.0)
    width = initial.width_hz * plan.noise_width_factor
    noise = rng.normal(size=len(time_s))
    radius = float(np.exp(-np.pi * width / SAMPLE_RATE_HZ))
    a = [1.0, -2 * radius * np.cos(2 * np.pi * peak / SAMPLE_RATE_HZ), radius**2]
    # Zeros at 0 Hz and the Nyquist frequency: no energy where frication has none.
    noise = signal.lfilter([1.0, 0.0, -1.0], a, noise)
    noise /= np.sqrt(np.mean(noise**2))
    if initial.noise_db > -80:
        stop = (
            moments.vowel + 0.01
            if initial.is_voiced
            else initial.frication_s * plan.initial_factor + 0.01
        )
        level = 10 ** ((initial.noise_db + plan.noise_gain_db) / 20)
        if initial.manner == "fricative":
            total += level * _swelling(time_s, stop, plan.noise_peak_at)
        else:
            attack = 0.006 if initial.manner == "affricate" else 0.04
            total += level * _trapezoid(time_s, 0.0, stop, min(attack, 0.5 * stop), 0.02)
    if initial.burst_db > -80 and plan.burst:
        level = 10 ** ((initial.burst_db + 6 + plan.noise_gain_db) / 20)
        since = np.maximum(time_s - plan.burst_delay_s, 0.0)
        total += level * np.minimum(since / 0.001, 1) * np.exp(-since / 0.005)
    return np.asarray(total * noise)


def _first_order(samples: Array, corner_hz: float) -> Array:
    """Low-pass by 6 dB per octave above ``corner_hz``, with unit gain at 0 Hz."""
    pole = float(np.exp(-2 * np.pi * min(corner_hz, 7_000.0) / SAMPLE_RATE_HZ))
    return np.asarray(signal.lfilter([1 - pole], [1.0, -pole], samples))


def _first_difference(noise: Array) -> Array:
    """Return noise of unit variance with its low frequencies reduced, as turbulence has."""
    return np.asarray(np.diff(noise, prepend=0.0) / np.sqrt(2))
