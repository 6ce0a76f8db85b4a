"""What every kind of features keeps to."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.members import FEATURES
from dysarthria_lightning.data.features.base import AudioFeatures
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import is_finished
from dysarthria_lightning.training.run import train_run


class FeatureContract:
    """Contracts of a kind of features; a member inherits them and says how it is chosen.

    Attributes:
        choice: Its ``conf/features``.
        changed: An override that changes the values of the frames.
    """

    choice: ClassVar[str]
    changed: ClassVar[str]

    @pytest.fixture
    def corpus(self, tone_corpus: Path) -> Path:
        """Return a table of recordings that this kind reads."""
        return tone_corpus

    @pytest.fixture
    def configure(self, corpus: Path, tone_config: Callable[..., Config]) -> Callable[..., Config]:
        def compose(*words: str) -> Config:
            return tone_config(f"features={self.choice}", f"data.manifest={corpus}", *words)

        return compose

    def test_each_recording_has_its_frames_and_all_have_one_width(
        self, configure: Callable[..., Config]
    ) -> None:
        config = configure()
        store = prepare_corpus(config)
        assert store.frames.dtype == np.float32
        assert store.frames.shape == (store.recordings["n_frames"].sum(), store.n_columns)
        assert np.isfinite(store.frames).all()
        expected = config.features.n_columns(config.n_mfcc)
        assert expected in (None, store.n_columns)

    def test_other_values_are_another_store_and_another_run(
        self, configure: Callable[..., Config]
    ) -> None:
        one, other = configure(), configure(self.changed)
        assert prepare_corpus(one).key != prepare_corpus(other).key
        assert one.settings() != other.settings()

    def test_its_runs_have_a_folder_of_their_own(
        self, configure: Callable[..., Config], make_config: Callable[..., Config]
    ) -> None:
        config = configure()
        assert layout.run_folder(config).parts[-4] == config.features_name
        others = [make_config(f"features={kind}") for kind in FEATURES if kind != self.choice]
        assert config.features_name not in {other.features_name for other in others}

    def test_it_trains(self, configure: Callable[..., Config]) -> None:
        config = configure("trainer.max_epochs=1")
        store = prepare_corpus(config)
        folder = train_run(config, store, show_progress=False)
        assert is_finished(config, store.key)
        assert len(read_predictions(folder / layout.PREDICTIONS))


class AudioFeatureContract(FeatureContract):
    """Contracts of a kind that is computed from audio."""

    changed = "features.window_s=0.020"

    def extract(self, config: Config, samples: np.ndarray, rate_hz: int = 16_000) -> np.ndarray:
        assert isinstance(config.features, AudioFeatures)
        return config.features.extract(samples, rate_hz, config.features.n_columns(config.n_mfcc))

    def test_a_recording_has_the_frames_that_it_has_alone(
        self, configure: Callable[..., Config], corpus: Path
    ) -> None:
        import soundfile

        config = configure()
        store: FeatureStore = prepare_corpus(config)
        for row in store.recordings.iloc[::7].itertuples():
            samples, rate_hz = soundfile.read(corpus.parent / row.recording_id, dtype="float32")
            stored = store.frames[row.offset : row.offset + row.n_frames]
            np.testing.assert_allclose(self.extract(config, samples, rate_hz), stored, atol=1e-4)

    def test_a_frame_depends_on_its_own_window_alone(
        self, configure: Callable[..., Config]
    ) -> None:
        config = configure()
        rng = np.random.default_rng(0)
        samples = rng.normal(0, 0.1, 8000).astype(np.float32)
        louder = samples.copy()
        louder[4000:] *= 5
        window, hop = config.features.window_samples, config.features.hop_samples
        n_before = 1 + (4000 - window) // hop
        before, after = (self.extract(config, clip)[:n_before] for clip in (samples, louder))
        np.testing.assert_allclose(before, after, atol=1e-4)

    def test_frames_are_whole_windows(self, configure: Callable[..., Config]) -> None:
        config = configure()
        assert len(self.extract(config, np.full(400, 0.1, np.float32))) == 1
        assert len(self.extract(config, np.full(559, 0.1, np.float32))) == 1
        assert len(self.extract(config, np.full(560, 0.1, np.float32))) == 2


def refusal(config: Callable[..., Config], *words: str) -> str:
    with pytest.raises(ConfigError) as refused:
        config(*words)
    return str(refused.value)
