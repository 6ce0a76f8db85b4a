"""Recordings a second from audio files to coefficients, over all cores, three ways."""

import io
import math
import os
import statistics
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path

import librosa
import numpy as np
import pandas as pd
import python_speech_features
import scipy.fft
import soundfile
from joblib import Parallel, delayed
from numpy.typing import NDArray

from bench.measurement import Announce, Measurement
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.building import build_store
from dysarthria_lightning.data.features.mfcc import MFCCFeatures
from dysarthria_lightning.data.store import FeatureStore

ROUNDS = 3
# Recordings of a usual corpus, which all ways read, and of a large one, which ours alone reads:
# the others have nothing that a larger one would spread over more recordings.
SIZES = (6_000, 60_000)
_AIM = 2.0

Extract = Callable[[Path, MFCCFeatures, int], NDArray]


def measure_features(
    config: Config, folder: Path, announce: Announce, sizes: tuple[int, int] = SIZES
) -> list[Measurement]:
    """Extract a corpus's coefficients each way in turn.

    Ours checks every recording, writes the store and starts its processes, too. The others read and
    compute, each in as many processes as there are cores, started beforehand.

    Args:
        config: A corpus that lies on disk, at the features' sample rate, without segments. It is
            listed as often as it takes.
        folder: For the stores.
        announce: Told before each round.
        sizes: Recordings of the usual and of the large corpus.

    Raises:
        RuntimeError: A way does not give as many frames as ours for every recording, or librosa's
            coefficients differ from ours.
    """
    assert isinstance(config.features, MFCCFeatures)
    n_columns = config.features.n_columns(config.n_mfcc)
    manifest = config.data.read(config.outputs_dir)
    listed, large = (_list_repeatedly(manifest, size) for size in sizes)
    cores = os.cpu_count() or 1
    seconds: dict[str, list[float]] = {"ours": [], **{name: [] for name in REFERENCES}}

    def time_ours(key: str, recordings: pd.DataFrame) -> float:
        started = time.perf_counter()
        with redirect_stderr(io.StringIO()):  # its progress bar would cross the benchmark's
            build_store(
                config.data,
                config.features,
                n_columns,
                recordings,
                key,
                folder / key,
                check=lambda: None,
            )
        return time.perf_counter() - started

    with Parallel(n_jobs=cores, batch_size=max(1, len(listed) // (8 * cores))) as parallel:

        def time_theirs(name: str, recordings: pd.DataFrame) -> tuple[float, list[NDArray]]:
            started = time.perf_counter()
            matrices = parallel(
                delayed(REFERENCES[name])(Path(path), config.features, n_columns)
                for path in recordings["path"]
            )
            return time.perf_counter() - started, matrices

        announce("features, warming up")
        time_ours("warm", manifest)
        check_same_frames(
            FeatureStore.open(folder / "warm"),
            {name: time_theirs(name, manifest)[1] for name in REFERENCES},
        )
        for number in range(ROUNDS):
            announce(f"features, round {number + 1} of {ROUNDS}")
            seconds["ours"].append(time_ours(f"round{number}", listed))
            for name in REFERENCES:
                seconds[name].append(time_theirs(name, listed)[0])
    announce(f"features of {len(large):,}")
    return summarise(seconds, len(listed), time_ours("large", large), len(large))


def _list_repeatedly(manifest: pd.DataFrame, n_recordings: int) -> pd.DataFrame:
    """List recordings again and again, under other names, until there are so many."""
    times = math.ceil(n_recordings / len(manifest))
    parts = [
        manifest.assign(recording_id=manifest["recording_id"] + f"_{number}")
        for number in range(times)
    ]
    return pd.concat(parts, ignore_index=True)[:n_recordings]


def summarise(
    seconds: dict[str, list[float]], n_recordings: int, large_s: float, n_large: int
) -> list[Measurement]:
    """Set ours beside each of the others.

    Args:
        seconds: Of every round, by way.
        n_recordings: The usual corpus's.
        large_s: What ours took for the large corpus.
        n_large: The large corpus's.
    """
    measurements = []
    for name in REFERENCES:
        theirs = n_recordings / statistics.median(seconds[name])
        ratios = [there / ours for ours, there in zip(seconds["ours"], seconds[name], strict=True)]
        measurements += [
            Measurement(
                f"features {n_recordings:,}, rec./s",
                ours=n_recordings / statistics.median(seconds["ours"]),
                reference=name,
                theirs=theirs,
                ratio=statistics.median(ratios),
                aim=_AIM,
            ),
            Measurement(
                f"features {n_large:,}, rec./s",
                ours=n_large / large_s,
                reference=name,
                theirs=theirs,
                ratio=n_large / large_s / theirs,
                aim=_AIM,
            ),
        ]
    return measurements


def extract_with_librosa(path: Path, features: MFCCFeatures, n_coefficients: int) -> NDArray:
    """Compute the same coefficients as :class:`MFCCFeatures`.

    Returns:
        (n_frames, n_coefficients).
    """
    samples, _ = soundfile.read(path, dtype="float32")
    mel = librosa.feature.melspectrogram(
        y=samples,
        sr=features.sample_rate_hz,
        n_fft=features.window_samples,
        hop_length=features.hop_samples,
        center=False,
        power=2.0,
        n_mels=features.n_mels,
        fmin=features.f_min_hz,
        fmax=features.f_max_hz,
        htk=True,
        norm=None,
    )
    cepstra = scipy.fft.dct(np.log(mel + 1e-6), axis=0, norm="ortho")
    return cepstra[:n_coefficients].T


def extract_with_python_speech_features(
    path: Path, features: MFCCFeatures, n_coefficients: int
) -> NDArray:
    """Compute as many coefficients of as many frames, with that package's own filters.

    Returns:
        (n_frames, n_coefficients).
    """
    samples, _ = soundfile.read(path, dtype="float32")
    # It pads a last frame that is not whole; ours are whole ones only.
    whole = (features.n_frames(len(samples)) - 1) * features.hop_samples + features.window_samples
    return python_speech_features.mfcc(
        samples[:whole],
        samplerate=features.sample_rate_hz,
        winlen=features.window_s,
        winstep=features.hop_s,
        numcep=n_coefficients,
        nfilt=features.n_mels,
        nfft=features.window_samples,
        lowfreq=features.f_min_hz,
        highfreq=features.f_max_hz,
        preemph=0,
        ceplifter=0,
        appendEnergy=False,
        winfunc=np.hanning,
    )


REFERENCES: dict[str, Extract] = {
    "librosa": extract_with_librosa,
    "python_speech_features": extract_with_python_speech_features,
}


def check_same_frames(store: FeatureStore, matrices: dict[str, list[NDArray]]) -> None:
    """Compare each way's frames, and librosa's coefficients, with the store's.

    Args:
        store: What ours made.
        matrices: (n_frames, n_coefficients) of every recording, in the store's order, by way.

    Raises:
        RuntimeError: They differ.
    """
    for name, way in matrices.items():
        shapes = [(n, store.n_columns) for n in store.recordings["n_frames"]]
        if [matrix.shape for matrix in way] != shapes:
            raise RuntimeError(f"{name} does not give the same frames")
    difference = abs(np.concatenate(matrices["librosa"]) - store.frames).max()
    if not (math.isfinite(difference) and difference < 0.01):
        raise RuntimeError(f"librosa's coefficients differ from ours by up to {difference}")
