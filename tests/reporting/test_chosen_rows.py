"""Rows chosen from the tables of an analysis are those that a loop finds, in their order."""

import pandas as pd
import pytest

from dysarthria_lightning.reporting.content import select


@pytest.mark.parametrize("models", ["aabb", "abab", "abba", "bbba", "abbb", "bbbb", "aaaa"])
def test_rows_that_stand_together_or_apart_are_found(models: str) -> None:
    table = pd.DataFrame({"model": [*models], "level": 1, "value": range(len(models))})
    expected = [place for place, model in enumerate(models) if model == "a"]
    assert select(table, model="a", level=1)["value"].tolist() == expected
    assert select(table, model="a", level=2).empty
