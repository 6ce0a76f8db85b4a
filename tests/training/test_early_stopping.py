"""The paper's rule, against sequences worked by hand (α = 0.075, 5 epochs in a row)."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dysarthria_lightning.training.early_stopping import RatioEarlyStopping, RatioRule
from dysarthria_lightning.training.monitoring import Monitor


def float32(error: float) -> float:
    """An error as Lightning logs it."""
    return float(np.float32(error))


# Errors by epoch, and the epoch (from 1) after which training stops; None: it does not.
SEQUENCES = {
    "falling": ([0.5, 0.4, 0.3, 0.2, 0.1, 0.05], None),
    "five above in a row": ([0.20, 0.30, 0.30, 0.30, 0.30, 0.30, 0.30], 6),
    "streak broken at four": ([0.20, 0.30, 0.30, 0.30, 0.30, 0.21, 0.30, 0.30, 0.30], None),
    "broken at four, then five": ([0.20, *[0.30] * 4, 0.215, *[0.30] * 5], 11),
    "within tolerance": ([0.200, *[0.214] * 8], None),
    # 0.08 * 1.075 = 0.086 in decimals; 0.0861 is above, 0.0859 below.
    "just above": ([0.08, *[0.0861] * 5], 6),
    "just below": ([0.08, *[0.0859] * 9], None),
    # 80 and 86 wrong of 200: a ratio of exactly 1.075, which is not above it.
    "exactly the threshold": ([float32(1 - 0.6), *[float32(1 - 0.57)] * 9], None),
    "rising from the first": ([0.10, 0.11, 0.12, 0.13, 0.14, 0.15], 6),
    "new lowest resets": ([0.20, 0.30, 0.30, 0.30, 0.30, 0.10, 0.30, 0.30, 0.30, 0.30, 0.30], 11),
    "lowest of zero, above it": ([0.0, 0.001, 0.001, 0.001, 0.001, 0.001], 6),
    "zero throughout": ([0.0] * 10, None),
    "zero breaks the streak": ([0.0, 0.1, 0.1, 0.1, 0.1, 0.0, 0.1, 0.1, 0.1, 0.1], None),
}


def stop_epoch(rule: RatioRule, errors: list[float]) -> int | None:
    return next((epoch for epoch, error in enumerate(errors, 1) if rule.update(error)), None)


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_worked_by_hand(name: str) -> None:
    errors, expected = SEQUENCES[name]
    assert stop_epoch(RatioRule(alpha=0.075, patience=5), errors) == expected


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("interrupted_after", [1, 3, 5])
def test_a_resume_in_the_middle_changes_nothing(name: str, interrupted_after: int) -> None:
    errors, expected = SEQUENCES[name]
    before = RatioEarlyStopping(alpha=0.075, patience=5)
    if stop_epoch(before.rule, errors[:interrupted_after]) is not None:
        pytest.skip("stopped before the interruption")
    after = RatioEarlyStopping(alpha=0.075, patience=5)
    after.load_state_dict(before.state_dict())
    stopped = stop_epoch(after.rule, errors[interrupted_after:])
    assert (None if stopped is None else stopped + interrupted_after) == expected


def epochs_until_stop(
    values: list[float], monitor: str, min_steps: int, steps_of_epoch: int = 10
) -> int | None:
    """Show a callback validations as a trainer does; return the epoch that stops training."""
    rule = RatioEarlyStopping(0.075, 5, Monitor(monitor), min_steps)
    for epoch, value in enumerate(values, 1):
        trainer = SimpleNamespace(
            sanity_checking=False,
            global_step=epoch * steps_of_epoch,
            callback_metrics={f"validation/{monitor}": torch.tensor(value)},
            should_stop=False,
        )
        rule.on_validation_end(trainer, None)  # type: ignore[arg-type]
        if trainer.should_stop:
            return epoch
    return None


@pytest.mark.parametrize("monitor", ["error", "loss", "auroc"])
@pytest.mark.parametrize("name", SEQUENCES)
def test_whatever_is_monitored_the_rule_is_the_same(name: str, monitor: str) -> None:
    errors, expected = SEQUENCES[name]
    values = [1 - error for error in errors] if monitor == "auroc" else errors
    assert epochs_until_stop(values, monitor, min_steps=0) == expected


@pytest.mark.parametrize("late", [1, 10, 11, 75])
@pytest.mark.parametrize("name", SEQUENCES)
def test_epochs_before_the_least_steps_do_not_count(name: str, late: int) -> None:
    """As if training had begun with the first epoch that ends after them, low values or high."""
    errors, expected = SEQUENCES[name]
    for early in (0.0, 0.9):
        n_early = math.ceil(late / 10) - 1
        stopped = epochs_until_stop([early] * n_early + errors, "loss", min_steps=late)
        assert stopped == (None if expected is None else expected + n_early)


def test_patience_and_tolerance_are_settings() -> None:
    assert stop_epoch(RatioRule(alpha=0.0, patience=2), [0.2, 0.21, 0.21]) == 3
    assert stop_epoch(RatioRule(alpha=1.0, patience=2), [0.2, 0.4, 0.4]) is None
