"""Tables, as a person reads them."""

from collections.abc import Callable

import pandas as pd
import pytest
from rich.console import Console
from rich.table import Table

from dysarthria_lightning.config import Config
from dysarthria_lightning.evaluation.intervals import Estimate
from dysarthria_lightning.reporting.corpus import corpus_table, duration_table
from dysarthria_lightning.reporting.tables import format_estimate, results_table, results_title


def cells(table: Table) -> dict[str, list[str]]:
    """Print a table and read its rows back."""
    console = Console(width=150)
    with console.capture() as captured:
        console.print(table)
    rows = [line.strip("│┃ ") for line in captured.get().splitlines() if line[:1] in "│┃"]
    split = [[cell.strip() for cell in row.replace("┃", "│").split("│")] for row in rows]
    return {row[0]: row[1:] for row in split}


def make_recordings() -> pd.DataFrame:
    """Two dysarthric women, a healthy man and one of unknown gender; two segments each."""
    rows = []
    for speaker, label, gender, n in (
        ("A", 1, "female", 3),
        ("B", 1, "female", 1),
        ("C", 0, "male", 2),
        ("D", 0, None, 2),
    ):
        for number in range(n):
            for segment in range(2):
                rows.append(
                    {
                        "recording_id": f"{speaker}{number}#{segment}",
                        "source_id": f"{speaker}{number}",
                        "source_duration_s": 1.0 + number,
                        "speaker_id": speaker,
                        "label": label,
                        "gender": gender,
                        "n_frames": 48,
                        "sample_rate_hz": 44_100 if label else 8_000,
                    }
                )
    return pd.DataFrame(rows)


def test_corpus_table_counts_speakers_and_whole_recordings() -> None:
    assert cells(corpus_table(make_recordings())) == {
        "Ratio": ["Female", "Male", "Gender unknown", "Total"],
        "Dysarthric": ["50.0 %", "2 [4]", "0 [0]", "0 [0]", "2 [4]"],
        "Healthy": ["50.0 %", "0 [0]", "1 [2]", "1 [2]", "2 [4]"],
        "Total": ["100.0 %", "2 [4]", "1 [2]", "1 [2]", "4 [8]"],
    }


def test_duration_table_is_of_whole_recordings() -> None:
    rows = cells(duration_table(make_recordings()))
    assert rows["Dysarthric"] == ["1.75 ± 0.83", "1.00-3.00", "8", "48-48", "44.1 ×4"]
    assert rows["Healthy"] == ["1.50 ± 0.50", "1.00-2.00", "8", "48-48", "8 ×4"]


def test_results_table_has_a_row_a_metric_and_a_column_a_level() -> None:
    metrics = ("auroc", "average_precision", "accuracy", "precision", "recall", "f1")
    metrics = pd.DataFrame(
        {"level": level, "metric": metric, "value": 0.1 * n + k, "low": 0.0, "high": 1.0}
        for k, level in (
            (0.0, "recording"),
            (0.05, "speaker_soft_majority"),
            (0, "speaker_noisy_or"),
        )
        for n, metric in enumerate(metrics)
    )
    rows = cells(results_table("title", metrics, "caption"))
    assert rows["%, with 95 % interval"] == [
        *("single recordings", "speakers, soft majority", "speakers, noisy-OR"),
    ]
    assert rows["AUROC"] == ["0.0 (0.0-100.0)", "5.0 (0.0-100.0)", "0.0 (0.0-100.0)"]
    assert rows["F1"] == ["50.0 (0.0-100.0)", "55.0 (0.0-100.0)", "50.0 (0.0-100.0)"]


def test_what_is_not_defined_is_a_dash() -> None:
    assert format_estimate(Estimate(float("nan"), float("nan"), float("nan"))) == "–"
    no_interval = Estimate(0.8, float("nan"), float("nan"))
    assert format_estimate(no_interval) == "80.0 (too few speakers)"


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["tag=wide"], "tones, novel speakers, lstm1, 13 coefficients, subset all"),
        (["protocol=known_speakers", "n_mfcc=25"], "tones, known speakers, lstm1, 25 coeff"),
    ],
)
def test_results_title_says_what_was_judged(
    overrides: list[str], expected: str, tone_config: Callable[..., Config]
) -> None:
    predictions = pd.DataFrame({"speaker_id": ["A", "A", "B"], "label": [1, 1, 0]})
    title = results_title(tone_config(*overrides), predictions)
    assert title.startswith(expected)
    assert "2 test speakers (1 dysarthric), 3 instances" in title
    assert ("tag wide" in title) == ("tag=wide" in overrides)
    assert title.endswith("1 fold" if "known" in expected else "3 folds")
