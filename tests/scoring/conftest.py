"""A small cross-validation to score people with."""

from pathlib import Path

import pytest
from configurations import compose_tone_config
from curves import no_curves
from spoken_words import Said

from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.training.run import train_run


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory, tone_corpus: Path) -> Path:
    """The folder of a cross-validation of three folds that test everybody once."""
    outputs = tmp_path_factory.mktemp("predicting") / "outputs"
    words = (
        *("model=functionals", "protocol.validation=rotating", "protocol.stratify=true"),
        "protocol.validation_speakers=auto",
    )
    with no_curves():
        for fold in range(3):
            config = compose_tone_config(outputs, tone_corpus, *words, f"fold={fold}")
            folder = train_run(config, prepare_corpus(config), show_progress=False)
    return folder.parent


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    return Said(tmp_path / "out", monkeypatch, capsys)
