"""Ratio-based early stopping (paper, section III)."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from dysarthria_lightning.training.monitoring import ERROR, Monitor

# Values come as float32; a ratio of exactly 1 + α must not exceed it for rounding alone. One
# recording among 100,000 changes the error by ten times as much.
_ROUNDING = 1e-6


class RatioRule:
    """Stops when the error has stood above its lowest value by a factor for some epochs in a row.

    With ε the validation error, or what else is monitored and better when lower, an epoch counts
    towards stopping when ε_curr / ε_min > 1 + α. Where ε_min is 0 any ε_curr above it counts, and
    0 / 0 does not. Paper, section III; the released code counts six epochs that need not be
    consecutive.

    Args:
        alpha: Tolerated relative rise over the lowest error.
        patience: Epochs in a row above it that stop training.
    """

    def __init__(self, alpha: float, patience: int) -> None:
        self.alpha = alpha
        self.patience = patience
        self.lowest_error = float("inf")
        self.streak = 0

    def update(self, error: float) -> bool:
        """Take an epoch's validation error and say whether to stop."""
        self.lowest_error = min(self.lowest_error, error)
        # Multiplied out, so that a lowest error of zero needs no case of its own.
        exceeds = error > (1 + self.alpha) * self.lowest_error + _ROUNDING
        self.streak = self.streak + 1 if exceeds else 0
        return self.stops

    @property
    def stops(self) -> bool:
        """Whether training is over."""
        return self.streak >= self.patience


class RatioEarlyStopping(Callback):
    """Applies :class:`RatioRule` to what is monitored after each validation, across resumes.

    Args:
        alpha: Tolerated relative rise over the lowest value.
        patience: Epochs in a row above it that stop training.
        monitor: What is monitored.
        min_steps: Epochs that end before so many optimisation steps do not count at all.
    """

    def __init__(
        self, alpha: float, patience: int, monitor: Monitor = ERROR, min_steps: int = 0
    ) -> None:
        self.rule = RatioRule(alpha, patience)
        self.monitor = monitor
        self.min_steps = min_steps

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop at once where the training that is resumed had stopped already."""
        if self.rule.stops:
            trainer.should_stop = True

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Update the rule with the epoch's value."""
        if trainer.sanity_checking or trainer.global_step < self.min_steps:
            return
        value = float(trainer.callback_metrics[self.monitor.metric])
        if self.rule.update(self.monitor.cost(value)):
            trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed training needs."""
        return {"lowest_error": self.rule.lowest_error, "streak": self.rule.streak}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self.rule.lowest_error = state_dict["lowest_error"]
        self.rule.streak = state_dict["streak"]
