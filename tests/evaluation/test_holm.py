"""Holm's correction on an example by hand, and against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dysarthria_lightning.evaluation.holm import correct_holm


def test_an_example_by_hand() -> None:
    adjusted = correct_holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_it_is_the_definition(p_values: list[float]) -> None:
    def adjust(p: float) -> float:
        steps = [
            (len(p_values) - place) * smaller
            for place, smaller in enumerate(sorted(p_values))
            if smaller <= p
        ]
        return min(1.0, max(steps))

    # Equal p-values: the last of them in order decides for all, as they are rejected together.
    expected = [adjust(p) for p in p_values]
    assert correct_holm(np.array(p_values)) == pytest.approx(expected)


def test_undefined_p_values_do_not_count() -> None:
    adjusted = correct_holm(np.array([0.02, np.nan, 0.01]))
    assert adjusted == pytest.approx([0.02, np.nan, 0.02], nan_ok=True)
    assert np.isnan(correct_holm(np.array([np.nan]))).all()
