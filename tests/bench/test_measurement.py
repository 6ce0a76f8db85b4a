"""Whether a figure is what it should be."""

import pytest

from bench.measurement import Measurement


@pytest.mark.parametrize(
    ("ratio", "at_most", "reached"),
    [(2.0, False, True), (1.99, False, False), (2.0, True, True), (2.01, True, False)],
)
def test_an_aim_is_reached_from_the_right_side(ratio: float, at_most: bool, reached: bool) -> None:
    assert Measurement("x", 1.0, "y", 1.0, ratio, aim=2.0, at_most=at_most).reached is reached
