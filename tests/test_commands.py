"""The commands as a user types them: prepare, train, sweep, resume, report."""

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import processes
import pytest
import soundfile

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
QUICK = [
    "protocol.folds=3",
    "protocol.validation_speakers=3",
    "trainer.max_epochs=1",
    "model.hidden_size=8",
    # Starting workers takes longer than these runs do.
    "hydra.launcher.n_jobs=1",
]


def run(command: str, *words: str, cwd: Path, code: int = 0) -> str:
    """Run a command and return all that it printed."""
    result = subprocess.run(
        [sys.executable, "-m", f"dysarthria_lightning.{command}", *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "120"},
    )
    assert result.returncode == code, result.stdout
    assert "Traceback" not in result.stdout
    return result.stdout


def run_records(cwd: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (cwd / "outputs/runs").rglob("run.json")}


def test_prepare_prints_the_corpus_table(tone_corpus: Path, tmp_path: Path) -> None:
    words = ["data=manifest", f"data.manifest={tone_corpus}"]
    printed = processes.run("prepare", *words, cwd=tmp_path)
    rows = {
        cells[0]: cells[1:]
        for line in printed.splitlines()
        if len(cells := re.split(r"\s{2,}", line.strip())) == 5
    }
    assert rows["Dysarthric"] == ["50.0 %", "3 [12]", "3 [12]", "6 [24]"]
    assert rows["Total"] == ["100.0 %", "6 [24]", "6 [24]", "12 [48]"]
    assert "No problems found." in printed


def test_prepare_lists_what_it_leaves_out(tone_corpus: Path, tmp_path: Path) -> None:
    table = pd.read_csv(tone_corpus)
    table["path"] = [str(tone_corpus.parent / path) for path in table["path"]]
    soundfile.write(tmp_path / "silent.wav", np.zeros(4000), 16_000)
    table.loc[5, "path"] = "silent.wav"
    table.to_csv(tmp_path / "mine.csv", index=False)
    words = ["data=manifest", "data.manifest=mine.csv"]
    refused = processes.run("prepare", *words, cwd=tmp_path, code=1)
    assert re.search(r"silent.wav \(row 7\): is silent", refused)
    assert "data.on_bad_file=skip" in refused
    skipped = processes.run("prepare", *words, "data.on_bad_file=skip", cwd=tmp_path)
    assert "1 of 48 recordings cannot be used and are left out" in skipped
    assert "silent.wav: is silent" in skipped


def test_a_sweep_is_checked_trained_skipped_and_reported(tone_corpus: Path, tmp_path: Path) -> None:
    corpus = ["data=manifest", f"data.manifest={tone_corpus}"]
    # Options between overrides, as the README writes them.
    with_workers = [word.replace("n_jobs=1", "n_jobs=2") for word in QUICK]
    first = run("train", *corpus, *with_workers, "-m", "fold=0,2", cwd=tmp_path)
    assert "2 runs: 0 finished before, 2 to train" in first
    assert len(run_records(tmp_path)) == 2

    give = partial(processes.run, cwd=tmp_path, before=processes.leave_figures_out)
    missing = give("report", *corpus, *QUICK, code=1)
    assert "fold 1 of 3 missing" in missing
    advice = missing.split("dysarthria_lightning.train ")[1].split("\n")[0]
    second = run("train", *advice.split(), cwd=tmp_path)  # a sweep with workers
    assert "1 run: 0 finished before, 1 to train" in second

    before = run_records(tmp_path)
    again = give("train", *corpus, *QUICK, "-m", "fold=range(3)")
    assert "3 runs: 3 finished before, 0 to train" in again
    assert run_records(tmp_path) == before

    printed = give("report", *corpus, *QUICK)
    assert "9 test speakers" in printed
    assert "36 recordings, 3 folds" in printed
    assert re.search(r"Accuracy .*\d+\.\d \(\d+\.\d–\d+\.\d\)", printed)

    other = give("train", *corpus, *QUICK, "model.l2=0.5", "-m", "fold=range(3)", code=1)
    assert "model.l2: 0.0001 there, 0.5 now" in other
    assert run_records(tmp_path) == before


def test_a_single_run_is_trained_skipped_when_finished_and_overwritten_when_asked(
    tone_corpus: Path, tmp_path: Path
) -> None:
    words = ["data=manifest", f"data.manifest={tone_corpus}", *QUICK]
    train = partial(processes.run, "train", cwd=tmp_path, before=processes.leave_figures_out)
    printed = train(*words)
    assert re.search(
        r"trained on \d dysarthric and \d healthy speakers, validated on \d and", printed
    )
    assert "with the lowest validation loss" in printed
    before = run_records(tmp_path)
    again = train(*words)
    assert "is finished; overwrite=true trains it again" in again
    assert run_records(tmp_path) == before
    train(*words, "overwrite=true")
    after = run_records(tmp_path)
    assert after.keys() == before.keys()
    assert after != before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["protocol.folds=10"], "12 speakers; 3 for validation leave 9, so at most 9 folds"),
        (["trainer.batch_size=4,8"], "'tag=batch_size${trainer.batch_size}'"),
    ],
)
def test_a_sweep_that_cannot_work_starts_nothing(
    words: list[str], message: str, tone_corpus: Path, tmp_path: Path
) -> None:
    corpus = ["data=manifest", f"data.manifest={tone_corpus}"]
    quick = [word for word in QUICK if not word.startswith("protocol.folds")]
    folds = [] if words[0].startswith("protocol.folds") else ["protocol.folds=3"]
    sweep = [*corpus, *quick, *folds, *words, "-m", "fold=0,1"]
    printed = processes.run("train", *sweep, cwd=tmp_path, code=1)
    assert message in printed
    assert not (tmp_path / "outputs/runs").exists()


def test_the_wheel_works_in_another_folder(tone_corpus: Path, tmp_path: Path) -> None:
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--outdir",
        str(tmp_path / "dist"),
        str(ROOT),
    ]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(target)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    # -P and the target first on the path: the checkout must have no part in it.
    code = (
        f"import sys; sys.path.insert(0, {str(target)!r}); import runpy; sys.argv[0] = 'train'\n"
        "import dysarthria_lightning; print(dysarthria_lightning.__file__)\n"
        "runpy.run_module('dysarthria_lightning.train', run_name='__main__')"
    )
    for words in (
        ["--help"],
        ["data=manifest", f"data.manifest={tone_corpus}", *QUICK],
    ):
        result = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=elsewhere, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stderr
        assert str(target) in result.stdout
    assert list((elsewhere / "outputs/runs").rglob("run.json"))
