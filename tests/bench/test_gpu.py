"""Folds at once are trained and timed; a processor stands in for the GPU."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.gpu import Trained, measure_sharing, rate_together
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus


@pytest.mark.slow  # it starts processes that import torch
def test_both_ways_are_measured_for_every_number_of_folds(
    tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    config = tone_config()
    steps: list[str] = []
    measured = measure_sharing(
        config, prepare_corpus(config).folder, "cpu", steps.append, shares=(1, 2)
    )
    assert [one.what for one in measured] == [
        "lstm1, 1 at once, processes, /s",
        "lstm1, 2 at once, processes, /s",
        "lstm1, 1 at once, one process, /s",
        "lstm1, 2 at once, one process, /s",
    ]
    assert steps == ["lstm1, 1 at once", "lstm1, 2 at once"]
    assert all(one.ours > 0 and one.theirs > 0 for one in measured)
    assert [one.ratio for one in measured][::2] == [1.0, 1.0]


def take_turns() -> Trained:
    """Two processes that share what one of them would use alone."""
    started = time.perf_counter()
    time.sleep(2)
    return Trained(100, started, time.perf_counter())


@pytest.mark.slow
def test_the_rate_is_of_all_over_the_time_that_they_take_together() -> None:
    assert 50 < rate_together(take_turns, 2) <= 100
