"""Runs without the curves for TensorBoard, which take longer to draw than tones to train on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def no_curves() -> Iterator[None]:
    """Draw none, neither of a run nor of a cross-validation."""
    from dysarthria_lightning.training import pooled, run_log

    with pytest.MonkeyPatch.context() as patch:
        for module in (pooled, run_log):
            patch.setattr(module, "log_curves", lambda *arguments: None)
        yield
