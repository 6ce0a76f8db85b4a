"""Every kind of features keeps the contracts; what is special about one is tested here too."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import torchaudio
from feature_contracts import AudioFeatureContract, FeatureContract, refusal
from matrices import matrix_table

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.members import FEATURES
from dysarthria_lightning.data.features.base import AudioFeatures
from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
from dysarthria_lightning.errors import CorpusError

pytestmark = pytest.mark.usefixtures("without_curves")


class TestMFCC(AudioFeatureContract):
    choice = "mfcc"


class TestLogMel(AudioFeatureContract):
    choice = "log_mel"


class TestMatrix(FeatureContract):
    choice = "matrix"
    changed = "features.hop_s=0.02"

    @pytest.fixture
    def corpus(self, tmp_path: Path) -> Path:
        return matrix_table(tmp_path, 768)


def test_every_kind_keeps_its_contracts() -> None:
    tested = [*FeatureContract.__subclasses__(), *AudioFeatureContract.__subclasses__()]
    assert {member.choice for member in tested if hasattr(member, "choice")} == set(FEATURES)


def test_log_mel_is_the_logarithm_of_torchaudios_energies(
    make_config: Callable[..., Config],
) -> None:
    features = make_config("features=log_mel").features
    assert isinstance(features, AudioFeatures)
    clip = torch.randn(4000, generator=torch.Generator().manual_seed(0)) / 10
    spectrogram = torchaudio.transforms.MelSpectrogram(
        16_000, n_fft=400, hop_length=160, n_mels=40, center=False
    )
    expected = torch.log(spectrogram(clip) + 1e-6).T.numpy()
    np.testing.assert_allclose(features.extract(clip.numpy(), 16_000, 40), expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["log_mel", "matrix"])
def test_kinds_without_cepstra_refuse_a_number_of_coefficients(
    kind: str, make_config: Callable[..., Config]
) -> None:
    message = refusal(make_config, f"features={kind}", "n_mfcc=13")
    assert f"n_mfcc = 13: features={kind} has no cepstral coefficients" in message


def test_cepstra_need_a_number_of_coefficients(make_config: Callable[..., Config]) -> None:
    assert "features=mfcc needs the number" in refusal(make_config, "n_mfcc=null")


def test_audio_among_matrices_is_named(tmp_path: Path, tone_config: Callable[..., Config]) -> None:
    table = matrix_table(tmp_path, 80)
    soundfile.write(tmp_path / "a.wav", np.full(4000, 0.1), 16_000)
    table.write_text(table.read_text() + "a.wav,S00,0\n")
    config = tone_config("features=matrix", f"data.manifest={table}")
    with pytest.raises(
        CorpusError, match=r"a.wav .*is no .npy matrix, which features=matrix reads"
    ):
        prepare_corpus(config)


def test_wide_matrices_are_taken_for_cepstra_only_with_a_word(
    tmp_path: Path, tone_config: Callable[..., Config]
) -> None:
    table = matrix_table(tmp_path, 80)
    store = prepare_corpus(tone_config(f"data.manifest={table}"))
    assert store.n_columns == 80
    (said,) = describe_problems(store)
    assert "80 columns" in said
    assert "features=matrix" in said


def test_matrices_for_log_mel_have_a_column_for_each_filter(
    tmp_path: Path, tone_config: Callable[..., Config]
) -> None:
    config = tone_config("features=log_mel", f"data.manifest={matrix_table(tmp_path, 80)}")
    with pytest.raises(CorpusError, match="has 80 columns; 40 are expected"):
        prepare_corpus(config)


def test_segments_have_a_frame(make_config: Callable[..., Config]) -> None:
    words = ["data=manifest", "data.manifest=m.csv", "data.segment_s=0.005"]
    assert "shorter than one frame, 0.01 s" in refusal(make_config, "features=matrix", *words)
    assert "shorter than one frame, 0.025 s" in refusal(make_config, "features=log_mel", *words)
