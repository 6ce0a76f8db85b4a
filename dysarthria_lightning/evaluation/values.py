"""Every value of a cell with its interval: the mean over repeats, at each level."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.bootstrap import Sample, auroc_basis
from dysarthria_lightning.evaluation.chance import chance_interval
from dysarthria_lightning.evaluation.comparable import (
    are_compared_within_folds,
    comparable_items,
)
from dysarthria_lightning.evaluation.intervals import Basis, count_speakers, with_reason
from dysarthria_lightning.evaluation.levels import RECORDING
from dysarthria_lightning.evaluation.metrics import (
    WITHIN_FOLDS,
    Floats,
    Scores,
    auroc,
    average_precision,
    threshold_metrics,
)
from dysarthria_lightning.evaluation.speaker_weighting import BY_SPEAKER, auroc_by_speaker

_ENDS = ("low", "high", "smallest", "largest")


def metrics_table(sample: Sample) -> pd.DataFrame:
    """Judge a cell at every level.

    Args:
        sample: Its repeats.

    Returns:
        Rows of ``level``, ``metric``, ``value`` (mean over repeats), ``low``, ``high``,
        ``smallest``, ``largest`` and ``repeats``, and of the AUROC that results are about
        (:func:`comparable.comparable_items`) ``chance_low``, ``chance_high``
        (:func:`chance.chance_interval`); NaN where a metric is not defined for one of the repeats.
        ``reason`` says why a value that is defined has no interval.
    """
    rows = []
    for level in sample.repeats[0].levels:
        rows += aurocs(sample, level)
        bases = metric_bases(sample.pool(level))
        values = [_other_metrics(r.levels[level], r.weights) for r in sample.repeats]
        rows += [
            _summarise(sample, level, metric, [value[metric] for value in values], bases[metric])
            for metric in values[0]
        ]
    return pd.DataFrame(rows)


def aurocs(sample: Sample, level: str) -> list[dict[str, Any]]:
    """Judge a cell by the AUROC of pairs within folds, and by that of pooled scores.

    The former is NaN where results are about pooled scores.

    Args:
        sample: Its repeats.
        level: Of the scores; of recordings there is also that in which all speakers count alike.

    Returns:
        Two or three rows of :func:`metrics_table`.
    """
    items = sample.items(level)
    pooled = [it.pooled for it in items]
    judged = comparable_items(items)
    rows = [
        _summarise(sample, level, metric, _judge(sample, auroc, compared), auroc_basis(compared))
        for metric, compared in ((WITHIN_FOLDS, items), ("auroc", pooled))
    ]
    within, primary = rows[0], rows[0] if are_compared_within_folds(items) else rows[1]
    if within is not primary:
        within |= dict.fromkeys(("value", *_ENDS), float("nan")) | {"reason": ""}
    if np.isfinite(primary["value"]):
        low, high = chance_interval([repeat.speakers for repeat in sample.repeats], judged)
        primary |= {"chance_low": low, "chance_high": high}
    if level == RECORDING.key:
        values = _judge(sample, auroc_by_speaker, judged)
        rows.append(_summarise(sample, level, BY_SPEAKER, values, auroc_basis(judged)))
    return rows


def _judge(
    sample: Sample, metric: Callable[[Scores, Floats], Floats], items: list[Scores]
) -> list[Floats]:
    """Compute a metric of each repeat's items under each row of its weights."""
    return [metric(it, repeat.weights) for it, repeat in zip(items, sample.repeats, strict=True)]


def _other_metrics(items: Scores, weights: Floats) -> dict[str, Floats]:
    return {
        "average_precision": average_precision(items, weights),
        **threshold_metrics(items, weights),
    }


def _summarise(
    sample: Sample, level: str, metric: str, values: list[Floats], basis: Basis
) -> dict[str, Any]:
    plain = np.array([value[0] for value in values])
    estimate = sample.estimate(values, basis)
    return {
        "level": level,
        "metric": metric,
        **with_reason(estimate, basis),
        "smallest": plain.min(),
        "largest": plain.max(),
        "repeats": len(sample.repeats),
        "chance_low": float("nan"),
        "chance_high": float("nan"),
    }


def metric_bases(items: Scores) -> dict[str, Basis]:
    """Return for each of the metrics but AUROCs the speakers that it rests on.

    Args:
        items: The scored items.
    """
    called, positive = items.called, items.labels == 1
    n_dysarthric, n_healthy = (count_speakers(items.speakers[it]) for it in (positive, ~positive))
    ranking = Basis.of_auroc(n_dysarthric, n_healthy)
    n_found = count_speakers(items.speakers[called | positive])
    return {
        # Depends on how common dysarthria is, so that independent pairs do not bound it.
        "average_precision": replace(ranking, n_trials=0),
        "accuracy": Basis.of_share(n_dysarthric + n_healthy),
        "precision": Basis.of_share(count_speakers(items.speakers[called])),
        "recall": Basis.of_share(n_dysarthric),
        # Counts true positives twice: with J their share of all called or dysarthric it is
        # 2 J / (1 + J), which half as many trials bound from both sides.
        "f1": Basis(n_found, n_found // 2),
    }
