"""Which finished runs a report may use, and what it says of the others."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.reproduction.collect import usable_runs
from dysarthria_lightning.reproduction.plan import ReproductionRun
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import write_run


def finish(config: Config) -> Path:
    """Put down the record of a finished run, without training it."""
    folder = layout.run_folder(config)
    folder.mkdir(parents=True)
    write_run({"fingerprint": fingerprint(config, "content"), "files": {}}, folder)
    return folder


def test_runs_of_other_settings_are_named_once_per_difference(
    tone_config: Callable[..., Config],
) -> None:
    corpora: Any = SimpleNamespace(store=lambda config: SimpleNamespace(key="content"))
    folders = [finish(tone_config(f"fold={fold}")) for fold in range(2)]
    finish(tone_config("fold=2", "trainer.max_epochs=9"))
    finish(tone_config("fold=0", "seed=1", "trainer.learning_rate=0.1"))
    now = [tone_config(f"fold={fold}", "trainer.learning_rate=0.1") for fold in range(3)]
    now.append(tone_config("fold=0", "seed=1", "trainer.learning_rate=0.1"))
    planned = [ReproductionRun(config, (), 0) for config in now]
    usable, (two, one) = usable_runs(planned, corpora, failed=())
    assert usable == {planned[3].folder}
    assert two.startswith(f"2 finished runs, such as {folders[0]}, were made with other settings:")
    assert "trainer.learning_rate: 0.001 there, 0.1 now" in two
    assert one.startswith(f"{planned[2].folder} is finished, but was made with other settings:")
    assert "trainer.max_epochs: 9 there, 2 now" in one
