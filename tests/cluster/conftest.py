"""What a sweep comes to on this machine alone, to hold against the clusters' results."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sweeps import VARIED, end_all, run, settings


@pytest.fixture(scope="session")
def sweep(tone_corpus: Path) -> list[str]:
    return settings(tone_corpus)


@pytest.fixture(scope="session")
def trained_here(sweep: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    cwd = tmp_path_factory.mktemp("here")
    run("train", [*sweep, "hydra/launcher=basic", *VARIED], cwd)
    return cwd


@pytest.fixture(autouse=True)
def no_command_outlives_its_test() -> Iterator[None]:
    yield
    end_all()
