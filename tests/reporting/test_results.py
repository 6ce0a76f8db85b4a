"""Tables of a corpus and of one cross-validation."""

from collections.abc import Callable

import pandas as pd
import pytest

from dysarthria_lightning.config import Config
from dysarthria_lightning.evaluation.metrics import METRICS, WITHIN_FOLDS
from dysarthria_lightning.reporting.corpus import duration_table
from dysarthria_lightning.reporting.display import TextTable
from dysarthria_lightning.reporting.nouns import RECORDINGS, SEGMENTS
from dysarthria_lightning.reporting.paper.corpus_text import corpus_table
from dysarthria_lightning.reporting.paper.tables import corpus_counts
from dysarthria_lightning.reporting.results import results_notes, results_table, results_title

RECORDS = [
    {"fingerprint": {"corpus": {"content": "c8abc10307ed61d6"}}, "finished": "2026-01-02T03:04:05"}
]


def values(table: TextTable) -> dict[str, list[str]]:
    return {
        "header": table.header[1:],
        **{name: [text.value for text in row] for name, row in table.rows},
    }


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
    counts = corpus_counts(make_recordings().drop_duplicates("source_id"))
    table = corpus_table(counts, "title", RECORDINGS, beside_paper=False)
    assert values(table) == {
        "header": ["Ratio", "Female", "Male", "Gender unknown", "Total"],
        "Dysarthric": ["50.0 %", "2 [4]", "0 [0]", "0 [0]", "2 [4]"],
        "Healthy": ["50.0 %", "0 [0]", "1 [2]", "1 [2]", "2 [4]"],
        "Total": ["100.0 %", "2 [4]", "1 [2]", "1 [2]", "4 [8]"],
    }
    assert not any(text.paper for _, row in table.rows for text in row)


def test_the_papers_counts_stand_beside_ours() -> None:
    counts = corpus_counts(make_recordings().drop_duplicates("source_id"))
    rows = dict(corpus_table(counts, "title", RECORDINGS).rows)
    ratio, women, _, unknown, total = rows["Dysarthric"]
    assert ratio.paper == "46.6 %"
    assert women.paper == "12 [1,001]"
    assert unknown.paper == ""
    assert total.paper == "31 [2,793]"


def test_duration_table_is_of_whole_recordings() -> None:
    rows = values(duration_table(make_recordings()))
    assert rows["Dysarthric"] == ["1.75 ± 0.83", "1.00–3.00", "8", "48–48", "44.1 ×4"]
    assert rows["Healthy"] == ["1.50 ± 0.50", "1.00–2.00", "8", "48–48", "8 ×4"]


def make_metrics(levels: dict[str, float], repeats: int = 1) -> pd.DataFrame:
    """Rows as ``judge`` gives them: metric by metric a tenth more, plus what a level adds."""
    rows = [
        {"level": level, "metric": metric, "value": 0.1 * n + k, "low": 0.0, "high": 1.0}
        | {"smallest": 0.1 * n, "largest": 0.1 * n + 0.2, "repeats": repeats}
        | {"chance_low": 0.3, "chance_high": 0.7 if metric == WITHIN_FOLDS else float("nan")}
        for level, k in levels.items()
        for n, metric in enumerate(METRICS)
    ]
    return pd.DataFrame(rows)


def test_results_table_has_a_row_per_metric_and_a_column_per_level() -> None:
    levels = {"recording": 0.0, "speaker_soft_majority": 0.05, "speaker_noisy_or": 0.01}
    metrics = make_metrics(levels)
    # Not defined, and without an interval.
    metrics.loc[0, ["value", "low", "high"]] = float("nan")
    metrics.loc[2, ["low", "high"]] = float("nan")
    table = results_table("title", metrics, ["note"], RECORDINGS, several_models=True)
    rows = values(table)
    assert rows["header"] == [
        *("Single recordings", "Speakers, soft majority", "Speakers, noisy-OR"),
    ]
    assert list(rows)[1:] == [
        *("AUROC, pairs within a fold", "AUROC, pooled", "Average precision"),
        *("Accuracy", "Precision", "Recall", "F1"),
    ]
    assert rows["AUROC, pairs within a fold"] == ["–", "5.0 (0.0–100.0)", "1.0 (0.0–100.0)"]
    assert rows["AUROC, pooled"] == ["10.0 (0.0–100.0)", "15.0 (0.0–100.0)", "11.0 (0.0–100.0)"]
    assert rows["Average precision"][0] == "20.0 (too few speakers)"
    assert rows["F1"] == ["60.0 (0.0–100.0)", "65.0 (0.0–100.0)", "61.0 (0.0–100.0)"]
    chance = {name: {text.chance for text in row} for name, row in table.rows}
    assert chance.pop("AUROC, pairs within a fold") == {"30.0–70.0"}
    assert set().union(*chance.values()) == {""}
    assert {text.spread for _, row in table.rows for text in row} == {""}


def test_results_of_one_model_have_one_auroc() -> None:
    """Where one model judged all, pooled scores are those of a fold."""
    metrics = make_metrics({"recording": 0.0})
    rows = values(results_table("title", metrics, [], RECORDINGS, several_models=False))
    assert rows["AUROC"] == ["0.0 (0.0–100.0)"]
    assert not [name for name in rows if name.startswith("AUROC,")]


def test_results_over_repeats_show_the_smallest_and_the_largest() -> None:
    metrics = make_metrics({"recording": 0.0}, repeats=3)
    table = results_table("title", metrics, [], RECORDINGS, several_models=True)
    spreads = {name: row[0].spread for name, row in table.rows}
    assert spreads["AUROC, pairs within a fold"] == "0.0–20.0"
    assert spreads["F1"] == "60.0–80.0"


@pytest.mark.parametrize(
    ("several_models", "within", "said", "unsaid"),
    [
        (
            True,
            0.7,
            "of pairs that the same fold's model judged",
            "Too few speakers of both classes",
        ),
        (True, float("nan"), "Too few speakers of both classes", "the same fold's model judged"),
        (False, 0.7, "Chance: the range", "pooled"),
    ],
)
def test_results_say_which_auroc_they_are_about(
    several_models: bool, within: float, said: str, unsaid: str
) -> None:
    metrics = make_metrics({"recording": 0.0})
    metrics.loc[metrics["metric"] == WITHIN_FOLDS, "value"] = within
    text = " ".join(results_notes(metrics, RECORDINGS, several_models=several_models))
    assert said in text
    assert unsaid not in text
    assert "They leave out training again, on these speakers or on others" in text
    several = results_notes(metrics.assign(repeats=2), RECORDINGS, several_models=several_models)
    assert "of speakers and repeats" in " ".join(several)


@pytest.mark.parametrize("levels", [["recording"], ["recording", "speaker_noisy_or"]])
def test_results_say_why_a_score_calls_nobody_and_whose_mix_precision_is_of(
    levels: list[str],
) -> None:
    metrics = make_metrics(dict.fromkeys(levels, 0.0))
    table = results_table("title", metrics, ["note"], RECORDINGS, several_models=True)
    notes = [note for _, note in table.footnotes]
    assert notes[0] == "note"
    assert "Precision, F1 and average precision are of this mix" in notes[1]
    assert "biased as the pooled AUROC is if folds are not stratified" in notes[2]
    ranks_only = [note for note in notes if "calls nobody dysarthric" in note]
    assert len(ranks_only) == len(levels) - 1
    assert all(note.startswith("Noisy-OR ranks speakers") for note in ranks_only)


PREDICTIONS = pd.DataFrame(
    {"recording_id": ["A0", "A1", "B0"], "speaker_id": ["A", "A", "B"], "label": [1, 1, 0]}
)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["tag=wide"], "tones, novel speakers, lstm1, 13 coefficients, subset all, repeat 0"),
        (
            ["protocol=known_speakers", "n_mfcc=25"],
            "tones, known speakers, lstm1, 25 coefficients, subset all, repeat 0",
        ),
        (["repeat=2"], "tones, novel speakers, lstm1, 13 coefficients, subset all, repeat 2"),
        (
            ["seed=1"],
            "tones, novel speakers, lstm1, 13 coefficients, subset all, split 0, seed 1",
        ),
    ],
)
def test_results_title_says_what_was_judged(
    overrides: list[str], expected: str, tone_config: Callable[..., Config]
) -> None:
    title = results_title([tone_config(*overrides)], PREDICTIONS, RECORDS, compared=True)
    what, counts, trained = title.splitlines()
    assert what == expected + (", tag wide" if "tag=wide" in overrides else "")
    n_folds = "1 fold" if "known" in expected else "3 folds"
    assert counts == f"2 test speakers (1 dysarthric), 3 recordings, {n_folds}"
    assert trained == "corpus content c8abc103, trained 2026-01-02"


@pytest.mark.parametrize(
    ("repeats", "expected"), [([0, 1, 2], "repeats 0 to 2"), ([0, 2], "repeats 0, 2")]
)
def test_results_title_names_the_repeats(
    repeats: list[int], expected: str, tone_config: Callable[..., Config]
) -> None:
    configs = [tone_config(f"repeat={number}") for number in repeats]
    twice = pd.concat([PREDICTIONS] * 2)
    what, counts, _ = results_title(configs, twice, RECORDS, compared=True).splitlines()
    assert what.endswith(f"subset all, {expected}")
    # The same people and recordings in every repeat.
    assert counts == "2 test speakers (1 dysarthric), 3 recordings, 3 folds"


def test_results_of_segments_call_them_so(tone_config: Callable[..., Config]) -> None:
    config = tone_config("data.segment_s=0.1")
    assert "3 segments" in results_title([config], PREDICTIONS, RECORDS, compared=True)
    metrics = make_metrics({"recording": 0.0})
    table = results_table("title", metrics, [], SEGMENTS, several_models=True)
    assert table.header[1:] == ["Single segments"]
