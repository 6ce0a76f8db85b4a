"""Killed again and again at any moment, it ends as if nothing had happened."""

import random
import re
import time
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
from processes import Command, leave_figures_out, run
from test_commands import QUICK, run_records
from test_reproduce import contents, words

KILLS = 4
# Of one life, in units of the seconds an undisturbed reproduction takes: from before anything is
# composed to the report.
SHORTEST, LONGEST = 0.02, 0.35


def tree(outputs: Path) -> list[str]:
    """Every file and folder, TensorBoard's of a run as one, as each life adds its own.

    Pooled curves are left out: what was killed before it wrote them leaves them to who looks.
    """
    names = {path.relative_to(outputs).as_posix() for path in outputs.rglob("*")}
    names = {name for name in names if "/pooled" not in name}
    return sorted({re.sub(r"tfevents\..*", "tfevents", name) for name in names})


@pytest.mark.slow
def test_killed_at_many_moments_it_ends_with_the_same_tables(
    tone_corpus: Path, tmp_path: Path
) -> None:
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    # In one process, because a life spent on starting workers would show little.
    one = ["trainer.max_epochs=4", "hydra.launcher.n_jobs=1"]
    command = words(tone_corpus, "experiments=[table2]", *one)
    run("train", "--help", cwd=undisturbed)  # so that all has been imported
    started = time.monotonic()
    run("reproduce", *command, cwd=undisturbed, before=leave_figures_out)
    whole_s = time.monotonic() - started
    rng = random.Random(0)
    kills = 0
    for attempt in count():
        if kills >= KILLS:
            break
        killed = tmp_path / f"killed{attempt}"
        killed.mkdir()
        kills += kill_until_it_ends(command, killed, whole_s, rng)
        assert tree(killed / "outputs") == tree(undisturbed / "outputs")
        there, here = (contents(folder / "outputs/report") for folder in (undisturbed, killed))
        assert there.keys() == here.keys()
        assert [name for name in there if there[name] != here[name]] == []


def kill_until_it_ends(command: list[str], folder: Path, whole_s: float, rng: random.Random) -> int:
    """Give a command again and again, killing it; return how often it was killed."""
    finished: dict[Path, int] = {}
    kills = 0
    while True:
        life = Command("reproduce", command, folder, leave_figures_out)
        # Later lives are longer, so that it ends on a machine that has become busy, too.
        status = life.wait(whole_s * rng.uniform(SHORTEST, LONGEST) * (1 + kills / 10))
        if status is None:
            life.kill()
            kills += 1
        printed = life.read_printed()
        assert status in (None, 0), printed
        assert "Traceback" not in printed
        now = run_records(folder)
        assert {path: now.get(path) for path in finished} == finished  # none is trained twice
        finished = now
        if status == 0:
            return kills


@pytest.mark.slow
def test_two_sweeps_over_the_same_runs_share_them(tone_corpus: Path, tmp_path: Path) -> None:
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    alone.mkdir()
    shared.mkdir()
    sweep = ["data=manifest", f"data.manifest={tone_corpus}", *QUICK]
    sweep += ["trainer.max_epochs=3", "-m", "fold=range(3)", "model=lstm1,baseline"]
    sweep.remove("trainer.max_epochs=1")
    run("train", *sweep, cwd=alone, before=leave_figures_out)
    sweeps = [Command("train", sweep, shared, leave_figures_out) for _ in range(2)]
    statuses = [command.wait() for command in sweeps]
    printed = [command.read_printed() for command in sweeps]
    assert statuses == [0, 0], printed
    assert all("Traceback" not in text for text in printed)
    assert tree(shared / "outputs") == tree(alone / "outputs")
    runs = sorted(run_records(alone))
    assert len(runs) == 6
    for path in runs:
        twin = shared / path.relative_to(alone)
        for name in ("predictions.parquet", "validation_predictions.parquet"):
            pd.testing.assert_frame_equal(
                pd.read_parquet(twin.with_name(name)),
                pd.read_parquet(path.with_name(name)),
                check_exact=True,
            )
        # One process trained it, so there is one file of events.
        assert len(list(twin.parent.glob("events.out.tfevents*"))) == 1
