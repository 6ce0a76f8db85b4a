"""The vocal tract: formants, nasal coupling and murmurs as a filter that moves.

A cascade of five resonators with a nasal pole-zero pair (Klatt 1980, JASA 67, 971-995), evaluated
in the frequency domain for short overlapping frames.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.ndimage import gaussian_filter1d

from dysarthria_lightning.data.synthetic.articulation import Plan, Timeline
from dysarthria_lightning.data.synthetic.channel import SAMPLE_RATE_HZ
from dysarthria_lightning.data.synthetic.consonants import CODAS
from dysarthria_lightning.data.synthetic.vowels import BANDWIDTHS, vowel_space_centre

Array = NDArray[np.float64]

#: Frames of the vocal tract: a step of 4 ms, windows of 16 ms, and room in the transform for
#: 16 ms of ringing, after which even the narrowest resonance has decayed by 30 dB.
HOP, WINDOW, TRANSFORM = 64, 256, 512

_HANN = signal.get_window("hann", WINDOW) / 2  # at a quarter's step Hann windows add up to 2


def apply_tract(excitation: Array, plan: Plan, moments: Timeline) -> Array:
    """Filter the glottal excitation by the plan's moving vocal tract.

    Args:
        excitation: Voice and aspiration at 16 kHz, shape (samples,).
        plan: The syllable.
        moments: Its layout in time.

    Returns:
        Speech, shape (samples,).
    """
    frames = len(excitation) // HOP + WINDOW // HOP + 1
    return _filter_frames(excitation, _response(*movements(plan, moments, frames)))


def movements(plan: Plan, moments: Timeline, frames: int) -> tuple[Array, Array, Array, Array]:
    """Return the tract's movements, one row a frame.

    Returns:
        Formants and bandwidths in Hz, each (frames, 5); nasal coupling 0 to 1 (frames,); and the
        murmurs' anti-resonance in Hz, 0 where there is none (frames,).
    """
    # Frame 0 is centred half a window before the first sample.
    time_s = (np.arange(frames) * HOP - WINDOW / 2) / SAMPLE_RATE_HZ
    share = (time_s - moments.vowel) / max(moments.coda - moments.vowel, 1e-3)
    path = np.stack([np.interp(share, plan.times, column) for column in plan.targets_hz.T], axis=1)
    scale, step = plan.consonant_scale, HOP / SAMPLE_RATE_HZ
    path = gaussian_filter1d(path, max(plan.sluggishness_s / step, 0.5), axis=0, mode="nearest")

    centre = vowel_space_centre(plan.gender) * plan.tract_scale
    path = path + plan.tongue_slack.course(share)[:, None] * (centre - path)

    initial = plan.initial
    if initial.locus_hz is not None:
        # The consonant bends the start of the vowel; the bend fades over some 30 ms.
        bend = plan.locus_pull * np.exp(-np.maximum(time_s - moments.vowel, 0) / 0.022)
        locus = np.array([320.0, *initial.locus_hz]) * scale
        path = path + bend[:, None] * np.array([0.6, 1.0, 0.7]) * (locus - path)
    nasality = np.minimum(plan.nasality + plan.velum_slack.course(share), 1.0)
    zeros = np.zeros(frames)
    if initial.is_voiced:
        closed = 1 - sigmoid((time_s - moments.vowel) / 0.006)
        path = path + closed[:, None] * (np.array(initial.murmur_hz) * scale - path)
        zeros = np.where(closed > 0.5, initial.zero_hz * scale, zeros)
        if initial.manner == "nasal":
            near = sigmoid((moments.vowel + 0.03 - time_s) / 0.012)
            nasality = np.maximum(nasality, near)
    if plan.coda:
        murmur, zero = CODAS[plan.coda]
        # Dysarthric and casual codas are reached as slowly as the vowels' own targets.
        closing = sigmoid((time_s - moments.coda) / (0.4 * plan.sluggishness_s + 0.008))
        path = path + closing[:, None] * (np.array(murmur) * scale - path)
        zeros = np.where(closing > 0.5, zero * scale, zeros)
        ahead = sigmoid((time_s - moments.coda + 0.05) / 0.02)
        nasality = np.maximum(nasality, ahead)
    high = np.broadcast_to(np.array(plan.high_formants_hz), (frames, 2))
    formants = np.clip(np.concatenate([path, high], axis=1), 150.0, 7_600.0)
    formants = np.sort(formants, axis=1)
    # An open glottis (breath, aspiration) and an open velum both damp the resonances.
    damping = 1 + 0.6 * nasality + 0.02 * max(0.0, plan.breathiness_db + 26)
    open_glottis = np.where(time_s < moments.voicing, 1.8, 1.0)
    bandwidths = BANDWIDTHS * (damping * open_glottis)[:, None] * (1 + formants / 12_000)
    return formants, bandwidths, nasality, zeros


def _response(
    formants: Array, bandwidths: Array, nasality: Array, zeros: Array
) -> NDArray[np.complex128]:
    """Return the tract's frequency response in each frame, shape (frames, bins)."""
    frames = len(formants)
    # Velar opening: a pole near 270 Hz whose zero moves away from it (Klatt 1980).
    # Murmurs: an anti-resonance of the closed mouth, with a pole above that restores the level;
    # elsewhere the two coincide and cancel.
    anti = np.where(zeros > 0, zeros, 1_000.0)
    restoring = np.where(zeros > 0, np.minimum(zeros * 1.3, 7_000.0), anti)
    velum, widths = np.full(frames, 270.0), np.tile([90.0, 200.0], (frames, 1))
    up = np.stack([velum + 190 * nasality, anti], axis=1)
    down = np.stack([velum, restoring], axis=1)
    numerator = _polynomial(up, widths)
    denominator = _polynomial(
        np.concatenate([formants, down], axis=1), np.concatenate([bandwidths, widths], axis=1)
    )
    # The transform of a polynomial's coefficients is its value on the unit circle.
    return np.asarray(np.fft.rfft(numerator, TRANSFORM) / np.fft.rfft(denominator, TRANSFORM))


def _polynomial(frequencies: Array, bandwidths: Array) -> Array:
    """Multiply out the second-order polynomials of resonances, each of unit gain at 0 Hz.

    Args:
        frequencies: Centres in Hz, shape (frames, resonances).
        bandwidths: Widths in Hz, shape (frames, resonances).

    Returns:
        Coefficients of ascending powers of 1 / z, shape (frames, 2 * resonances + 1).
    """
    radius = np.exp(-np.pi * bandwidths / SAMPLE_RATE_HZ)
    b = -2 * radius * np.cos(2 * np.pi * frequencies / SAMPLE_RATE_HZ)
    c = radius**2
    gain = 1 + b + c
    product = np.zeros((len(frequencies), 2 * frequencies.shape[1] + 1))
    product[:, 0] = 1.0
    for k in range(frequencies.shape[1]):
        shifted = product.copy()
        shifted[:, 1:] += b[:, k : k + 1] * product[:, :-1]
        shifted[:, 2:] += c[:, k : k + 1] * product[:, :-2]
        product = shifted / gain[:, k : k + 1]
    return product


def _filter_frames(excitation: Array, response: NDArray[np.complex128]) -> Array:
    """Filter a signal by a response that changes from frame to frame (overlap and add)."""
    n, frames = len(excitation), len(response)
    padded = np.zeros((frames - 1) * HOP + WINDOW)
    padded[WINDOW : WINDOW + n] = excitation[: len(padded) - WINDOW]
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:frames]
    blocks = np.fft.irfft(np.fft.rfft(windows * _HANN, TRANSFORM) * response, TRANSFORM)
    total = np.zeros((frames + TRANSFORM // HOP, HOP))
    for part in range(TRANSFORM // HOP):
        total[part : part + frames] += blocks[:, part * HOP : (part + 1) * HOP]
    return total.reshape(-1)[WINDOW : WINDOW + n].copy()


def sigmoid(x: Array) -> Array:
    """Return the logistic function of ``x``: a soft step from 0 to 1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -40, 40))))
