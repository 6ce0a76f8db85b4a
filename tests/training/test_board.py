"""Names of runs in TensorBoard: short, different, and telling."""

from pathlib import Path

import pytest

from dysarthria_lightning.training.board import ShortNames, find_logged, link, main

CELL = "synthetic/novel_speakers/split{0}/all/{1}/{2}/seed{0}"


def make_runs(runs: Path, *folders: str) -> None:
    for folder in folders:
        (runs / folder).mkdir(parents=True)
        (runs / folder / "events.out.tfevents.1").touch()


def names_of(runs: Path, pattern: str = "") -> list[str]:
    folders = [folder.relative_to(runs) for folder in find_logged(runs, pattern)]
    names = ShortNames.of(folders)
    return [names.name(folder) for folder in folders]


def test_names_leave_out_what_runs_have_in_common(tmp_path: Path) -> None:
    models = [CELL.format(0, "mfcc13", model) for model in ("baseline", "lstm1")]
    make_runs(tmp_path, *(f"{it}/{fold}" for it in models for fold in ("fold0", "fold1", "pooled")))
    assert names_of(tmp_path) == [
        *("baseline/fold0", "baseline/fold1", "baseline/pooled"),
        *("lstm1/fold0", "lstm1/fold1", "lstm1/pooled"),
    ]
    make_runs(tmp_path, f"{CELL.format(1, 'mfcc13', 'lstm1')}/fold0")
    assert names_of(tmp_path)[-1] == "lstm1/seed1/fold0"
    assert names_of(tmp_path, "*/*/split1") == ["lstm1/fold0"]
    make_runs(tmp_path, f"wide/{CELL.format(0, 'log_mel40', 'lstm1')}/fold0")
    names = names_of(tmp_path)
    assert "mfcc13/lstm1/seed1/fold0" in names
    assert "wide/log_mel40/lstm1/seed0/fold0" in names
    assert len({*names}) == len(names) == 8


def test_a_split_that_is_not_the_seed_is_told(tmp_path: Path) -> None:
    other = CELL.format(0, "mfcc13", "lstm1").replace("split0", "split1")
    make_runs(tmp_path, f"{CELL.format(0, 'mfcc13', 'lstm1')}/fold0", f"{other}/fold0")
    assert names_of(tmp_path) == ["split0/lstm1/fold0", "split1/lstm1/fold0"]


def test_runs_that_come_later_are_linked_and_those_put_aside_are_not(tmp_path: Path) -> None:
    runs, links = tmp_path / "runs", tmp_path / "links"
    one = CELL.format(0, "mfcc13", "lstm1")
    make_runs(runs, f"{one}/fold0", f"{one}/.fold1.before")
    names = ShortNames.of(folder.relative_to(runs) for folder in find_logged(runs))
    link(runs, find_logged(runs), names, links)
    make_runs(runs, f"{one}/fold1", f"{CELL.format(0, 'mfcc19', 'lstm1')}/fold0")
    link(runs, find_logged(runs), names, links)
    found = {path.relative_to(links).as_posix() for path in links.rglob("*") if path.is_symlink()}
    other = "synthetic/novel_speakers/split0/all/mfcc19/lstm1/seed0/fold0"
    assert found == {"lstm1/fold0", "lstm1/fold1", other}
    assert (links / "lstm1/fold1").resolve() == (runs / one / "fold1").resolve()


def test_nothing_to_show_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(["outputs/runs/lstm*"])
    assert str(stop.value.code).startswith("error: no run in outputs/runs/lstm* has events")
