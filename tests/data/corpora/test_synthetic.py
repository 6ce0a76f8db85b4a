"""The embedded corpus, as the pipeline sees it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from configurations import compose_config, read_corpus

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.data.corpora.synthetic import SyntheticData
from dysarthria_lightning.data.synthetic.contrasts import contrasting_clips
from dysarthria_lightning.reporting.corpus import origin_note
from dysarthria_lightning.reporting.spectrograms import spectrogram_figure

SMALL = ["data.speakers=6", "data.recordings_per_speaker=12"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Lead to a corpus that is made by the first test that reads it."""
    return compose_config(tmp_path_factory.mktemp("outputs"), *SMALL)


def folder_of(config: Config) -> Path:
    assert isinstance(config.data, SyntheticData)
    return config.data.folder(config.outputs_dir)


def test_it_is_made_once_and_listed(small: Config) -> None:
    manifest = read_corpus(small)
    assert len(manifest) == 72
    assert manifest["speaker_id"].nunique() == 6
    assert set(manifest["label"]) == {0, 1}
    assert manifest[["gender", "age", "syllable", "syllable_type"]].notna().all(axis=None)
    assert (manifest.loc[manifest["label"] == 0, "severity"] == 0).all()
    assert manifest.attrs["notes"] == []  # of columns that only studies of the corpus read
    assert "tone" in read_manifest(folder_of(small) / "manifest.csv").attrs["notes"][0]
    stamps = {path: path.stat().st_mtime_ns for path in folder_of(small).rglob("*")}
    assert read_corpus(small).equals(manifest)
    assert {path: path.stat().st_mtime_ns for path in folder_of(small).rglob("*")} == stamps


def test_other_parameters_are_another_corpus(make_config: Callable[..., Config]) -> None:
    small = make_config(*SMALL)
    assert folder_of(small) == folder_of(make_config(*SMALL))
    assert folder_of(small) != folder_of(make_config(*SMALL, "data.seed=1"))
    assert folder_of(small) != folder_of(make_config(*SMALL, "data.confound=channel"))
    assert folder_of(small) != folder_of(make_config(*SMALL, "data.null=true"))
    weak = make_config(*SMALL, "data.confound=channel", "data.confound_strength=0.5")
    assert folder_of(weak) != folder_of(make_config(*SMALL, "data.confound=channel"))


def test_it_says_that_it_is_synthetic(small: Config, make_config: Callable[..., Config]) -> None:
    note = "Synthetic: it shows that the pipeline works, and is no clinical evidence."
    assert origin_note(small).strip() == note
    assert origin_note(make_config("data=mayle2018")) == ""
    read_corpus(small)
    assert note in (folder_of(small) / "README.txt").read_text()
    assert (folder_of(small) / "manifest.csv").read_text().splitlines()[1].endswith("synthetic")


def test_a_null_corpus_says_so(make_config: Callable[..., Config]) -> None:
    null = make_config("data.speakers=4", "data.recordings_per_speaker=2", "data.null=true")
    manifest = read_corpus(null)
    assert set(manifest["label"]) == {0, 1}
    assert (manifest["severity"] == 0).all()
    assert "nobody has dysarthria" in (folder_of(null) / "README.txt").read_text()


def test_contrasting_clips_are_of_a_healthy_and_the_most_severe_speaker(small: Config) -> None:
    manifest = read_corpus(small)
    clips, sample_rate_hz = contrasting_clips(folder_of(small), ["a1", "ba3"])
    assert sample_rate_hz == 16_000
    assert list(clips) == ["a1", "ba3"]
    assert list(clips["a1"]) == ["healthy", f"severity {manifest['severity'].max():.2f}"]
    fallback, _ = contrasting_clips(folder_of(small), ["never read"])
    assert len(fallback) == 1


def test_spectrograms_show_where_the_energy_is() -> None:
    time_s = np.arange(8000) / 16_000
    tone = np.sin(2 * np.pi * 3000 * time_s).astype(np.float32)
    figure = spectrogram_figure({"x": {"low": tone, "same": tone}}, 16_000, "title")
    image = figure.axes[0].images[0]
    row = np.asarray(image.get_array()).mean(axis=1).argmax()
    assert image.get_extent() == [0, 0.5, 0, 8]
    assert row / 513 * 8 == pytest.approx(3.0, abs=0.1)
