"""What a sweep comes to on this machine alone, to hold against the clusters' results."""

from pathlib import Path

import pytest
from sweeps import VARIED, run, settings

EPOCHS = 12


@pytest.fixture(scope="session")
def sweep(tone_corpus: Path) -> list[str]:
    return settings(tone_corpus, EPOCHS)


@pytest.fixture(scope="session")
def trained_here(sweep: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    cwd = tmp_path_factory.mktemp("here")
    run("train", [*sweep, *VARIED], cwd)
    return cwd
