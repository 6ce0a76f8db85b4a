"""The published numbers, against the tables as the paper prints them."""

import pytest

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.paper import values as paper

PRINTED_II = """
Baseline 79.0 79.5 82.9 81.2
LSTM-1 88.7 88.5 81.2 84.7
LSTM-2 88.7 88.0 81.7 84.7
Bi-LSTM-1 87.8 86.6 81.8 84.1
"""
PRINTED_III = """
speaker_soft_majority 85.4 78.5 84.7
speaker_noisy_or 85.4 78.5 84.7
recording 75.4 65.9 71.4
"""
PRINTED_IV = """
LSTM-1 85.4 92.3 62.1
LSTM-2 78.5 90.2 84.5
Bi-LSTM-1 84.7 92.0 85.9
"""
PRINTED_V = """
LSTM-1 85.4 90.1 81.7
LSTM-2 78.5 88.2 87.1
Bi-LSTM-1 84.7 88.4 90.4
"""
BY_NAME = {name: model for model, name in paper.MODEL_NAMES.items()}


def rows(printed: str) -> dict[str, list[float]]:
    lines = [line.split() for line in printed.strip().splitlines()]
    return {BY_NAME.get(name, name): [float(value) for value in values] for name, *values in lines}


@pytest.mark.parametrize(
    ("ours", "printed", "columns"),
    [
        (paper.TABLE_II, PRINTED_II, ["accuracy", "precision", "recall", "f1"]),
        (paper.TABLE_III, PRINTED_III, ["lstm1", "lstm2", "bilstm1"]),
        (paper.TABLE_IV, PRINTED_IV, ["all", "no_cv", "no_ca"]),
        (paper.TABLE_V, PRINTED_V, ["mfcc13", "mfcc19", "mfcc25"]),
    ],
)
def test_values_are_those_printed(
    ours: dict[str, dict[str | int, float]], printed: str, columns: list[str | int]
) -> None:
    expected = rows(printed)
    assert {name: list(values.values()) for name, values in ours.items()} == expected
    assert all(list(values) == columns for values in ours.values())


def test_table_i_adds_up_to_the_papers_totals() -> None:
    def total(*, label: int | None = None, gender: str | None = None) -> tuple[int, int]:
        counts = [
            pair
            for (of, who), pair in paper.TABLE_I.items()
            if label in (None, of) and gender in (None, who)
        ]
        return sum(n for n, _ in counts), sum(n for _, n in counts)

    assert total(gender="female") == (31, 2601)
    assert total(gender="male") == (38, 3397)
    assert total() == (69, 5998)
    assert round(100 * total(label=1)[1] / 5998, 1) == 46.6
    assert round(100 * total(label=0)[1] / 5998, 1) == paper.MAJORITY_ACCURACY == 53.4


def test_the_text_contradicts_table_iii_once() -> None:
    assert paper.LSTM2_SYLLABLE_LEVEL_IN_TEXT == 69.5
    assert paper.TABLE_III["recording"]["lstm2"] == 65.9


def test_there_are_four_cells_of_known_and_sixteen_of_novel_speakers() -> None:
    assert (len(paper.KNOWN_CELLS), len(paper.NOVEL_CELLS)) == (4, 16)
    assert len(set(paper.CELLS)) == 20
    baselines = [cell for cell in paper.NOVEL_CELLS if cell.model == "baseline"]
    assert baselines == [Cell("novel_speakers", "all", "mfcc13", "baseline")]


def test_cells_come_in_the_papers_order_and_others_behind() -> None:
    other = Cell("novel_speakers", "all", "mfcc13", "gru")
    first = [
        Cell("known_speakers", "all", "mfcc13", "bilstm1"),
        Cell("novel_speakers", "all", "mfcc13", "lstm2"),
    ]
    later = [other, Cell("novel_speakers", "all", "mfcc25", "lstm1")]
    last = [
        Cell("novel_speakers", "no_cv", "mfcc13", "lstm1"),
        Cell("novel_speakers", "no_ca", "mfcc13", "lstm1"),
    ]
    expected = [*first, *later, *last]
    shuffled = [expected[place] for place in (3, 0, 5, 1, 4, 2)]
    assert sorted(shuffled, key=paper.order_of_cell) == expected
    assert paper.model_name("gru") == "gru"
