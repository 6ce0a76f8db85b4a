"""Which finished runs a report may use, and what it says of the others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.gathering.collect import find_hardly_trained, list_runs, usable_runs
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import write_run


def finish(config: Config, **trained: Any) -> Path:
    """Put down the record of a finished run, without training it."""
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    write_run({"fingerprint": fingerprint(config, "content"), "files": {}, **trained}, folder)
    return folder


def test_runs_of_other_settings_are_named_once_per_difference(
    tone_config: Callable[..., Config],
) -> None:
    folders = [finish(tone_config(f"fold={fold}")) for fold in range(2)]
    finish(tone_config("fold=2", "trainer.max_epochs=9"))
    finish(tone_config("fold=0", "seed=1", "trainer.learning_rate=0.1"))
    now = [tone_config(f"fold={fold}", "trainer.learning_rate=0.1") for fold in range(3)]
    now.append(tone_config("fold=0", "seed=1", "trainer.learning_rate=0.1"))
    planned = [StudyRun(config, (), 0) for config in now]
    usable, (two, one) = usable_runs(planned, lambda config: "content", failed=())
    assert usable == {planned[3].folder}
    assert two.startswith(f"2 finished runs, such as {folders[0]}, were made with other settings:")
    assert "trainer.learning_rate: 0.001 there, 0.1 now" in two
    assert one.startswith(f"{planned[2].folder} is finished, but was made with other settings:")
    assert "trainer.max_epochs: 9 there, 2 now" in one


def trained(epoch_tested: int, steps: int | None) -> dict[str, Any]:
    return {"epochs": epoch_tested + 5, "epoch_tested": epoch_tested, "steps": steps}


def plan_runs(
    tone_config: Callable[..., Config], *, epochs: dict[str, list[int]]
) -> tuple[list[StudyRun], set[Path]]:
    """Three folds of each model, of which those with an epoch are finished: ten steps an epoch."""
    planned, usable = [], set()
    for model, tested in epochs.items():
        for fold in range(3):
            config = tone_config(f"model={model}", f"fold={fold}")
            planned.append(StudyRun(config, (), 0))
            if fold < len(tested):
                steps = None if model == "functionals" else 10 * tested[fold]
                usable.add(finish(config, **trained(tested[fold], steps)))
    return planned, usable


def test_cells_whose_networks_were_hardly_trained_are_found(
    tone_config: Callable[..., Config],
) -> None:
    planned, usable = plan_runs(
        tone_config,
        epochs={
            "lstm1": [1, 2, 40],  # the median counts
            "lstm2": [1, 30, 40],
            "bilstm1": [1],
            "baseline": [],
            "functionals": [1, 1, 1],  # fitted without steps
        },
    )
    found = find_hardly_trained(planned, usable)
    names = ("lstm1", "bilstm1")
    cells = {model: Cell("novel_speakers", "all", "mfcc13", model) for model in names}
    assert set(found) == set(cells.values())
    when, advice = found[cells["lstm1"]]
    assert when == "the median of 3 folds was tested after 2 epochs (20 optimisation steps)"
    assert "trainer.min_steps" in advice
    assert found[cells["bilstm1"]][0].startswith("the network was tested after 1 epoch (10 opt")
    # What does not count is not judged.
    assert find_hardly_trained(planned, set()) == {}


def test_runs_are_listed_with_what_their_records_hold(tone_config: Callable[..., Config]) -> None:
    planned, usable = plan_runs(tone_config, epochs={"lstm1": [3], "functionals": [1]})
    planned[1].folder.mkdir(parents=True)
    (planned[1].folder / layout.FAILURE).write_text("out of memory")
    runs = list_runs(planned, usable)
    assert list(runs["state"]) == [
        *("finished", "failed", "missing"),
        *("finished", "missing", "missing"),
    ]
    known = ["epochs", "epoch_tested", "steps"]
    assert runs.loc[0, known].tolist() == [8, 3, 30]
    assert runs.loc[3, known[:2]].tolist() == [6, 1]
    assert runs.loc[[1, 2, 4, 5], known].isna().all(axis=None)
    assert runs["steps"].isna().tolist() == [False, *[True] * 5]
    assert runs.loc[1, "log"] == f"{runs.loc[1, 'folder']}/{layout.FAILURE}"
