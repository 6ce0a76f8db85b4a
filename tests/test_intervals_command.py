"""``intervals`` as a user types it: any program's scores, read, judged, printed or refused."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.intervals import main

Call = Callable[..., str]


@pytest.fixture
def table() -> pd.DataFrame:
    """Three repeats of 20 speakers in four folds, two rows and two scores each."""
    rng = np.random.default_rng(0)
    parts = []
    for repeat in range(3):
        speakers = np.repeat(np.arange(20), 2)
        folds = (rng.permutation(20) % 4)[speakers]
        score = rng.normal(size=40) + speakers % 2
        parts.append(
            pd.DataFrame(
                {
                    "speaker_id": [f"S{speaker:02d}" for speaker in speakers],
                    "label": speakers % 2,
                    "score_a": score,
                    "score_b": score + rng.normal(size=40),
                    "fold": folds,
                    "repeat": repeat,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """Give words to the command; return what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["intervals", *words])
        run_command(main)
        return capsys.readouterr().out

    return call


@pytest.fixture
def said(call: Call) -> Call:
    """Give words to the command; return what it says as it refuses them."""

    def said(*words: str) -> str:
        with pytest.raises(SystemExit) as stop:
            call(*words)
        assert str(stop.value.code).startswith("error: ")
        return str(stop.value.code)

    return said


def auroc(rows: pd.DataFrame, score: str, *, pooled: bool = False) -> float:
    """Speakers' means pair by pair."""
    speakers = [
        (of_one["label"].iloc[0], of_one["fold"].iloc[0], of_one[score].mean())
        for _, of_one in rows.groupby("speaker_id")
    ]
    won = [
        (ours > theirs) + (ours == theirs) / 2
        for label, fold, ours in speakers
        for other_label, other_fold, theirs in speakers
        if label > other_label and (pooled or fold == other_fold)
    ]
    return float(np.mean(won))


def mean_auroc(table: pd.DataFrame, score: str, *, pooled: bool = False) -> float:
    return float(np.mean([auroc(it, score, pooled=pooled) for _, it in table.groupby("repeat")]))


def cells(printed: str, start: str) -> list[str]:
    """The cells of the printed row that begins so."""
    (line,) = [line for line in printed.splitlines() if line.strip().startswith(start)]
    return re.split(r"\s{2,}", line.strip())


def test_it_prints_values_with_intervals_chance_and_repeats(
    call: Call, table: pd.DataFrame
) -> None:
    table.to_csv("scores.csv", index=False)
    printed = call("scores.csv", "--draws", "200")
    assert "scores.csv: 20 speakers (10 dysarthric), 120 rows, 3 repeats" in printed
    for score in ("score_a", "score_b"):
        within, pooled = (
            cells(printed, f"{score}, speakers: AUROC, {name}")
            for name in ("pairs within a fold", "pooled")
        )
        assert within[1] == f"{100 * mean_auroc(table, score):.1f}"
        assert pooled[1] == f"{100 * mean_auroc(table, score, pooled=True):.1f}"
        each = [100 * auroc(it, score) for _, it in table.groupby("repeat")]
        assert within[4] == f"{min(each):.1f}–{max(each):.1f}"
        low, high = map(float, within[2].split("–"))
        assert low < float(within[1]) < high
        chance_low, chance_high = map(float, within[3].split("–"))
        assert chance_low < 50 < chance_high
        assert f"{score}, single rows" in printed
    difference = 100 * (mean_auroc(table, "score_a") - mean_auroc(table, "score_b"))
    assert cells(printed, "score_a less score_b")[1] == f"{difference:.1f}".replace("-", "−")
    assert "from 200 bootstrap draws of speakers and repeats" in " ".join(printed.split())


def test_the_same_table_in_any_format_prints_the_same(call: Call, table: pd.DataFrame) -> None:
    table.to_csv("scores.csv", index=False)
    expected = call("scores.csv", "--draws", "100")
    table.to_csv("semicolons.csv", index=False, sep=";")
    table.to_csv("tabs.csv", index=False, sep="\t", encoding="utf-8-sig", lineterminator="\r\n")
    table.to_parquet("scores.parquet")
    table.astype(str).to_parquet("text.parquet")
    table.astype({"label": float, "fold": "category"}).to_parquet("odd.parquet")
    table.sample(frac=1, random_state=1).to_csv("shuffled.csv", index=False)
    padded = table.rename(columns=lambda name: f" {name} ").assign(other="a, b")
    padded.to_csv("padded.csv", index=False, quoting=1)
    for file in ("semicolons.csv", "tabs.csv", "scores.parquet", "text.parquet", "odd.parquet",
                 "shuffled.csv", "padded.csv"):  # fmt: skip
        found = call(file, "--draws", "100")
        assert found.split() == expected.replace("scores.csv", file).split(), file


def test_one_row_a_speaker_and_one_model_need_no_more_than_three_columns(
    call: Call, table: pd.DataFrame
) -> None:
    one = table.query("repeat == 0").drop_duplicates("speaker_id")
    one = one[["speaker_id", "label", "score_a"]]
    one.to_csv("scores.csv", index=False)
    printed = call("scores.csv", "--draws", "100")
    assert "20 speakers (10 dysarthric), 20 rows, 1 repeat\n" in re.sub(" +\n", "\n", printed)
    value = auroc(one.assign(fold=0), "score_a")
    assert cells(printed, "score_a, speakers: AUROC")[1] == f"{100 * value:.1f}"
    for word in ("single rows", "fold", "Pooled", "Repeats", "Comparisons"):
        assert word not in printed


def test_folds_without_both_classes_are_pooled_and_it_is_said(
    call: Call, table: pd.DataFrame
) -> None:
    one = table.query("repeat == 0").drop_duplicates("speaker_id").assign(fold=range(20))
    one.drop(columns="score_b").to_csv("scores.csv", index=False)
    printed = call("scores.csv", "--draws", "100")
    assert "pairs within a fold" not in printed
    value = auroc(one, "score_a", pooled=True)
    assert cells(printed, "score_a, speakers: AUROC, pooled")[1] == f"{100 * value:.1f}"
    assert "Too few speakers of both classes" in printed


def test_predictions_of_a_cross_validation_are_judged(call: Call, table: pd.DataFrame) -> None:
    """As the folders of its folds have them, put together."""
    one = table.query("repeat == 0").rename(columns={"score_a": "logit"})
    for fold, rows in one.groupby("fold"):
        rows = rows[["speaker_id", "label", "logit"]]
        rows = rows.assign(recording_id="r", probability=1 / (1 + np.exp(-rows["logit"])))
        rows.to_parquet(f"fold{fold}.parquet")
    folds = [pd.read_parquet(f"fold{fold}.parquet").assign(fold=fold) for fold in range(4)]
    pd.concat(folds).to_parquet("predictions.parquet")
    printed = call("predictions.parquet", "--draws", "100")
    # The mean probability, soft majority, and not the mean logit, which ranks otherwise.
    one = one.assign(probability=1 / (1 + np.exp(-one["logit"])))
    value = auroc(one, "probability")
    found = cells(printed, "probability, speakers: AUROC, pairs within a fold")
    assert found[1] == f"{100 * value:.1f}"
    assert "logit" not in printed


def test_the_values_are_written(call: Call, table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv("scores.csv", index=False)
    printed = call("scores.csv", "--csv", "values.csv", "--draws", "100", "--scores", "score_b")
    assert "Values: values.csv" in printed
    assert "score_a" not in printed
    values = pd.read_csv("values.csv").set_index(["level", "metric"])
    assert set(values["score"]) == {"score_b"}
    row = values.loc["speaker_mean", "auroc_within_folds"]
    assert row["value"] == pytest.approx(mean_auroc(table, "score_b"))
    assert row["low"] < row["value"] < row["high"]
    assert row["chance_low"] < 0.5 < row["chance_high"]


def test_seeds_and_draws_change_intervals_and_no_values(call: Call, table: pd.DataFrame) -> None:
    table.to_csv("scores.csv", index=False)
    written = {}
    for name, words in {"first": [], "again": [], "other": ["--seed", "1"]}.items():
        call("scores.csv", "--draws", "100", "--csv", f"{name}.csv", *words)
        written[name] = pd.read_csv(f"{name}.csv")
    pd.testing.assert_frame_equal(written["first"], written["again"])
    assert written["first"]["value"].equals(written["other"]["value"])
    assert not written["first"]["low"].equals(written["other"]["low"])


def test_names_are_printed_as_they_are(call: Call, table: pd.DataFrame) -> None:
    table.rename(columns={"score_a": "score [dB]"}).to_csv("[red].csv", index=False)
    printed = call("[red].csv", "--scores", "score [dB]", "--draws", "100")
    assert "[red].csv: 20 speakers" in printed
    assert "score [dB], speakers: AUROC" in printed


HEADER = "speaker_id,label,score"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "scores.csv: cannot be read as a table: it is empty"),
        (HEADER, "scores.csv: there are no rows"),
        ("speaker_id,label\na,0\nb,1", "no column of scores: call it score, or name it"),
        ("speaker,label,score\na,0,1\nb,1,2", "column speaker_id is missing; --help lists"),
        (f"{HEADER}\na,0,1\nb,1,2,3", "row 3 has more cells than its header"),
        (f"{HEADER}\na,0,1\nb,2,2", "scores.csv, row 3: label is '2'; expected 0, 1, healthy"),
        (f"{HEADER}\na,0,1\nb,1,", "scores.csv, row 3: score is missing; expected a finite"),
        (f"{HEADER}\na,0,1\nb,1", "scores.csv, row 3: score is missing; expected a finite"),
        (f"{HEADER}\na,0,1\n,1,2", "scores.csv, row 3: speaker_id is missing; expected an id"),
        (f"{HEADER}\na,0,1\n\nb,1,x", "scores.csv, row 4: score is 'x'; expected a finite"),
        (f"{HEADER}\na;0;1,5", "scores.csv, row 2: label is '5'; expected 0, 1"),
        (
            "speaker_id;label;score\na;0;1,5",
            "score is '1,5'; expected a finite number, such as -1.5",
        ),
        (f"{HEADER}\na,0,1\na,1,2", "speaker a has both labels; expected one for each"),
        (f"{HEADER}\na,0,1\nb,0,2", "all speakers are healthy; expected healthy and dysarthric"),
        (f"{HEADER},fold\na,0,1,0\nb,1,2,", "row 3: fold is missing; expected every row's fold"),
        (f"{HEADER},fold\na,0,1,0\nb,1,2,0\nb,1,2,1", "speaker b is in several folds"),
        (f"{HEADER},repeat\na,0,1,x\nb,1,2,x\nb,1,2,y", "repeat y has speakers of one class only"),
        (f"{HEADER},score\na,0,1,2\nb,1,2,3", "there is more than one column score"),
        (f"{HEADER},label\na,0,1,0\nb,1,2,1", "there is more than one column label"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(text: str, message: str, said: Call) -> None:
    Path("scores.csv").write_text(text, encoding="utf-8")
    assert message in said("scores.csv")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: table"),
        (["nope.csv"], "nope.csv: there is no such file"),
        (["."], ".: there is no such file"),
        (
            ["scores.csv", "--scores", "nope"],
            "nope: there is no such column; there are: speaker_id",
        ),
        (["scores.csv", "--scores", "label"], "the column label holds no scores"),
        (["scores.csv", "--scores"], "--scores: expected at least one argument"),
        (["scores.csv", "--draws", "9"], "--draws: 9: at least 100"),
        (["scores.csv", "--draws", "1000000000"], "--draws: 1000000000: at most 100000"),
        (["scores.csv", "--draws", "many"], "--draws: many is no whole number"),
        (["scores.csv", "--seed", "-1"], "--seed: -1: at least 0"),
        (["scores.csv", "other.csv"], "unrecognized arguments: other.csv"),
        (["scores.csv", "draws=100"], "unrecognized arguments: draws=100"),
        (["scores.csv", "--csv", "scores.csv"], "would take the place of the scores"),
        (["scores.csv", "--csv", "no/folder.csv"], "no/folder.csv: cannot be written"),
        (["latin.csv"], "not UTF-8 text; save the table as CSV in UTF-8"),
        (["text.parquet"], "text.parquet: cannot be read as a table"),
    ],
)
def test_what_is_typed_wrongly_is_said(
    words: list[str], message: str, said: Call, table: pd.DataFrame
) -> None:
    table.to_csv("scores.csv", index=False)
    Path("latin.csv").write_bytes(f"{HEADER}\nJosИван,0,1".encode("koi8-r"))
    Path("text.parquet").write_text("no table", encoding="utf-8")
    before = Path("scores.csv").read_bytes()
    assert message in said(*words)
    assert Path("scores.csv").read_bytes() == before


def test_twin_columns_of_a_parquet_file_are_refused(said: Call) -> None:
    import pyarrow
    import pyarrow.parquet

    columns = [pyarrow.array(it) for it in (["a", "b"], [0, 1], [1.0, 2.0], [1.0, 2.0])]
    names = ["speaker_id", "label", "score", "score"]
    pyarrow.parquet.write_table(pyarrow.table(columns, names=names), "twins.parquet")
    assert "twins.parquet" in said("twins.parquet")


def test_help_shows_the_columns_and_an_example(call: Call, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        call("--help")
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    for word in ("speaker_id", "label", "score", "fold", "repeat", "--csv", "--draws", "--seed"):
        assert re.search(rf"^ +{word} ", printed, re.MULTILINE), word
    assert "python -m dysarthria_lightning.intervals predictions.csv\n" in printed
    assert "probability\n               is taken, or else logit" in printed
    assert "A speaker's score is the mean of their rows" in printed


def test_help_waits_for_no_library() -> None:
    code = (
        "import sys; sys.argv[1:] = ['--help']\n"
        "from dysarthria_lightning.intervals import main\n"
        "try: main()\n"
        "finally: print({'torch', 'pandas', 'numpy', 'scipy', 'hydra'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_it_runs_as_a_module_without_torch(tmp_path: Path, table: pd.DataFrame) -> None:
    table.to_csv(tmp_path / "scores.csv", index=False)
    code = (
        "import runpy, sys; sys.argv[1:] = ['scores.csv', '--draws', '100']\n"
        "runpy.run_module('dysarthria_lightning.intervals', run_name='__main__')\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "False"
    assert "score_a, speakers" in done.stdout
