"""AUROCs pair by pair, in loops that share nothing with what they judge."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.metrics import Scores

Floats = NDArray[np.float64]


def auroc_of_pairs(
    labels: Sequence[int] | NDArray[np.int64],
    scores: Sequence[float] | Floats,
    folds: Sequence[int] | NDArray[np.int64] | None = None,
) -> float:
    """Won pairs by all pairs of one fold, ties half; NaN where there are none."""
    labels, scores = list(labels), list(scores)
    of_items = [0] * len(labels) if folds is None else list(folds)
    won, pairs = 0.0, 0
    for label, score, fold in zip(labels, scores, of_items, strict=True):
        for other_label, other_score, other_fold in zip(labels, scores, of_items, strict=True):
            if label == 1 and other_label == 0 and fold == other_fold:
                won += 1.0 if score > other_score else 0.5 if score == other_score else 0.0
                pairs += 1
    return won / pairs if pairs else float("nan")


def auroc_of_copies(items: Scores, weights: Floats) -> float:
    """The same with the items of each speaker copied as often as the speaker counts.

    Args:
        items: Scored items.
        weights: (n_speakers,) whole numbers.
    """
    copies = np.repeat(np.arange(len(items.scores)), weights[items.speakers].astype(int))
    folds = None if items.folds is None else items.folds[items.speakers[copies]]
    return auroc_of_pairs(items.labels[copies], items.scores[copies], folds)


def auroc_of_table(table: pd.DataFrame, score: str = "logit", *, pooled: bool = False) -> float:
    """The same of rows with ``label``, ``fold`` and a score."""
    folds = None if pooled else table["fold"].to_numpy()
    return auroc_of_pairs(table["label"].to_numpy(), table[score].to_numpy(), folds)


def mean_by_speaker(table: pd.DataFrame, score: str) -> pd.DataFrame:
    """One row for each speaker: ``label``, ``fold`` and the mean of a score."""
    rows = {
        speaker: {
            "label": of_one["label"].iloc[0],
            "fold": of_one["fold"].iloc[0],
            score: float(np.mean(of_one[score])),
        }
        for speaker, of_one in table.groupby("speaker_id")
    }
    return pd.DataFrame.from_dict(rows, orient="index")


@st.composite
def scores_in_folds(draw: st.DrawFn, least: int = 2, most: int = 8) -> Scores:
    """Items of speakers with one label and one fold each, in any order, with many ties."""
    n_speakers = draw(st.integers(least, most))

    def of_each(values: st.SearchStrategy[int]) -> NDArray[np.int64]:
        return np.array(draw(st.lists(values, min_size=n_speakers, max_size=n_speakers)))

    labels, folds = of_each(st.integers(0, 1)), of_each(st.sampled_from([0, 1, 2, 7]))
    sizes = of_each(st.integers(1, 4))
    speakers = np.repeat(np.arange(n_speakers), sizes)
    n_items = len(speakers)
    # A coarse grid makes ties frequent.
    grid = draw(st.lists(st.integers(0, 6), min_size=n_items, max_size=n_items))
    order = np.random.default_rng(draw(st.integers(0, 99))).permutation(n_items)
    return Scores(
        np.array(grid)[order] / 6.0,
        labels[speakers][order],
        speakers[order],
        0.5,
        n_speakers,
        folds if draw(st.booleans()) else None,
    )


def whole_weights(items: Scores) -> st.SearchStrategy[Floats]:
    """How often each speaker counts, from 0 to 3 times."""
    n = items.n_speakers
    return st.lists(st.integers(0, 3), min_size=n, max_size=n).map(lambda it: np.array(it, float))
