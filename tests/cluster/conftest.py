"""What a sweep comes to on this machine alone, to hold against the clusters' results."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sweeps import VARIED, end_all, run, settings

from dysarthria_lightning.files.locks import wait_for_claim


@pytest.fixture(scope="session")
def sweep(tone_corpus: Path) -> list[str]:
    return settings(tone_corpus)


@pytest.fixture(scope="session")
def trained_here(sweep: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained once for all of pytest's workers."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    cwd = shared / "here"
    with wait_for_claim(shared / "here.json"):
        if not cwd.exists():
            cwd.mkdir()
            run("train", [*sweep, "hydra/launcher=basic", *VARIED], cwd)
    return cwd


@pytest.fixture(autouse=True)
def no_command_outlives_its_test() -> Iterator[None]:
    yield
    end_all()
