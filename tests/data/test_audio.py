"""Reading recordings and feature matrices: every usual format works, every bad file is named."""

import gc
import io
import os
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sounds import encoded

from dysarthria_lightning.data.audio import UnusableRecordingError, read_audio
from dysarthria_lightning.data.matrices import read_feature_matrix

RATE_HZ = 16_000
N_SAMPLES = 2001


def noise(seed: int = 0, n: int = N_SAMPLES) -> np.ndarray:
    """Noise within full scale, (n,) float32."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, n).astype(np.float32)


def npy(matrix: np.ndarray) -> bytes:
    """The bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, matrix, allow_pickle=True)
    return file.getvalue()


def npy_header(shape: tuple[int, ...]) -> bytes:
    """A .npy header without the numbers that it promises."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"shape": shape, "fortran_order": False, "descr": "<f4"}
    )
    return file.getvalue()


def npz(**matrices: np.ndarray) -> bytes:
    """The bytes of a .npz archive."""
    file = io.BytesIO()
    np.savez(file, **matrices)
    return file.getvalue()


def reason(read: Callable[[Path], object], path: Path) -> str:
    """Why a file cannot be used; never with its path, which may hold a name."""
    with pytest.raises(UnusableRecordingError) as refused:
        read(path)
    assert str(path.parent) not in str(refused.value)
    assert path.name not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("format", "subtype", "step"),
    [
        ("WAV", "PCM_U8", 2**-7),
        ("WAV", "PCM_16", 2**-15),
        ("WAV", "PCM_24", 2**-23),
        ("WAV", "PCM_32", 2**-24),
        ("WAV", "FLOAT", 0),
        ("WAV", "DOUBLE", 0),
        ("FLAC", "PCM_S8", 2**-7),
        ("FLAC", "PCM_16", 2**-15),
        ("FLAC", "PCM_24", 2**-23),
        ("AIFF", "PCM_16", 2**-15),
    ],
)
def test_every_sample_format_gives_the_samples(tmp_path, format, subtype, step):
    samples = noise()
    path = tmp_path / f"a.{format.lower()}"
    path.write_bytes(encoded(samples, subtype=subtype, format=format))
    audio = read_audio(path)
    assert audio.samples.dtype == np.float32
    assert audio.samples.shape == samples.shape
    np.testing.assert_allclose(audio.samples, samples, rtol=0, atol=step)


@pytest.mark.parametrize(("format", "subtype"), [("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")])
def test_lossy_formats_give_a_like_waveform(tmp_path, format, subtype):
    time_s = np.arange(16_000) / RATE_HZ
    samples = (0.4 * np.sin(2 * np.pi * 300 * time_s)).astype(np.float32)
    path = tmp_path / f"a.{format.lower()}"
    path.write_bytes(encoded(samples, subtype=subtype, format=format))
    audio = read_audio(path)
    assert len(audio.samples) == len(samples)
    assert np.corrcoef(audio.samples, samples)[0, 1] > 0.99


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_the_sample_rate_is_the_file_s_own(tmp_path, rate_hz):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(), rate_hz)
    audio = read_audio(path)
    assert audio.sample_rate_hz == rate_hz
    assert audio.duration_s == N_SAMPLES / rate_hz


@pytest.mark.parametrize("n_channels", [2, 3])
def test_channels_are_averaged(tmp_path, n_channels):
    channels = np.stack([noise(seed) for seed in range(n_channels)], axis=1)
    path = tmp_path / "a.wav"
    soundfile.write(path, channels, RATE_HZ, subtype="FLOAT")
    np.testing.assert_allclose(read_audio(path).samples, channels.mean(axis=1), atol=1e-7)


@pytest.mark.parametrize("open_ended", [b"\xff\xff\xff\xff", b"\0\0\0\0"])
def test_a_streamed_wav_without_a_size_in_its_header_is_whole(tmp_path, open_ended):
    content = encoded(noise())
    path = tmp_path / "a.wav"
    path.write_bytes(content[:4] + open_ended + content[8:])
    assert len(read_audio(path).samples) == N_SAMPLES


def test_bytes_after_the_audio_do_no_harm(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(noise()) + b"LIST")
    assert len(read_audio(path).samples) == N_SAMPLES


def with_value(value: float, *places: int) -> np.ndarray:
    samples = noise()
    samples[list(places)] = value
    return samples


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"no audio, only words " * 99, "cannot be decoded as audio", id="text"),
        pytest.param(b"RIFF", "cannot be decoded as audio", id="four bytes"),
        pytest.param(encoded(noise(n=0)), "holds no samples", id="no samples"),
        pytest.param(
            encoded(noise())[:2023],
            "truncated: the header promises 4046 bytes, the file has 2023",
            id="wav cut in the middle",
        ),
        pytest.param(encoded(noise())[:30], "truncated: the header promises 4046", id="wav header"),
        pytest.param(
            encoded(noise(), format="AIFF")[:2000], "truncated: the header promises", id="aiff cut"
        ),
        pytest.param(
            encoded(noise(), format="FLAC")[:2000], "cannot be decoded as audio", id="flac cut"
        ),
        pytest.param(
            encoded(with_value(np.nan, 3, 5), subtype="FLOAT"), "2 samples that are NaN", id="nan"
        ),
        pytest.param(
            encoded(with_value(np.inf, 9), subtype="FLOAT"), "1 samples that are NaN or inf"
        ),
        pytest.param(
            encoded(with_value(-np.inf, 9), subtype="DOUBLE"), "1 samples that are NaN or inf"
        ),
        pytest.param(encoded(0 * noise()), "is silent: every sample is zero", id="zeros"),
        pytest.param(encoded(0 * noise(), subtype="PCM_U8"), "is silent", id="8-bit zeros"),
        pytest.param(encoded(np.zeros((99, 2))), "is silent", id="stereo zeros"),
    ],
)
def test_an_unusable_recording_says_why(tmp_path, content, expected):
    path = tmp_path / "clip_of_someone.wav"
    path.write_bytes(content)
    assert expected in reason(read_audio, path)


@pytest.mark.parametrize("read", [read_audio, read_feature_matrix])
def test_a_file_that_vanished_says_so(tmp_path, read):
    assert "cannot be read (No such file" in reason(read, tmp_path / "gone.npy")


@pytest.mark.parametrize(
    "content",
    [
        encoded(noise()),
        encoded(noise(), subtype="PCM_24", format="FLAC"),
        encoded(noise(), format="AIFF"),
    ],
    ids=["wav", "flac", "aiff"],
)
@given(share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_cut_anywhere_is_refused(tmp_path, content, share):
    path = tmp_path / "cut.audio"
    path.write_bytes(content[: int(share * len(content))])
    reason(read_audio, path)


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2", "<i4", "|u1"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_matrix_of_any_real_numbers_is_read(tmp_path, dtype, order):
    matrix = np.arange(15).reshape(5, 3)
    path = tmp_path / "a.npy"
    np.save(path, np.asarray(matrix, dtype=dtype, order=order))
    features = read_feature_matrix(path)
    assert features.dtype == np.float32
    np.testing.assert_array_equal(features, matrix)


def filled(value: complex) -> np.ndarray:
    matrix = np.zeros((6, 4), dtype=type(value))
    matrix[2, 1] = value
    return matrix


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"0.1 0.2 0.3\n" * 50, "is no .npy matrix of numbers", id="text"),
        pytest.param(
            npy(np.ones(7)), "expected (frames, coefficients), got (7,)", id="one dimension"
        ),
        pytest.param(npy(np.ones((2, 3, 4))), "got (2, 3, 4)", id="three dimensions"),
        pytest.param(npy(np.ones((0, 25))), "got (0, 25)", id="no frames"),
        pytest.param(npy(np.ones((9, 0))), "got (9, 0)", id="no coefficients"),
        pytest.param(npy(filled(1j)), "expected real numbers, got complex128", id="complex"),
        pytest.param(npy(filled(True)), "expected real numbers, got bool", id="bool"),
        pytest.param(
            npy(np.array([["a", "b"]])), "expected real numbers, got <U1", id="text cells"
        ),
        pytest.param(npy(np.array([[None, 1]])), "holds Python objects", id="objects"),
        pytest.param(npy(filled(np.inf)), "1 values that are NaN or infinite", id="inf"),
        pytest.param(npy(filled(np.nan)), "1 values that are NaN or infinite", id="nan"),
        pytest.param(npy(filled(1e300)), "1 values that are NaN or infinite", id="beyond float32"),
        pytest.param(npz(a=np.ones((5, 25)))[:99], "is no .npy matrix of numbers", id="npz cut"),
        pytest.param(npy(np.ones((9, 25)))[:400], "is no .npy matrix of numbers", id="cut"),
        pytest.param(npy(np.ones((9, 25)))[:50], "is no .npy matrix of numbers", id="header cut"),
        pytest.param(
            npy_header((10**12, 25)) + b"0" * 99,
            "is no .npy matrix of numbers",
            id="more promised than memory holds",
        ),
        pytest.param(
            npy(np.ones((9, 25))).replace(b"(9, 25), }", b"(9, 25 ( }"),
            "is no .npy matrix of numbers",
            id="header garbled",
        ),
    ],
)
def test_an_unusable_matrix_says_why(tmp_path, content, expected):
    path = tmp_path / "matrix_of_someone.npy"
    path.write_bytes(content)
    assert expected in reason(read_feature_matrix, path)


def test_a_renamed_archive_is_refused_and_closed(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(npz(a=np.ones((5, 25))))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        why = reason(read_feature_matrix, path)
        gc.collect()
    assert "archive" in why or "is no .npy matrix of numbers" in why
    assert [str(warning.message) for warning in caught] == []


def test_a_file_of_text_is_not_taken_for_python_objects(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(b"0.1,0.2,0.3\n" * 50)
    assert "Python objects" not in reason(read_feature_matrix, path)


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("wrapped", [True, False], ids=["object array", "plain pickle"])
def test_no_code_hidden_in_a_matrix_is_run(tmp_path, wrapped):
    trap = tmp_path / "sprung"
    payload = Payload(trap)
    pickle.loads(pickle.dumps(payload))
    assert trap.exists(), "the trap itself does not work"
    trap.rmdir()
    matrix = np.empty((1, 1), dtype=object)
    matrix[0, 0] = payload
    path = tmp_path / "a.npy"
    path.write_bytes(npy(matrix) if wrapped else pickle.dumps(payload))
    reason(read_feature_matrix, path)
    assert not trap.exists()


def test_a_nan_that_signals_is_counted_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "damaged.wav"
    soundfile.write(path, 0.1 * np.sin(np.arange(4000)), 16_000, subtype="FLOAT")
    content = bytearray(path.read_bytes())
    content[-400:-396] = (0x7FA00000).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(UnusableRecordingError, match="holds 1 samples that are NaN"):
        read_audio(path)
