"""Audio files of every container, made whole, and then spoiled as programs and transfers do."""

import struct

import numpy as np
from sounds import encoded

RATE_HZ = 16_000
N_SAMPLES = 4000


def voice(n: int = N_SAMPLES) -> np.ndarray:
    """A hum in some noise, (n,) float64."""
    hum = 0.3 * np.sin(2 * np.pi * 200 * np.arange(n) / RATE_HZ)
    return hum + 0.01 * np.random.default_rng(0).standard_normal(n)


def wav(data_size: int | None = None, riff_size: int | None = None) -> bytes:
    """A WAV with other sizes in its header."""
    content = bytearray(encoded(voice()))
    if riff_size is not None:
        content[4:8] = struct.pack("<I", riff_size)
    if data_size is not None:
        content[40:44] = struct.pack("<I", data_size)
    return bytes(content)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def mp3(described: bool) -> bytes:
    """An MP3, with or without the first frame that says how long it is."""
    content = encoded(voice(16_000), format="MP3")
    second = content.index(content[:2], 2)
    assert content[:2] == b"\xff\xf3"
    return content if described else content[second:]


def wav_of_mp3(content: bytes) -> bytes:
    """MP3 inside WAV."""
    layer = struct.pack("<HHIIHHHHIHHH", 0x55, 1, RATE_HZ, 4000, 1, 0, 12, 1, 2, 144, 1, 1393)
    body = b"WAVE" + chunk(b"fmt ", layer) + chunk(b"data", content)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def flac_that_counts(n_counted: int, n_samples: int = N_SAMPLES) -> bytes:
    """A FLAC whose header has another number of samples than there are; 0: it is not known."""
    content = bytearray(encoded(voice(n_samples), format="FLAC"))
    others = int.from_bytes(content[18:26], "big") >> 36
    content[18:26] = (others << 36 | n_counted).to_bytes(8, "big")
    return bytes(content)


def without_last_flag(ogg: bytes) -> bytes:
    """An Ogg file whose last page does not say that it is the last."""
    last = ogg.rindex(b"OggS")
    return ogg[: last + 5] + bytes([ogg[last + 5] & ~4]) + ogg[last + 6 :]


def without_page(ogg: bytes) -> bytes:
    """An Ogg file without the page before its last one."""
    last = ogg.rindex(b"OggS")
    return ogg[: ogg.rindex(b"OggS", 0, last)] + ogg[last:]


def kay(n_counted: int = N_SAMPLES) -> bytes:
    """An NSP file."""
    samples = (voice() * 2**15).astype("<i2").tobytes()
    header = b"Jan 01 12:00:00 1999" + struct.pack("<IIhh", RATE_HZ, n_counted, 9000, -1)
    body = chunk(b"HEDR", header) + chunk(b"NOTE", b"a") + chunk(b"SDA_", samples)
    return b"FORMDS16" + struct.pack("<I", len(body)) + body
