"""Draws take repeats too: against a loop over the draws, and by what intervals then hold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_studies import simulate_crossvalidation, simulate_recordings

from dysarthria_lightning.evaluation.bootstrap import Sample, make_sample
from dysarthria_lightning.evaluation.metrics import auroc
from dysarthria_lightning.evaluation.values import metrics_table

LEVEL = "speaker_soft_majority"
N_SPEAKERS, DRAWS = 4, 6


def sample_of(n_repeats: int, seed: int = 0, draws: int = DRAWS) -> Sample:
    recordings = simulate_recordings(np.random.default_rng(1), N_SPEAKERS + 1)
    only = simulate_crossvalidation(recordings, np.random.default_rng(0), n_validation=1)
    repeats = [replace(only, repeat=number) for number in range(n_repeats)]
    return make_sample(repeats, np.random.default_rng(seed), draws)


@given(st.data())
def test_every_draw_averages_the_repeats_that_it_drew(data: st.DataObject) -> None:
    n_repeats = data.draw(st.integers(1, 5))
    sample = sample_of(n_repeats, seed=data.draw(st.integers(0, 9)))
    n_rows = 1 + N_SPEAKERS + DRAWS
    one = st.lists(st.floats(0, 1), min_size=n_rows, max_size=n_rows)
    values = [np.array(data.draw(one)) for _ in range(n_repeats)]
    n_drawn = data.draw(st.sampled_from([None, 1, 2 * n_repeats]))
    expected = []
    for row in range(n_rows):
        of_row = [float(of_repeat[row]) for of_repeat in values]
        if row > N_SPEAKERS and n_repeats > 1:
            luck = sample.luck[row - 1 - N_SPEAKERS][:n_drawn]
            of_row = [of_row[int(each * n_repeats)] for each in luck]
        expected.append(sum(of_row) / len(of_row))
    assert sample.average(values, n_drawn) == pytest.approx(expected)


def test_twice_as_many_are_drawn_as_there_are_and_all_are_as_likely() -> None:
    sample = sample_of(4, draws=5000)
    assert sample.luck.shape == (5000, 8)
    # The mean of each repeat's number: of eight, drawn from four.
    values = [np.full(1 + N_SPEAKERS + 5000, float(number)) for number in range(4)]
    means = sample.average(values)
    assert (means[: 1 + N_SPEAKERS] == 1.5).all()
    drawn = means[1 + N_SPEAKERS :]
    assert drawn.mean() == pytest.approx(1.5, abs=0.02)
    assert drawn.var() == pytest.approx(1.25 / 8, rel=0.1)
    assert sample.average(values, n_drawn=2)[1 + N_SPEAKERS :].var() == pytest.approx(
        1.25 / 2, rel=0.1
    )


def test_one_repeat_is_averaged_with_no_other() -> None:
    sample = sample_of(1)
    values = np.arange(1.0 + N_SPEAKERS + DRAWS)
    assert sample.average([values]).tolist() == values.tolist()


def test_a_repeat_that_counts_not_is_not_drawn() -> None:
    """Of three repeats two have the statistic, such as a group's AUROC."""
    sample = sample_of(3)
    values = [np.full(1 + N_SPEAKERS + DRAWS, value) for value in (0.25, 0.75)]
    means = sample.average(values)
    assert ((means >= 0.25) & (means <= 0.75)).all()
    assert means[0] == 0.5


def test_what_is_not_defined_in_a_drawn_repeat_is_not_in_the_draw() -> None:
    sample = sample_of(3, draws=50)
    n_rows = 1 + N_SPEAKERS + 50
    values = [np.ones(n_rows), np.ones(n_rows), np.full(n_rows, np.nan)]
    means = sample.average(values)
    assert np.isnan(means[: 1 + N_SPEAKERS]).all()
    drew_it = (sample.luck >= 2 / 3).any(axis=1)
    assert np.isnan(means[1 + N_SPEAKERS :]).tolist() == drew_it.tolist()


def simulate(seeds: list[int]) -> Sample:
    recordings = simulate_recordings(np.random.default_rng(1))
    repeats = [
        simulate_crossvalidation(recordings, np.random.default_rng(seed), repeat=number)
        for number, seed in enumerate(seeds)
    ]
    return make_sample(repeats, np.random.default_rng(0), 400)


def test_repeats_that_disagree_spread_the_draws() -> None:
    sample = simulate([0, 1, 2, 3, 4])
    values = [auroc(repeat.levels[LEVEL], repeat.weights) for repeat in sample.repeats]
    assert len({of_repeat[0] for of_repeat in values}) > 1
    first = sample.resample.first_draw
    of_speakers_only = np.mean(values, axis=0)[first:]
    of_both = sample.average(values)[first:]
    assert np.nanstd(of_both) > 1.1 * np.nanstd(of_speakers_only)


def test_a_repeat_given_five_times_is_one_repeat() -> None:
    rows = [
        metrics_table(simulate(seeds)).set_index(["level", "metric"]).loc[LEVEL, "auroc"]
        for seeds in ([0], [0, 0, 0, 0, 0])
    ]
    columns = ["value", "low", "high", "smallest", "largest"]
    assert rows[1][columns].tolist() == pytest.approx(rows[0][columns].tolist())
