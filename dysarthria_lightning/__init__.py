"""Trains networks to tell dysarthric from healthy speech, and judges them speaker by speaker.

The Python interface is :mod:`dysarthria_lightning.api`; its names can be imported from here.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

__all__ = ["Run", "Scorer", "judge_predictions", "load_run", "read_manifest", "speaker_scores"]


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> Any:
    """Find the interface's names when they are asked for: what lies behind them takes seconds."""
    if name in __all__:
        return getattr(import_module("dysarthria_lightning.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
