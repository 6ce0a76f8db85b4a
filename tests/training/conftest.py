"""Runs over tones whose features are there already: extracting them takes as long as training."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from configurations import compose_tone_config

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus


@pytest.fixture(scope="session")
def prepared_tones(tone_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs that hold the tones' features and nothing else."""
    outputs = tmp_path_factory.mktemp("prepared")
    prepare_corpus(compose_tone_config(outputs, tone_corpus))
    return outputs


@pytest.fixture
def tone_config(
    tone_config: Callable[..., Config], prepared_tones: Path, tmp_path: Path
) -> Callable[..., Config]:
    shutil.copytree(prepared_tones, tmp_path / "outputs")
    return tone_config
