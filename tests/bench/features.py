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
_AIM = 2.0

Extract = Callable[[Path, MFCCFeatures, int], NDArray]


def measure_features(config: Config, folder: Path, announce: Announce) -> list[Measurement]:
    """Extract a corpus's coefficients each way in turn.

    Ours checks every recording and writes the store, too. The others read and compute, each in as
    many processes as there are cores, started beforehand.

    Args:
        config: A corpus that lies on disk, at the features' sample rate, without segments.
        folder: For the stores.
        announce: Told before each round.

    Raises:
        RuntimeError: A way does not give as many frames as ours for every recording, or librosa's
            coefficients differ from ours.
    """
    assert isinstance(config.features, MFCCFeatures)
    n_columns = config.features.n_columns(config.n_mfcc)
    manifest = config.data.read(config.outputs_dir)
    paths = [Path(path) for path in manifest["path"]]
    seconds: dict[str, list[float]] = {"ours": [], **{name: [] for name in REFERENCES}}
    cores = os.cpu_count() or 1
    with Parallel(n_jobs=cores, batch_size=max(1, len(paths) // (8 * cores))) as parallel:
        for number in range(-1, ROUNDS):
            warm_up = number < 0
            announce(
                "features, warming up" if warm_up else f"features, round {number + 1} of {ROUNDS}"
            )
            started = time.perf_counter()
            with redirect_stderr(io.StringIO()):  # its progress bar would cross the benchmark's
                key = f"round{number}"
                build_store(
                    config.data,
                    config.features,
                    n_columns,
                    manifest,
                    key,
                    folder / key,
                    check=lambda: None,
                )
            taken_by = {"ours": time.perf_counter() - started}
            matrices = {}
            for name, extract in REFERENCES.items():
                started = time.perf_counter()
                matrices[name] = parallel(
                    delayed(extract)(path, config.features, n_columns) for path in paths
                )
                taken_by[name] = time.perf_counter() - started
            if warm_up:
                check_same_frames(FeatureStore.open(folder / f"round{number}"), matrices)
                continue
            for name, value in taken_by.items():
                seconds[name].append(value)
    return summarise(seconds, len(paths))


def summarise(seconds: dict[str, list[float]], n_recordings: int) -> list[Measurement]:
    """Set ours beside each of the others.

    Args:
        seconds: Of every round, by way.
        n_recordings: The corpus's.
    """
    return [
        Measurement(
            "features, recordings/s",
            ours=n_recordings / statistics.median(seconds["ours"]),
            reference=name,
            theirs=n_recordings / statistics.median(seconds[name]),
            ratio=statistics.median(
                theirs / ours for ours, theirs in zip(seconds["ours"], seconds[name], strict=True)
            ),
            aim=_AIM,
        )
        for name in REFERENCES
    ]


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
