"""Small corpora of tones between silences, whose channels a test decides."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sounds import encoded

RATE_HZ = 16_000

Samples = np.ndarray
#: From samples, the label and a generator to what is written.
Channel = Callable[[Samples, int, np.random.Generator], Samples]


def clip(rng: np.random.Generator, rate_hz: int = RATE_HZ) -> Samples:
    """A gliding tone of 0.3 s between 0.25 s of quiet noise, (n_samples,) float64."""
    n_quiet, n_voice = round(0.25 * rate_hz), round(rng.uniform(0.25, 0.35) * rate_hz)
    time_s = np.arange(n_voice) / rate_hz
    pitch = rng.uniform(100, 220) * (1 + 0.2 * time_s)
    voice = sum(np.sin(2 * np.pi * k * pitch * time_s) / k for k in (1, 2, 3))
    samples = rng.normal(0, 1e-3, 2 * n_quiet + n_voice)
    samples[n_quiet : n_quiet + n_voice] += 0.1 * np.hanning(n_voice) * voice
    return samples


def as_it_is(samples: Samples, label: int, rng: np.random.Generator) -> Samples:
    """Change nothing."""
    return samples


def write_corpus(
    folder: Path,
    channel: Channel = as_it_is,
    patients_rate_hz: int = RATE_HZ,
    n_speakers: int = 32,
    n_channels: int = 1,
    seed: int = 0,
) -> Path:
    """Write recordings and their table; every other speaker is a patient.

    Args:
        folder: Where to; it is made.
        channel: Done to every recording, (n_samples,) or (n_samples, n_channels).
        patients_rate_hz: Sample rate of the patients' files.
        n_speakers: Of both classes together.
        n_channels: Of each file.
        seed: Draws everything.
    """
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    for speaker in range(n_speakers):
        label = speaker % 2
        rng = np.random.default_rng([seed, speaker])
        rate_hz = patients_rate_hz if label else RATE_HZ
        years = rng.uniform(40, 80)
        for number in range(2):
            samples = clip(rng, rate_hz)
            if n_channels > 1:
                samples = np.repeat(samples[:, None], n_channels, axis=1)
            path = folder / f"{speaker:02d}_{number}.wav"
            path.write_bytes(encoded(channel(samples, label, rng), rate_hz, subtype="PCM_16"))
            rows.append(
                {
                    "path": path.name,
                    "speaker_id": f"S{speaker:02d}",
                    "label": label,
                    "gender": ("female", "male")[speaker // 2 % 2],
                    "age": round(years, 1),
                }
            )
    table = folder / "spoken.csv"
    pd.DataFrame(rows).to_csv(table, index=False)
    return table
