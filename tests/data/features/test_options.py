"""Options of features: what each does, where it belongs, and that none changes what is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from feature_contracts import refusal
from hypothesis import given
from hypothesis import strategies as st
from matrices import matrix_table
from test_mfcc import PARAMETERS

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.audio import UnusableRecordingError
from dysarthria_lightning.data.extraction import Extractor
from dysarthria_lightning.data.features.log_mel import LogMelFeatures
from dysarthria_lightning.data.features.matrix import MatrixFeatures
from dysarthria_lightning.data.features.mfcc import MFCCFeatures
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import CorpusError

OF_MEL = {
    **{"sample_rate_hz": 16_000, "window_s": 0.025, "hop_s": 0.01, "n_mels": 40},
    **{"f_min_hz": 0.0, "f_max_hz": None},
}
# What decided the values of each kind before there were options.
BEFORE: dict[str, dict[str, Any]] = {
    "mfcc": OF_MEL,
    "log_mel": OF_MEL | {"kind": "log_mel"},
    "matrix": {"kind": "matrix", "hop_s": 0.01},
}
OPTIONS = {"remove_dc": True, "level": "recording", "cmn": "recording", "drop_c0": True}


def mfcc(**options: Any) -> MFCCFeatures:
    return MFCCFeatures(**PARAMETERS | options)


def clip_of(n_samples: int = 4000, seed: int = 0) -> np.ndarray:
    """Noise whose second half is louder."""
    noise = np.random.default_rng(seed).normal(0, 0.02, n_samples)
    noise[n_samples // 2 :] *= 4
    return noise.astype(np.float32)


@pytest.mark.parametrize("kind", BEFORE)
def test_options_that_are_off_leave_stores_and_runs_valid(
    kind: str, make_config: Callable[..., Config]
) -> None:
    features = make_config(f"features={kind}").features
    assert features.settings() == make_config(f"features={kind}").settings()["features"]
    assert features.settings() == BEFORE[kind]
    assert features.options() == {}
    # Written by a run before there were options.
    sections = {"mfcc": MFCCFeatures, "log_mel": LogMelFeatures, "matrix": MatrixFeatures}
    stored = {"n_stored": 25} if kind == "mfcc" else {}
    assert sections[kind](**BEFORE[kind] | {"kind": kind} | stored) == features


@pytest.mark.parametrize(
    ("words", "name", "n_mfcc"),
    [
        (["features.cmn=recording"], "mfcc13-cmn", 13),
        (["features.level=recording"], "mfcc13-level", 13),
        (["features.remove_dc=true"], "mfcc13-nodc", 13),
        (["features.drop_c0=true", "n_mfcc=19"], "mfcc19-noc0", 19),
        ([f"features.{key}={value}" for key, value in OPTIONS.items()],
         "mfcc13-nodc-level-cmn-noc0", 13),
        (["features=log_mel", "features.cmn=recording"], "log_mel40-cmn", None),
        (["features=matrix", "features.cmn=recording"], "matrix-cmn", None),
    ],
)  # fmt: skip
def test_an_option_is_another_store_and_another_folder(
    words: list[str], name: str, n_mfcc: int | None, make_config: Callable[..., Config]
) -> None:
    config = make_config(*words)
    kind = config.features.kind
    assert (config.features_name, config.n_mfcc) == (name, n_mfcc)
    keys = {word.partition("=")[0].partition(".")[2] for word in words} - {""}
    more = {key: value for key, value in config.features.settings().items() if key in keys}
    assert more == {key: OPTIONS[key] for key in keys}
    assert config.features.settings() == BEFORE[kind] | more


@given(
    gain=st.floats(1e-4, 1e3),
    rate_hz=st.sampled_from([16_000, 44_100]),
    section=st.sampled_from(["mfcc", "log_mel"]),
)
def test_a_gain_says_nothing_at_a_fixed_level(gain: float, rate_hz: int, section: str) -> None:
    if section == "mfcc":
        features: Any = mfcc(level="recording")
    else:
        features = LogMelFeatures(**BEFORE["log_mel"], level="recording")
    samples = clip_of()
    expected = features.extract(samples, rate_hz, 40)
    louder = (gain * samples.astype(np.float64)).astype(np.float32)
    kept = louder.copy()
    np.testing.assert_allclose(features.extract(louder, rate_hz, 40), expected, atol=2e-3)
    np.testing.assert_array_equal(louder, kept)  # whoever holds them finds them as they were


def test_the_level_is_that_of_the_root_mean_square() -> None:
    samples = clip_of().astype(np.float64)
    scaled = (0.05 * samples / np.sqrt(np.mean(samples**2))).astype(np.float32)
    expected = mfcc().extract(scaled, 16_000, 25)
    plain = mfcc().extract(samples.astype(np.float32), 16_000, 25)
    levelled = mfcc(level="recording").extract(samples.astype(np.float32), 16_000, 25)
    np.testing.assert_allclose(levelled, expected, atol=1e-3)
    assert abs(plain - expected)[:, 0].min() > 1  # else this would show nothing


@given(offset=st.floats(-0.5, 0.5), rate_hz=st.sampled_from([16_000, 44_100, 8_000]))
def test_an_offset_says_nothing_without_dc(offset: float, rate_hz: int) -> None:
    features, samples = mfcc(remove_dc=True), clip_of()
    centred = samples.astype(np.float64) - samples.mean(dtype=np.float64)
    expected = mfcc().extract(centred.astype(np.float32), rate_hz, 25)
    frames = features.extract(samples + np.float32(offset), rate_hz, 25)
    np.testing.assert_allclose(frames, expected, atol=2e-2)
    np.testing.assert_allclose(features.extract(samples, rate_hz, 25), expected, atol=1e-3)


def test_an_offset_says_much_with_dc() -> None:
    plain, offset = (mfcc().extract(clip_of() + np.float32(it), 16_000, 25) for it in (0, 0.5))
    assert abs(plain - offset).max() > 1


def test_a_constant_recording_is_named_without_dc(tmp_path: Path) -> None:
    path = tmp_path / "constant.wav"
    soundfile.write(path, np.full(4000, 0.1), 16_000)
    result = Extractor(mfcc(remove_dc=True), 25, None, None)(str(path))
    assert result.problem is not None
    assert result.problem.startswith("is silent: every sample has the same value")
    with pytest.raises(UnusableRecordingError, match="every sample is the same"):
        mfcc(remove_dc=True).extract(np.full(4000, 0.1, np.float32), 16_000, 25)


def test_segments_have_the_level_and_the_mean_of_their_recording(tmp_path: Path) -> None:
    """Parts of it stay as loud or quiet beside each other as they were."""
    samples = clip_of(8000) + np.float32(0.1)
    path = tmp_path / "two.wav"
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    options = {"remove_dc": True, "level": "recording", "cmn": "recording"}
    result = Extractor(mfcc(**options), 25, 0.25, None)(str(path))
    centred = samples - samples.mean(dtype=np.float64)
    scaled = (0.05 * centred / np.sqrt(np.mean(centred**2))).astype(np.float32)
    halves = [mfcc().extract(half, 16_000, 25) for half in np.split(scaled, 2)]
    mean = np.concatenate(halves).mean(axis=0)
    assert len(result.instances) == 2
    for instance, half in zip(result.instances, halves, strict=True):
        np.testing.assert_allclose(instance.frames, half - mean, atol=2e-3)
    assert result.instances[1].frames[:, 0].mean() - result.instances[0].frames[:, 0].mean() > 10


@pytest.mark.parametrize(
    "words",
    [["data.segment_s=0.06"], ["features=log_mel"], ["features=matrix"]],
    ids=["segments", "log_mel", "matrix"],
)
def test_every_recordings_columns_have_a_mean_of_zero(
    words: list[str], tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    if "features=matrix" in words:
        words = [*words, f"data.manifest={matrix_table(tmp_path, 7)}"]
    plain = prepare_corpus(tone_config(*words))
    store = prepare_corpus(tone_config(*words, "features.cmn=recording"))
    assert store.key != plain.key
    assert store.recordings.equals(plain.recordings)
    for _, parts in store.recordings.groupby("source_id"):
        rows = np.concatenate(
            [np.arange(part.offset, part.offset + part.n_frames) for part in parts.itertuples()]
        )
        own = store.frames[rows].astype(np.float64)
        np.testing.assert_allclose(own.mean(axis=0), 0, atol=1e-5)
        before = plain.frames[rows].astype(np.float64)
        np.testing.assert_allclose(own, before - before.mean(axis=0), atol=1e-5)


def test_values_without_a_finite_mean_are_named(tmp_path: Path) -> None:
    np.save(tmp_path / "huge.npy", np.array([[3e38], [3e38], [-3e38]], np.float32))
    features = MatrixFeatures(**BEFORE["matrix"], cmn="recording")
    result = Extractor(features, 1, None, None)(str(tmp_path / "huge.npy"))
    assert result.problem == "holds values so large that they have no finite mean"
    assert result.instances == []


@pytest.mark.parametrize("n_columns", [13, 25, 39])
def test_without_c0_coefficients_are_counted_from_c1(n_columns: int) -> None:
    plain = mfcc().extract(clip_of(), 16_000, n_columns + 1)
    frames = mfcc(drop_c0=True).extract(clip_of(), 16_000, n_columns)
    assert frames.shape[1] == n_columns
    np.testing.assert_allclose(frames, plain[:, 1:], atol=1e-4)


def test_without_c0_the_store_holds_as_many(tone_config: Callable[..., Config]) -> None:
    plain = prepare_corpus(tone_config("features.n_stored=26"))
    store = prepare_corpus(tone_config("features.drop_c0=true"))
    assert store.n_columns == 25
    np.testing.assert_allclose(store.frames, plain.frames[:, 1:], atol=1e-4)


def test_filters_give_one_coefficient_less_without_c0(make_config: Callable[..., Config]) -> None:
    assert make_config("features.drop_c0=true", "n_mfcc=39").n_mfcc == 39
    said = refusal(make_config, "features.drop_c0=true", "n_mfcc=40")
    assert "at most 39 coefficients without c0 (features.drop_c0 = true)" in said
    assert make_config("features.n_stored=40").features.n_columns(13) == 40
    said = refusal(make_config, "features.drop_c0=true", "features.n_stored=40")
    assert "n_stored = 40 exceeds n_mels - 1 (drop_c0 = true), n_mels = 40" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["features=matrix", "+features.level=recording"], "features.level: there is no such key"),
        (["features=matrix", "+features.remove_dc=true"], "features.remove_dc: there is no such"),
        (["features=log_mel", "+features.drop_c0=true"], "features.drop_c0: there is no such key"),
        (["features.level=speaker"], "features.level = 'speaker': input should be 'none' or 'rec"),
        (["features.cmn=yes"], "features.cmn = 'yes': input should be 'none' or 'recording'"),
    ],
)
def test_an_option_is_refused_where_it_does_not_belong(
    words: list[str], message: str, make_config: Callable[..., Config]
) -> None:
    assert message in refusal(make_config, *words)


def test_matrices_have_no_samples_to_change(
    tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    table = f"data.manifest={matrix_table(tmp_path, 25)}"
    words = ["features.level=recording", "features.drop_c0=true", "features.cmn=recording"]
    with pytest.raises(
        CorpusError,
        match=r"is a .npy matrix, and features.level and features.drop_c0 can be applied to audio",
    ):
        prepare_corpus(tone_config(table, *words))
    assert prepare_corpus(tone_config(table, "features.cmn=recording")).n_columns == 25
