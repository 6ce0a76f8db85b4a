"""``reproduce`` as a user runs it: a report at any time, failures named, nothing lost by a kill."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import processes
import pytest
from matrices import matrix_table
from test_commands import run

SETTINGS = [
    "protocol.folds=2",
    "protocol.validation_speakers=3",
    "trainer.max_epochs=2",
    "model.hidden_size=8",
    "hydra.launcher.n_jobs=2",
]


def words(table: Path, *more: str) -> list[str]:
    return ["data=manifest", f"data.manifest={table}", *SETTINGS, *more]


def finished(cwd: Path) -> list[Path]:
    return sorted((cwd / "outputs/runs").rglob("run.json"))


@pytest.fixture(scope="module")
def reproduced(tone_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Tables II and III over the corpus of tones."""
    cwd = tmp_path_factory.mktemp("reproduced")
    printed = run("reproduce", *words(tone_corpus, "experiments=[table2,table3]"), cwd=cwd)
    return cwd, printed


@pytest.mark.slow
def test_every_run_is_trained_and_the_report_written(reproduced: tuple[Path, str]) -> None:
    cwd, printed = reproduced
    assert "17 runs: 0 finished before, 17 to train" in printed
    assert len(finished(cwd)) == 17
    report = cwd / "outputs/report"
    assert f"Report: {(report / 'index.html').relative_to(cwd)}" in printed
    page = (report / "index.html").read_text(encoding="utf-8")
    files = set(re.findall(r'href="((?:tables|figures)/[^"#]+)"', page))
    settings = [f"{protocol}-all-mfcc13" for protocol in ("known_speakers", "novel_speakers")]
    for ending in ("html", "csv", "tex"):
        assert {
            f"tables/{it}.{ending}" for it in ("corpus", *map("results-{}".format, settings))
        } <= files
    # Table II's figure, and Table III's two; nothing of Tables IV and V was asked for.
    for ending in ("pdf", "svg", "png"):
        figures = {it for it in files if it.startswith("figures/") and it.endswith(ending)}
        names = {"figure2", "figure3", "figure4", "figure4-noisy-or"}
        assert figures == {f"figures/{name}.{ending}" for name in names}
    assert [it for it in files if not (report / it).is_file()] == []
    assert "LSTM-1" in printed


@pytest.mark.slow
def test_the_same_command_trains_nothing_again(
    reproduced: tuple[Path, str], tone_corpus: Path
) -> None:
    cwd, _ = reproduced
    before = [path.stat().st_mtime_ns for path in finished(cwd)]
    same = words(tone_corpus, "experiments=[table2]", "report_dir=again")
    printed = processes.run("reproduce", *same, cwd=cwd, before=processes.leave_figures_out)
    assert "5 runs: 5 finished before, 0 to train" in printed
    assert [path.stat().st_mtime_ns for path in finished(cwd)] == before


@pytest.mark.slow
def test_a_report_is_made_of_what_is_there(reproduced: tuple[Path, str], tone_corpus: Path) -> None:
    cwd, _ = reproduced
    partial = words(tone_corpus, "experiments=[table4]", "train=false", "report_dir=partial")
    printed = processes.run("reproduce", *partial, cwd=cwd, before=processes.leave_figures_out)
    assert "16 of 24 runs are missing; the report lists them" in printed
    page = (cwd / "partial/index.html").read_text()
    assert "subset=no_cv" in page  # the command of a missing run
    assert "train=false" not in page  # the command that repeats everything does train


@pytest.mark.slow
def test_runs_made_with_other_settings_are_left_out_of_a_report_and_named(
    reproduced: tuple[Path, str], tone_corpus: Path
) -> None:
    cwd, _ = reproduced
    changed = words(tone_corpus, "experiments=[table2]", "trainer.learning_rate=0.1")
    refused = processes.run("reproduce", *changed, cwd=cwd, code=1)
    assert "trainer.learning_rate: 0.001 there, 0.1 now" in refused
    changed += ["train=false", "report_dir=changed"]
    printed = processes.run("reproduce", *changed, cwd=cwd, before=processes.leave_figures_out)
    assert "5 of 5 runs are missing" in printed
    assert "trainer.learning_rate: 0.001 there" in (cwd / "changed/index.html").read_text()


@pytest.mark.slow
def test_a_failed_run_stops_no_other(tone_corpus: Path, tmp_path: Path) -> None:
    """Weights of 1e20 overflow in the baseline; the LSTMs' outputs stay within 1."""
    failing = words(tone_corpus, "experiments=[table2]", "trainer.learning_rate=1e20")
    failing.append("hydra.launcher.n_jobs=1")
    failing.remove("hydra.launcher.n_jobs=2")
    printed = processes.run(
        "reproduce", *failing, cwd=tmp_path, code=1, before=processes.leave_figures_out
    )
    folder = "outputs/runs/tones/known_speakers/split0/all/mfcc13/baseline/seed0/fold0"
    assert f"{folder}/failure.log" in printed
    assert "diverged" in (tmp_path / folder / "failure.log").read_text()
    assert {path.parts[-4] for path in finished(tmp_path)} == {
        *("lstm1", "lstm2", "bilstm1", "functionals"),
    }
    assert (tmp_path / "outputs/report/index.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_columns", "code", "message"),
    [
        (13, 0, "More than 13 coefficients: left out"),
        (12, 1, "n_mfcc = 13: the corpus's feature matrices have 12 columns"),
    ],
)
def test_matrices_of_few_columns_leave_out_what_needs_more(
    n_columns: int, code: int, message: str, tmp_path: Path
) -> None:
    table = matrix_table(tmp_path, n_columns)
    asked = words(table, "features.n_stored=13", "experiments=[table5]", "train=false")
    before = processes.leave_figures_out
    assert message in processes.run("reproduce", *asked, cwd=tmp_path, code=code, before=before)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["reproduce", "-m", "repeats=1,2"], "reproduce is a sweep already; leave -m out"),
        (["train", "+experiment=table3"], "an experiment is a sweep of many runs; add -m"),
        (["reproduce", "profile=slow"], "profile = 'slow': input should be 'full' or 'quick'"),
    ],
)
def test_commands_that_mean_something_else_are_refused(
    command: list[str], message: str, tmp_path: Path
) -> None:
    assert message in processes.run(*command, cwd=tmp_path, code=1)


def contents(report: Path) -> dict[str, bytes]:
    """Every file of a report, with times and dates taken out of the page and the list of runs.

    The one file of all tables, which has that list too, is left out.
    """
    files = {path: path.read_bytes() for path in sorted(report.rglob("*")) if path.is_file()}
    varying = re.compile(rb"\d{4}-\d\d-\d\d(T[\d:+]+)?|[\d.,]+ (s|min|h|seconds|minutes|hours)\b")
    texts = {path.relative_to(report).as_posix(): text for path, text in files.items()}
    texts["index.html"] = varying.sub(b"#", texts["index.html"])
    del texts["tables.zip"]
    runs = pd.read_csv(report / "tables/runs.csv").drop(columns=["wall_time_s", "finished"])
    texts["tables/runs.csv"] = runs.to_csv().encode()
    return texts


@pytest.mark.slow
def test_killed_with_its_workers_and_resumed_it_ends_with_the_same_report(
    reproduced: tuple[Path, str], tone_corpus: Path, tmp_path: Path
) -> None:
    undisturbed, _ = reproduced
    command = words(tone_corpus, "experiments=[table2,table3]")
    process = subprocess.Popen(
        [sys.executable, "-m", "dysarthria_lightning.reproduce", *command],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while len(finished(tmp_path)) < 4:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = {path: path.stat().st_mtime_ns for path in finished(tmp_path)}
    assert 4 <= len(before) < 17
    run("reproduce", *command, cwd=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in before} == before  # none trained twice
    one, other = contents(undisturbed / "outputs/report"), contents(tmp_path / "outputs/report")
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
