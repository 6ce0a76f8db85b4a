"""The recording channel: room, microphone and gain of a speaker's session."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import signal

SAMPLE_RATE_HZ = 16_000

#: Loudest sample of speech after the gain; louder syllables are turned down, never clipped.
PEAK_LIMIT = 0.85


@dataclass(frozen=True)
class Channel:
    """A recording session.

    Attributes:
        level_db: Root-mean-square level of the speech in dB below full scale.
        tilt: Slope of the frequency response, -1 (dull) to 1 (bright), around 1 kHz: 1 is about
            +7.5 dB at 8 kHz.
        noise_db: Level of the noise floor in dB below full scale.
        noise_colour: Pole of the noise floor, 0 (white) to 1 (brown).
        reverberation_db: Level of the reverberant tail relative to the direct sound.
        decay_s: Time in which the tail falls by 60 dB.
        cutoff_hz: Corner below which the microphone falls by 6 dB per octave; it passes no DC.
    """

    level_db: float
    tilt: float
    noise_db: float
    noise_colour: float
    reverberation_db: float
    decay_s: float
    cutoff_hz: float


def draw_channel(own_room: float, label: int, rng: np.random.Generator) -> Channel:
    """Draw a speaker's channel.

    Some speakers are recorded in their class's room: patients in a ward (noisy, dull), healthy
    speakers in a booth (quiet, bright), 14 dB of noise floor apart. For all others the label does
    not matter.

    Args:
        own_room: Probability that the speaker is recorded in the class's room; 0 confounds
            nothing.
        label: 1 with dysarthria, 0 without.
        rng: Source of the channel.
    """
    channel = Channel(
        level_db=float(rng.normal(-25, 2)),
        tilt=float(rng.uniform(-0.6, 0.6)),
        noise_db=float(rng.normal(-64, 3)),
        noise_colour=float(rng.uniform(0.3, 0.9)),
        reverberation_db=float(rng.uniform(-34, -24)),
        decay_s=float(rng.uniform(0.08, 0.25)),
        cutoff_hz=float(np.exp(rng.uniform(np.log(40), np.log(150)))),
    )
    if rng.random() >= own_room:
        return channel
    sign = 1 if label else -1
    return replace(
        channel,
        tilt=channel.tilt * 0.4 - 0.3 * sign,
        noise_db=channel.noise_db * 0.5 - 31 + 7 * sign,
        reverberation_db=channel.reverberation_db + 3 * sign,
    )


def impulse_response(channel: Channel, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the room's response: the direct sound and a decaying diffuse tail, shape (taps,)."""
    n = int(channel.decay_s * SAMPLE_RATE_HZ)
    time_s = np.arange(n) / SAMPLE_RATE_HZ
    tail = rng.normal(size=n) * 10 ** (-3 * time_s / channel.decay_s)
    tail[: int(0.004 * SAMPLE_RATE_HZ)] = 0  # the first reflection arrives after 4 ms
    tail *= 10 ** (channel.reverberation_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return np.asarray(tail)


def record(
    speech: NDArray[np.float64],
    lead: int,
    trail: int,
    channel: Channel,
    response: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Record a syllable through a channel and trim the clip to its margins.

    Args:
        speech: Syllable of any level, shape (samples,).
        lead: Samples of room noise before the syllable.
        trail: Samples after it (noise and the end of the reverberation).
        channel: The session.
        response: Its impulse response, shape (taps,).
        rng: Source of the noise, and of this clip's deviation from the speech level.

    Returns:
        Samples within [-1, 1], shape (lead + samples + trail,), without DC. The first ``lead``
        samples depend on the channel and ``rng`` only, not on the speech.
    """
    # Equal root mean square over the syllable: loudness says nothing about its quality.
    level = 10 ** ((channel.level_db + rng.normal(0, 1.5)) / 20)
    scaled = speech * (level / np.sqrt(np.mean(speech**2)))
    heard = signal.oaconvolve(np.concatenate([scaled, np.zeros(trail)]), response)
    heard = signal.lfilter(*_response(channel), heard[: len(scaled) + trail])
    heard *= min(1.0, PEAK_LIMIT / np.max(np.abs(heard)))
    clip = _noise_floor(lead + len(heard), channel, rng)
    clip[lead:] += heard
    return np.asarray(clip, dtype=np.float32)


def _response(channel: Channel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First-order shelf with unit gain at 1 kHz, after the microphone's high-pass."""
    tilt, high_pass = channel.tilt, _high_pass(channel)
    slope = 0.45 * abs(tilt)
    shelf_b = np.array([1.0, -slope if tilt > 0 else 0.0])
    shelf_a = np.array([1.0, -slope if tilt < 0 else 0.0])
    _, pivot = signal.freqz(shelf_b, shelf_a, worN=[1_000.0], fs=SAMPLE_RATE_HZ)
    return np.convolve(shelf_b / abs(pivot[0]), high_pass[0]), np.convolve(shelf_a, high_pass[1])


def _high_pass(channel: Channel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numerator and denominator of the microphone's first-order high-pass."""
    b, a = signal.butter(1, channel.cutoff_hz, "highpass", fs=SAMPLE_RATE_HZ)
    return b, a


def _noise_floor(n: int, channel: Channel, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return coloured noise at the channel's level, stationary from its first sample on."""
    pole = 0.95 * channel.noise_colour
    start = 2_000  # long enough for the filter to forget its start
    b, a = _high_pass(channel)
    a = np.convolve(a, [1.0, -pole])
    noise = signal.lfilter(b, a, rng.normal(size=n + start))[start:]
    # Level of the process, not of this stretch: short clips fluctuate as real ones do.
    return np.asarray(noise * np.sqrt(1 - pole**2) * 10 ** (channel.noise_db / 20))
