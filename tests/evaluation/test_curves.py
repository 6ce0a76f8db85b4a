"""Curves on the grid against scikit-learn's, with weights as copied items."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_studies import simulate_crossvalidation, simulate_recordings
from sklearn import metrics as sk

from dysarthria_lightning.evaluation import curves
from dysarthria_lightning.evaluation.bootstrap import make_sample
from dysarthria_lightning.evaluation.curves import STEPS, curves_table, grid, make_curves
from dysarthria_lightning.evaluation.metrics import Scores, average_precision

LEVELS = ("recording", "speaker_soft_majority", "speaker_noisy_or")


def roc_by_sklearn(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The line through scikit-learn's points; of a vertical part, the upper end."""
    false, true, _ = sk.roc_curve(labels, scores, drop_intermediate=False)
    line = []
    for x in grid():
        # Tolerant: a rate of 0.3 counts as met by 3 of 10.
        before = np.flatnonzero(false <= x + 1e-9)[-1]
        if before == len(false) - 1:
            line.append(true[-1])
            continue
        share = max(0.0, (x - false[before]) / (false[before + 1] - false[before]))
        line.append(true[before] + share * (true[before + 1] - true[before]))
    return np.array(line)


def precision_by_sklearn(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The precision at the highest of scikit-learn's thresholds that reaches each recall."""
    precision, recall, _ = sk.precision_recall_curve(labels, scores)
    # Recall falls; the last point, (0, 1), belongs to no threshold.
    precision, recall = precision[:-1], recall[:-1]
    line = []
    for x in grid():
        reached = np.flatnonzero((recall >= x - 1e-9) & (recall > 0))
        line.append(precision[reached[-1]])
    return np.array(line)


@st.composite
def weighted_items(draw: st.DrawFn) -> tuple[Scores, np.ndarray]:
    n_speakers = draw(st.integers(2, 9))
    labels = np.array(draw(st.lists(st.integers(0, 1), min_size=n_speakers, max_size=n_speakers)))
    speakers = np.repeat(np.arange(n_speakers), draw(st.integers(1, 3)))
    # A coarse grid makes ties frequent.
    scores = draw(st.lists(st.integers(0, 6), min_size=len(speakers), max_size=len(speakers)))
    weights = draw(
        st.lists(
            st.lists(st.integers(0, 3), min_size=n_speakers, max_size=n_speakers),
            min_size=1,
            max_size=4,
        )
    )
    items = Scores(np.array(scores) / 6, labels[speakers], speakers, 0.5, n_speakers)
    return items, np.array(weights, dtype=float)


@settings(max_examples=60, deadline=None)
@given(weighted_items())
def test_lines_are_scikit_learns_on_copied_items(case: tuple[Scores, np.ndarray]) -> None:
    items, weights = case
    roc, precision = make_curves(items, weights)
    for row, draw in enumerate(weights):
        copies = draw[items.speakers].astype(int)
        labels, scores = np.repeat(items.labels, copies), np.repeat(items.scores, copies)
        if len(set(labels)) < 2:
            assert np.isnan(roc[row]).all()
        else:
            assert roc[row] == pytest.approx(roc_by_sklearn(labels, scores))
        if not labels.any():
            assert np.isnan(precision[row]).all()
        else:
            assert precision[row] == pytest.approx(precision_by_sklearn(labels, scores))


def test_blocks_of_draws_give_what_all_at_once_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(12), 5)
    items = Scores(rng.normal(size=60), speakers % 2, speakers, 0.0, 12)
    weights = rng.integers(0, 4, (50, 12)).astype(float)
    together = make_curves(items, weights)
    monkeypatch.setattr(curves, "_BLOCK", 7 * 60)
    for block, whole in zip(make_curves(items, weights), together, strict=True):
        np.testing.assert_array_equal(block, whole)


@pytest.mark.parametrize("last", [-1, 5, 11])
def test_curves_of_a_selection_take_the_weights_of_all_speakers(last: int) -> None:
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(12), 5)
    items = Scores(rng.normal(size=60), speakers % 2, speakers, 0.0, 12)
    weights = rng.integers(1, 4, (4, 12)).astype(float)
    kept = items.select(speakers <= last)
    rates, precision = make_curves(kept, weights)
    if last < 0:
        assert np.isnan(rates).all()
        assert np.isnan(precision).all()
        return
    for row, drawn in enumerate(weights):
        repeats = drawn[kept.speakers].astype(int)
        labels, scores = np.repeat(kept.labels, repeats), np.repeat(kept.scores, repeats)
        assert rates[row] == pytest.approx(roc_by_sklearn(labels, scores))
        assert precision[row] == pytest.approx(precision_by_sklearn(labels, scores))


def test_the_area_under_the_precision_is_the_average_precision() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(2000) % 2
    items = Scores(rng.normal(size=2000) + labels, labels, np.arange(2000), 0.0, 2000)
    weights = np.ones((1, 2000))
    _, precision = make_curves(items, weights)
    area = np.trapezoid(precision[0], grid())
    assert area == pytest.approx(average_precision(items, weights)[0], abs=0.01)


def test_bands_hold_the_middle_95_of_100_draws_of_speakers_and_repeats() -> None:
    recordings = simulate_recordings(np.random.default_rng(1))
    repeats = [
        simulate_crossvalidation(recordings, np.random.default_rng(r), repeat=r) for r in range(2)
    ]
    sample = make_sample(repeats, np.random.default_rng(0), draws=60)
    table = curves_table(sample, "recording").set_index("curve")
    assert list(table.columns) == ["x", "y", "low", "high"]
    lines = {"roc": roc_by_sklearn, "pr": precision_by_sklearn}
    for curve, line in lines.items():
        drawn = []
        first = sample.resample.first_draw
        for row in (0, *range(first, len(sample.resample.weights))):
            of_draw = []
            for repeat in sample.repeats:
                test = repeat.crossvalidation.test
                copies = repeat.weights[row, repeat.levels["recording"].speakers].astype(int)
                labels, logits = test["label"].to_numpy(), test["logit"].to_numpy()
                of_draw.append(line(np.repeat(labels, copies), np.repeat(logits, copies)))
            # Of two repeats each draw takes four.
            places = [0, 1] if row == 0 else (sample.luck[row - first] * 2).astype(int)
            assert len(places) == (2 if row == 0 else 4)
            drawn.append(np.mean([of_draw[place] for place in places], axis=0))
        rows = table.loc[curve]
        assert rows["y"].to_numpy() == pytest.approx(drawn[0])
        low, high = np.percentile(drawn[1:], [2.5, 97.5], axis=0)
        assert rows["low"].to_numpy() == pytest.approx(low)
        assert rows["high"].to_numpy() == pytest.approx(high)


def test_of_many_draws_the_first_make_the_band(monkeypatch: pytest.MonkeyPatch) -> None:
    recordings = simulate_recordings(np.random.default_rng(1))
    repeats = [simulate_crossvalidation(recordings, np.random.default_rng(0))]
    # Speakers come from one stream, so fewer draws are the first of more.
    few = make_sample(repeats, np.random.default_rng(0), draws=20)
    many = make_sample(repeats, np.random.default_rng(0), draws=300)
    monkeypatch.setattr(curves, "BAND_DRAWS", 20)
    assert curves_table(many, "recording").equals(curves_table(few, "recording"))


@pytest.mark.parametrize("level", LEVELS)
def test_one_class_has_no_curve(level: str) -> None:
    recordings = simulate_recordings(np.random.default_rng(1)).query("label == 0")
    repeats = [simulate_crossvalidation(recordings, np.random.default_rng(0), n_validation=2)]
    table = curves_table(make_sample(repeats, np.random.default_rng(0), draws=10), level)
    assert len(table) == 2 * (STEPS + 1)
    assert table[["y", "low", "high"]].isna().all(axis=None)
