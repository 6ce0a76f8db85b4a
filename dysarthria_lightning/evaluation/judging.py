"""From any table of predictions to speakers' scores and to values with intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.evaluation.bootstrap import DRAWS, make_sample
from dysarthria_lightning.evaluation.levels import SPEAKER_LEVELS, score_levels
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.score_tables import check_folds
from dysarthria_lightning.evaluation.study import Cell, CrossValidation
from dysarthria_lightning.evaluation.values import metrics_table


def speaker_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """Score speakers from predictions about their recordings.

    Args:
        predictions: One row per recording: ``speaker_id``, and ``logit`` or ``probability`` of
            dysarthria; ``label`` (0 healthy, 1 dysarthric) if it is known.

    Returns:
        One row per speaker, sorted: ``speaker_id``, ``label`` if it was given, ``n_recordings``,
        ``speaker_soft_majority`` (the mean probability; paper, equation 1) and
        ``speaker_noisy_or`` (paper, equation 2: a score, which can exceed 1).

    Raises:
        CorpusError: A column is missing, or a value is not allowed.

    Example:
        >>> import pandas as pd
        >>> predictions = pd.DataFrame(
        ...     {"speaker_id": ["A", "A", "B"], "probability": [0.9, 0.7, 0.2]}
        ... )
        >>> speaker_scores(predictions).round(3)
          speaker_id  n_recordings  speaker_soft_majority  speaker_noisy_or
        0          A             2                    0.8             2.753
        1          B             1                    0.2             1.223
    """
    labelled = "label" in predictions
    one_model = predictions.drop(columns=["fold", "repeat"], errors="ignore")
    checked = _check(one_model if labelled else one_model.assign(label=0))
    levels = score_levels(checked)
    speakers = checked.groupby("speaker_id").agg(
        label=("label", "first"), n_recordings=("label", "size")
    )
    scores = speakers.assign(**{key: levels[key].scores for key in SPEAKER_LEVELS}).reset_index()
    return scores if labelled else scores.drop(columns="label")


def judge_predictions(predictions: pd.DataFrame, seed: int = 0, draws: int = DRAWS) -> pd.DataFrame:
    """Judge predictions about recordings, with speakers as the unit.

    Intervals are of 95 %, from a bootstrap of speakers and repeats (:mod:`evaluation.intervals`).
    They leave out training on other speakers.

    Args:
        predictions: One row per recording: ``speaker_id``, ``label`` (0 healthy, 1 dysarthric), and
            ``logit`` or ``probability`` of dysarthria (``logit`` counts where both are given). They
            may come from anywhere. ``fold`` says which of several models judged a speaker, and
            ``repeat`` which of several cross-validations a row is of.
        seed: Draws speakers and repeats.
        draws: Number of bootstrap samples.

    Returns:
        Rows of ``level`` (``recording``, ``speaker_soft_majority``, ``speaker_noisy_or``),
        ``metric``, ``value``, ``low`` and ``high``, shares from 0 to 1; NaN where not defined.
        ``auroc_within_folds`` is there only if ``fold`` is given: the AUROC of pairs that one model
        judged. ``auroc`` is of pooled scores, which is biased low where several models judged.

    Raises:
        CorpusError: A column is missing, or a value is not allowed.
        ValueError: The seed or the number of draws is out of range.

    Example:
        >>> import pandas as pd
        >>> predictions = pd.DataFrame(
        ...     {
        ...         "speaker_id": [f"S{n // 2}" for n in range(40)],
        ...         "label": [n // 2 % 2 for n in range(40)],
        ...         "probability": [0.3 + 0.3 * (n // 2 % 2) + 0.02 * (n % 9) for n in range(40)],
        ...     }
        ... )
        >>> judged = judge_predictions(predictions, draws=500)
        >>> found = judged.query("level == 'speaker_soft_majority' and metric == 'auroc'")
        >>> found[["value", "low", "high"]].round(2).to_numpy().tolist()
        [[1.0, 0.69, 1.0]]
    """
    judged = judge_fully(predictions, seed, draws)
    return judged[["level", "metric", "value", "low", "high"]]


def judge_fully(predictions: pd.DataFrame, seed: int = 0, draws: int = DRAWS) -> pd.DataFrame:
    """Judge predictions as :func:`judge_predictions` does, and keep all that is found.

    Args:
        predictions: See there.
        seed: Likewise.
        draws: Likewise.

    Returns:
        Likewise, and of each row what :func:`values.metrics_table` says besides.

    Raises:
        CorpusError: See there.
        ValueError: Likewise.
    """
    if seed < 0 or draws < 1:
        raise ValueError(f"seed = {seed}, draws = {draws}: at least 0 and 1")
    checked = _number_folds(_check(predictions))
    nothing = pd.DataFrame()
    repeats = [
        CrossValidation(Cell("", "", "", ""), int(number), test, nothing, nothing)
        for number, test in checked.groupby("repeat")
    ]
    judged = metrics_table(make_sample(repeats, np.random.default_rng(seed), draws))
    if "fold" not in predictions:  # then nobody knows which pairs one model judged
        judged = judged[judged["metric"] != WITHIN_FOLDS].reset_index(drop=True)
    return judged


def _check(predictions: pd.DataFrame) -> pd.DataFrame:
    """Complete a table of predictions, or say what is wrong with it."""
    _need(predictions, ("speaker_id", "label"))
    predictions = predictions.reset_index(drop=True)
    if predictions["speaker_id"].isna().any():
        raise CorpusError("speaker_id: some are missing")
    for column in ("label", "logit", "probability"):
        if column in predictions:
            numbers = pd.to_numeric(predictions[column], errors="coerce")
            predictions = predictions.assign(**{column: numbers})
    if "logit" not in predictions:
        _need(predictions, ("probability",))
        if not predictions["probability"].between(0, 1).all():
            raise CorpusError("probability: expected numbers from 0 to 1")
        with np.errstate(divide="ignore"):
            odds = np.log(predictions["probability"]) - np.log1p(-predictions["probability"])
        # Of 0 and 1 the logits are infinite; these are as far off as double precision tells.
        predictions = predictions.assign(logit=odds.clip(-36.7, 36.7))
    if not np.isfinite(predictions["logit"].astype(float)).all():
        raise CorpusError("logit: expected finite numbers")
    if not predictions["label"].isin([0, 1]).all():
        raise CorpusError("label: expected 0 (healthy) or 1 (dysarthric)")
    labels = predictions.groupby("speaker_id")["label"].nunique()
    if (labels > 1).any():
        raise CorpusError(f"speaker {labels.idxmax()} has labels 0 and 1; expected one")
    return predictions.astype({"speaker_id": str, "label": int, "logit": float})


def _number_folds(predictions: pd.DataFrame) -> pd.DataFrame:
    """Number folds and repeats from 0, whatever they are called."""
    for column in ("fold", "repeat"):
        given = predictions.get(column, pd.Series(0, index=predictions.index))
        if given.isna().any():
            raise CorpusError(f"{column}: some are missing; give all or leave the column out")
        predictions = predictions.assign(**{column: pd.factorize(given, sort=True)[0]})
    check_folds(predictions)
    return predictions


def _need(predictions: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in predictions]
    if missing or predictions.empty:
        what = f"column {missing[0]} is missing" if missing else "there are no rows"
        raise CorpusError(f"predictions: {what}")
