"""Audio files as bytes."""

import io

import numpy as np
import soundfile


def encoded(samples: np.ndarray, rate_hz: int = 16_000, **options: str | None) -> bytes:
    """The bytes of an audio file, WAV unless another ``format`` is given.

    Made in memory: libsndfile waits for the disk with every file that it writes.
    """
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, **{"format": "WAV"} | options)
    return file.getvalue()
