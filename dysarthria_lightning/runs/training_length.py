"""How long models were trained, in words, and whether that was hardly at all."""

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from dysarthria_lightning.config.members import MODELS
from dysarthria_lightning.models.base import EstimatorSection

# A network that is tested so early has seen each recording once or twice.
_FEW_EPOCHS = 2
_FEW_STEPS = 100
_MANY_STEPS = 1000


def epoch_tested(record: dict[str, Any]) -> int:
    """Return the epoch whose weights were tested, counted from 1.

    Args:
        record: A run's; older ones have it counted from 0, as ``best_epoch``.
    """
    return int(record["epoch_tested"] if "epoch_tested" in record else record["best_epoch"] + 1)


def describe_training(record: dict[str, Any]) -> str:
    """Say how a run was trained and which epoch was tested.

    Args:
        record: A finished run's; of older ones it is said what they hold.
    """
    if "tested_epochs" in record["fingerprint"]:
        return _of_all_speakers(record)
    parts = [_fit(record) if _is_fitted(record) else _epochs(record)]
    if "train_error" in record:
        parts.append(f"training error {_percent(record['train_error'])}")
    if "classes" in record:
        verb = "fitted to" if _is_fitted(record) else "trained on"
        dysarthric, healthy = _speakers(record, "train")
        parts.append(
            f"{verb} {dysarthric} dysarthric and {healthy} healthy speakers, "
            f"validated on {' and '.join(_speakers(record, 'validation'))}, "
            f"tested on {' and '.join(_speakers(record, 'test'))}"
        )
    return "; ".join(parts)


def describe_estimate(row: Mapping[str, Any]) -> str:
    """Write a model's AUROC with its interval.

    Args:
        row: ``metric``, ``value``, ``low`` and ``high``, shares.
    """
    of_what = {
        "auroc_within_folds": "AUROC of pairs that one fold's model judged",
        "auroc": "AUROC of all test speakers together",
    }[row["metric"]]
    interval = ""
    if row["low"] is not None and not math.isnan(row["low"]):
        interval = f" (95 % interval {100 * row['low']:.1f} to {100 * row['high']:.1f})"
    return f"{of_what}: {_percent(row['value'])}{interval}"


def _of_all_speakers(record: dict[str, Any]) -> str:
    dysarthric, healthy = map(int, _speakers(record, "train"))
    behind = record["fingerprint"]["tested_epochs"]
    trained = f"all {dysarthric + healthy} speakers ({dysarthric} dysarthric)"
    if behind["epochs"] is None:
        said = f"fitted to {trained} in {record['wall_time_s']:.0f} s"
    else:
        said = (
            f"trained on {trained} for {_count(behind['epochs'], 'epoch')} in "
            f"{record['wall_time_s']:.0f} s, the median of the epochs tested in "
            f"{_count(behind['n_runs'], 'fold')} of cross-validation ({behind['lowest']} to "
            f"{behind['highest']})"
        )
    estimate = record.get("estimate")
    value = f"speaker-level {describe_estimate(estimate)}" if estimate else "not defined"
    return (
        f"{said}; training error {_percent(record['train_error'])}; nobody is left to test it: its "
        f"performance estimate is that of cross-validation: {value}"
    )


class HardlyTrained(NamedTuple):
    """Networks that were tested when they had hardly been trained.

    Attributes:
        when: When they were tested.
        advice: What would let them train for longer.
    """

    when: str
    advice: str


def training_warning(records: Sequence[dict[str, Any]]) -> str | None:
    """Warn of networks that were tested when they had hardly been trained.

    Args:
        records: Of the finished folds of a cross-validation.

    Returns:
        The warning; None where :func:`hardly_trained` finds nothing.
    """
    found = hardly_trained(records)
    if found is None:
        return None
    return (
        f"Hardly trained: {found.when}, so these values say little about what the model can learn. "
        f"{found.advice}"
    )


def hardly_trained(records: Sequence[dict[str, Any]]) -> HardlyTrained | None:
    """Find networks that were tested when they had hardly been trained.

    Args:
        records: Of the finished folds of a cross-validation.

    Returns:
        What is to be said, where the median fold was tested after the second epoch or before,
        after fewer than a hundred optimisation steps, or before an epoch could be chosen. None
        otherwise, where an epoch of a large corpus is itself a thousand steps, and of models that
        are fitted without steps.
    """
    trained = [record for record in records if "epochs" in record and not _is_fitted(record)]
    if not trained:
        return None
    epoch = median(map(epoch_tested, trained))
    known = [record for record in trained if record.get("steps") is not None]
    steps = median(record["steps"] for record in known) if known else None
    ended_early = bool(known) and median(r["steps"] - _least_steps(r) for r in known) < 0
    if steps is None:
        hardly = epoch <= _FEW_EPOCHS
    else:
        hardly = steps < _FEW_STEPS or (epoch <= _FEW_EPOCHS and steps < _MANY_STEPS)
    if not (hardly or ended_early):
        return None
    what = "the network" if len(trained) == 1 else f"the median of {len(trained)} folds"
    after = "" if steps is None else f" ({_count(steps, 'optimisation step')})"
    if any(_least_steps(record) < _min_steps(record) for record in known) or ended_early:
        advice = "Too few steps for trainer.min_steps are allowed; raise trainer.max_epochs."
    else:
        advice = (
            "Let training go on for longer before an epoch is chosen (trainer.min_steps), or "
            "choose it by what moves in finer steps than the error of a few speakers "
            "(trainer.monitor=loss)."
        )
    return HardlyTrained(f"{what} was tested after {_count(epoch, 'epoch')}{after}", advice)


def _is_fitted(record: dict[str, Any]) -> bool:
    """Whether the model has no gradient steps."""
    member = MODELS.get(str(_settings(record, "model").get("architecture")))
    return member is not None and issubclass(member, EstimatorSection)


def _least_steps(record: dict[str, Any]) -> int:
    """Return the steps before which no epoch was chosen; older records have the setting alone."""
    return int(record.get("min_steps", _min_steps(record)))


def _min_steps(record: dict[str, Any]) -> int:
    """Return ``trainer.min_steps``, which settings leave out where it is 0."""
    return int(_settings(record, "trainer").get("min_steps", 0))


def _settings(record: dict[str, Any], section: str) -> dict[str, Any]:
    section_of: dict[str, Any] = record["fingerprint"].get(section, {})
    return section_of


def _speakers(record: dict[str, Any], side: str) -> list[str]:
    """Count a side's dysarthric and its healthy speakers."""
    return [str(record["classes"][side][name]["speakers"]) for name in ("dysarthric", "healthy")]


def _fit(record: dict[str, Any]) -> str:
    return (
        f"fitted in {record['wall_time_s']:.0f} s; "
        f"validation error {_percent(record['validation_error'])}"
    )


def _epochs(record: dict[str, Any]) -> str:
    tested, steps = epoch_tested(record), record.get("steps")
    took = f"{_count(record['epochs'], 'epoch')} in {record['wall_time_s']:.0f} s"
    after = f"tested after epoch {tested}"
    if steps is not None:
        after += f" ({_count(steps, 'step')})"
    monitor = record.get("monitor", "error")
    value = _value(monitor, record.get("monitor_value", record["validation_error"]))
    least = _least_steps(record)
    if steps is not None and steps < least:
        return (
            f"{took}; {after}, the last, because trainer.min_steps = {least} were not reached; "
            f"validation {value}"
        )
    extreme = "highest" if monitor == "auroc" else "lowest"
    of_these = f" of the epochs after {_count(least, 'step')}" if least else ""
    return f"{took}; {after} with the {extreme} validation {value}{of_these}"


def _value(monitor: str, value: float) -> str:
    return {
        "error": f"error {_percent(value)}",
        "auroc": f"AUROC {_percent(value)}",
        "loss": f"loss {value:.3f}",
    }[monitor]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _count(number: float, noun: str) -> str:
    return f"{number:,g} {noun}{'' if number == 1 else 's'}"
