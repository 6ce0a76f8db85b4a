"""A4: how loud, how noisy and how bright recordings are: gain, room and microphone."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import signal

from dysarthria_lightning.auditing.cues import Cue
from dysarthria_lightning.auditing.nonspeech import LEAST_DB

#: Octaves of the spectrum of the non-speech, by their centres.
OCTAVES_HZ = (63, 125, 250, 500, 1000, 2000, 4000, 8000)
_LOW_HZ, _HIGH_HZ = 80, 8000
_LONGEST_WINDOW = 4096

LEVELS = [
    Cue("rms_db", "level", "dB"),
    Cue("peak_db", "peak", "dB"),
    Cue("crest_db", "crest factor", "dB"),
    Cue("floor_db", "noise floor", "dB"),
]
#: A voice, too, has energy at the ends of the spectrum, and a disease may change it: they are those
#: of the non-speech, unless some speakers have none.
NOISE_ENDS = [
    Cue("noise_below_80_hz_db", "energy of the non-speech below 80 Hz beside all", "dB"),
    Cue("noise_above_8_khz_db", "energy of the non-speech above 8 kHz beside all", "dB"),
]
ALL_ENDS = [
    Cue("all_below_80_hz_db", "energy below 80 Hz beside all", "dB"),
    Cue("all_above_8_khz_db", "energy above 8 kHz beside all", "dB"),
]
OCTAVES = [
    Cue(f"noise_{octave}_hz_db", f"noise in the octave of {octave} Hz beside all noise", "dB")
    for octave in OCTAVES_HZ
]


def level_cues(measured: pd.DataFrame) -> list[Cue]:
    """Choose the cues of a corpus.

    Args:
        measured: A row a recording: ``speaker_id`` and the columns of :func:`measure_level`.
    """
    known = measured.groupby("speaker_id")[NOISE_ENDS[0].column].count() > 0
    return [*LEVELS, *NOISE_ENDS, *OCTAVES] if known.all() else [*LEVELS, *ALL_ENDS]


def measure_level(
    samples: NDArray[np.float32],
    sample_rate_hz: int,
    levels_db: NDArray[np.float64],
    noise: NDArray[np.float32],
) -> dict[str, float]:
    """Measure the level and the spectrum of a recording.

    Args:
        samples: (n_samples,) full scale at 1.
        sample_rate_hz: Of the samples.
        levels_db: (n_frames,) of its frames.
        noise: (n,) those of the samples in which nobody speaks; there may be none.

    Returns:
        By column; NaN for what is of the noise where there is none.
    """
    centred = samples - np.float32(samples.mean(dtype=np.float64))
    rms = _db(np.mean(np.square(centred, dtype=np.float64)))
    peak = _db(float(np.abs(centred).max()) ** 2)
    measured = {
        "rms_db": rms,
        "peak_db": peak,
        "crest_db": peak - rms,
        "floor_db": float(np.percentile(levels_db, 5)),
    }
    measured |= _ends(*_spectrum(centred, sample_rate_hz), "all")
    if len(noise) == 0:
        missing = [cue.column for cue in (*NOISE_ENDS, *OCTAVES)]
        return measured | dict.fromkeys(missing, float("nan"))
    frequencies, power = _spectrum(noise, sample_rate_hz)
    measured |= _ends(frequencies, power, "noise")
    for octave in OCTAVES_HZ:
        inside = (frequencies >= octave / np.sqrt(2)) & (frequencies < octave * np.sqrt(2))
        measured[f"noise_{octave}_hz_db"] = _share_db(power, inside)
    return measured


def _spectrum(
    samples: NDArray[np.float32], sample_rate_hz: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return frequencies in Hz and the power at each (Welch)."""
    window = min(len(samples), _LONGEST_WINDOW)
    frequencies, power = signal.welch(
        samples.astype(np.float64), sample_rate_hz, nperseg=window, detrend="constant"
    )
    return frequencies, power


def _ends(
    frequencies: NDArray[np.float64], power: NDArray[np.float64], of: str
) -> dict[str, float]:
    return {
        f"{of}_below_80_hz_db": _share_db(power, frequencies < _LOW_HZ),
        f"{of}_above_8_khz_db": _share_db(power, frequencies > _HIGH_HZ),
    }


def _share_db(power: NDArray[np.float64], chosen: NDArray[np.bool_]) -> float:
    total = float(power.sum())
    return _db(float(power[chosen].sum()) / total) if total > 0 else LEAST_DB


def _db(power: float) -> float:
    return float(10 * np.log10(max(power, 10 ** (LEAST_DB / 10))))
