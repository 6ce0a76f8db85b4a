"""Kay Elemetrics' NSP files, as the Saarbruecken Voice Database has them."""

import struct

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.data.unusable import MAX_SAMPLES, UnusableRecordingError

_ONE = (b"SDA_", b"SD_A", b"SD_B", b"SDB_")


def wav_of_kay(content: bytes) -> bytes:
    """Write an NSP file's samples as WAV, which libsndfile reads.

    Args:
        content: All of it, from ``FORMDS16`` on.

    Returns:
        16-bit WAV with the same samples.

    Raises:
        UnusableRecordingError: It is truncated, or laid out otherwise.
    """
    place, rate, counted = 12, 0, None
    channels: list[NDArray[np.int16]] = []
    while place + 8 <= len(content):
        name, (size,) = content[place : place + 4], struct.unpack_from("<I", content, place + 4)
        place += 8
        if place + size > len(content) and name not in (b"NOTE",):
            raise UnusableRecordingError(
                f"truncated: its chunk {name.decode('latin-1')!a} promises {size} bytes, "
                f"{len(content) - place} are there"
            )
        if name in (b"HEDR", b"HDR8") and size >= 28:
            rate, counted = struct.unpack_from("<II", content, place + 20)
        elif name in (*_ONE, b"SDAB"):
            values = np.frombuffer(content, "<i2", size // 2, place)
            if name == b"SDAB":
                channels += [values[0::2][: size // 4], values[1::2]]
            else:
                channels.append(values)
        place += size + size % 2
    if rate < 1 or not channels:
        raise UnusableRecordingError("is a Kay NSP file without a sample rate or without samples")
    n_samples = min(map(len, channels))
    if counted is not None and n_samples < counted:
        raise UnusableRecordingError(f"truncated: {counted} samples promised, {n_samples} there")
    if n_samples > MAX_SAMPLES:
        raise UnusableRecordingError(f"holds more than {MAX_SAMPLES:,} samples")
    samples = np.stack([values[:n_samples] for values in channels], axis=1).tobytes()
    block = 2 * len(channels)
    about = struct.pack("<HHIIHH", 1, len(channels), rate, rate * block, block, 16)
    header = struct.pack("<4sI4s4sI", b"RIFF", len(samples) + 36, b"WAVE", b"fmt ", len(about))
    return header + about + struct.pack("<4sI", b"data", len(samples)) + samples
