"""Do two models differ in AUROC? Every pair that was tested on the same speakers."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr, stdtrit

from dysarthria_lightning.evaluation.bootstrap import DRAWS, Sample, auroc_basis, make_sample
from dysarthria_lightning.evaluation.comparable import are_compared_within_folds
from dysarthria_lightning.evaluation.holm import correct_holm
from dysarthria_lightning.evaluation.intervals import (
    CONFIDENCE,
    FEW_COMPARED,
    NEVER_CHANGES,
    Basis,
)
from dysarthria_lightning.evaluation.levels import SPEAKER_LEVELS, Level, score_levels
from dysarthria_lightning.evaluation.metrics import Floats, Scores, auroc
from dysarthria_lightning.evaluation.study import CrossValidation, Study

#: Of the smallest difference that could have been found.
POWER = 0.8


class Comparison(NamedTuple):
    """Two models' mean AUROCs over the same repeats; NaN where not defined.

    Attributes:
        auroc: Of the one model.
        other_auroc: Of the other.
        difference: The one minus the other.
        low: Lower end of its 95 % interval, within -1 and 1.
        high: Upper end.
        p_value: Two-sided.
        detectable: The smallest true difference that is found in 80 of 100 such studies, before
            any correction for several comparisons.
        same_sign: Whether the one is ahead in every repeat, or behind in every.
        repeats: How many both have.
        reason: Why there is no interval; empty where there is one.
    """

    auroc: float
    other_auroc: float
    difference: float
    low: float
    high: float
    p_value: float
    detectable: float
    same_sign: bool
    repeats: int
    reason: str


def compare(one: Floats, other: Floats, sample: Sample, basis: Basis) -> Comparison:
    """Compare two models on the same speakers and repeats.

    The difference is a mean over repeats. Its standard error is that of the bootstrap which draws
    speakers and repeats (:class:`bootstrap.Sample`), and Student's distribution gives interval and
    p-value; the interval ends where differences do, at -1 and 1. It says something of these trained
    models on these speakers: no unbiased estimate of a cross-validation's variance exists (Bengio &
    Grandvalet, No Unbiased Estimator of the Variance of K-Fold Cross-Validation, 2004), as all
    folds share their training speakers.

    Args:
        one: (n_repeats, n_rows) AUROCs of the one model, under each row of weights.
        other: Likewise, of the other.
        sample: Speakers and repeats.
        basis: The speakers that the AUROCs rest on.
    """
    # Half of the repeats, so that their spread counts in full. Of two models that hear nothing 5 to
    # 6 % were called different in 2,500 simulated studies with a learner (with all but one 8 %,
    # with twice as many as there are 12 %), of two that hear as much as each other 1 %.
    means = sample.average([*(one - other)], n_drawn=(len(one) + 1) // 2)
    by_repeat = one[:, 0] - other[:, 0]
    auroc_of_one, auroc_of_other = float(one[:, 0].mean()), float(other[:, 0].mean())
    # Equal models differ by nothing, whatever the rounding.
    difference = 0.0 if np.allclose(by_repeat, 0, atol=1e-12) else float(means[0])
    drawn = means[sample.resample.first_draw :]
    drawn = drawn[np.isfinite(drawn)]
    error = float(np.std(drawn)) if basis.enough and len(drawn) else float("nan")
    if error < 1e-12:
        # No draw changes it: nothing is known, but that models which judge alike are equal.
        margin, p_value = (0.0, 1.0) if difference == 0 else (float("nan"), float("nan"))
        detectable = float("nan")
    else:
        freedom = len(sample.resample.speakers) - 1
        margin = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
        p_value = float(2 * stdtr(freedom, -abs(difference) / error))
        detectable = margin + float(ndtri(POWER)) * error
    return Comparison(
        auroc_of_one,
        auroc_of_other,
        difference,
        max(difference - margin, -1.0),
        min(difference + margin, 1.0),
        p_value,
        detectable,
        bool((by_repeat > 0).all() or (by_repeat < 0).all()),
        len(by_repeat),
        "" if math.isfinite(margin) else NEVER_CHANGES if basis.enough else FEW_COMPARED,
    )


def comparisons_table(study: Study, rng_seed: int = 0, draws: int = DRAWS) -> pd.DataFrame:
    """Compare models on novel speakers, two and two, over the repeats that both have.

    Holm's correction is over all pairs of a level, those of all subsets and features included.

    Args:
        study: The cross-validations.
        rng_seed: Draws speakers and repeats.
        draws: Number of bootstrap samples.

    Returns:
        Rows of ``subset``, ``features``, ``level``, ``model``, ``other`` (in alphabetical order),
        the columns of :class:`Comparison`, ``p_holm``, and ``differs``: p_holm < 0.05 and the same
        sign in every repeat.
    """
    families: dict[tuple[str, str], dict[str, list[CrossValidation]]] = defaultdict(dict)
    for cell, repeats in sorted(study.of_protocol("novel_speakers"), key=lambda item: item[0]):
        if repeats:
            families[cell.subset, cell.features][cell.model] = repeats
    rows: list[dict[str, Any]] = []
    for (subset, features), models in sorted(families.items()):
        place = {"subset": subset, "features": features}
        rows += [{**place, **row} for row in compare_models(models, rng_seed, draws)]
    return judge_differences(pd.DataFrame(rows))


def judge_differences(table: pd.DataFrame) -> pd.DataFrame:
    """Correct the p-values of each level, and say which models differ.

    Args:
        table: Rows of ``level`` and the columns of :class:`Comparison`.

    Returns:
        The table with ``p_holm`` and ``differs``.
    """
    if table.empty:
        return table
    corrected = table.groupby("level")["p_value"].transform(
        lambda p_values: correct_holm(p_values.to_numpy(np.float64))
    )
    return table.assign(p_holm=corrected, differs=(corrected < 1 - CONFIDENCE) & table["same_sign"])


def compare_models(
    models: Mapping[str, Sequence[CrossValidation]],
    rng_seed: int = 0,
    draws: int = DRAWS,
    levels: Sequence[Level] | None = None,
) -> list[dict[str, Any]]:
    """Compare each pair of models.

    Args:
        models: By name the cross-validations of each.
        rng_seed: Draws speakers and repeats.
        draws: Number of bootstrap samples.
        levels: At which they are compared; None: at all of speakers.

    Returns:
        By pair and level: ``level``, ``model``, ``other`` and the fields of :class:`Comparison`.
        Pairs without a common repeat are left out.
    """
    levels = levels or [*SPEAKER_LEVELS.values()]
    # Weights of many speakers take hundreds of megabytes: there is one sample for all models that
    # were tested on the same ones, and of each model its scores and AUROCs alone are kept.
    samples: dict[tuple[Any, ...], Sample] = {}
    scored: dict[tuple[Any, ...], list[dict[str, Scores]]] = {}
    aurocs: dict[tuple[Any, ...], Floats] = {}
    rows: list[dict[str, Any]] = []
    for model, other in combinations(sorted(models), 2):
        pair = _common(models[model], models[other])
        if not pair:
            continue
        # Most pairs share all speakers, so that each model is judged once.
        tested = tuple((first.repeat, *_speakers(first)) for first, _ in pair)
        if tested not in samples:
            rng = np.random.default_rng(rng_seed)
            samples[tested] = make_sample([first for first, _ in pair], rng, draws, levels)
        sample = samples[tested]
        for name, side in zip((model, other), zip(*pair, strict=True), strict=True):
            if (name, tested) not in scored:
                scored[name, tested] = [score_levels(repeat.test, levels) for repeat in side]
        for level in (each.key for each in levels):
            items = [[of[level] for of in scored[name, tested]] for name in (model, other)]
            # Both alike, also where their folds are not the same.
            pooled = not all(are_compared_within_folds(of_model) for of_model in items)
            if pooled:
                items = [[it.pooled for it in of_model] for of_model in items]
            for name, of_model in zip((model, other), items, strict=True):
                key = (name, level, pooled, tested)
                if key not in aurocs:
                    aurocs[key] = _aurocs(of_model, sample)
            one, two = (aurocs[name, level, pooled, tested] for name in (model, other))
            compared = compare(one, two, sample, auroc_basis(items[0]))
            rows.append({"level": level, "model": model, "other": other, **compared._asdict()})
    return rows


def _common(
    one: Sequence[CrossValidation], other: Sequence[CrossValidation]
) -> list[tuple[CrossValidation, CrossValidation]]:
    """Pair the repeats that two models have, with the speakers whom both have judged."""
    others = {repeat.repeat: repeat for repeat in other}
    pairs = []
    for repeat in one:
        if repeat.repeat in others:
            theirs = others[repeat.repeat]
            both = set(_speakers(repeat)) & set(_speakers(theirs))
            if both:
                pairs.append((_only(repeat, both), _only(theirs, both)))
    return pairs


def _only(repeat: CrossValidation, speakers: set[str]) -> CrossValidation:
    chosen = repeat.test["speaker_id"].isin(speakers)
    return repeat if chosen.all() else replace(repeat, test=repeat.test[chosen])


def _speakers(repeat: CrossValidation) -> list[str]:
    return sorted(repeat.test["speaker_id"].unique())


def _aurocs(items: Sequence[Scores], sample: Sample) -> Floats:
    """Compute a model's AUROCs, (n_repeats, n_rows).

    Args:
        items: Of each repeat.
        sample: Of the same speakers and repeats, of this model or another.
    """
    return np.array(
        [auroc(it, repeat.weights) for it, repeat in zip(items, sample.repeats, strict=True)]
    )
