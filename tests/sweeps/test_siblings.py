"""No sweep adds a fold to a cross-validation that it could not be pooled with."""

from collections.abc import Callable

import pytest

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import write_run
from dysarthria_lightning.sweeps.plan import Corpora, PlannedRun, unfinished_runs


def test_a_fold_of_another_partition_is_not_trained(tone_config: Callable[..., Config]) -> None:
    finished = tone_config()
    corpora = Corpora()
    folder = layout.run_folder(finished)
    folder.mkdir(parents=True)
    record = {"fingerprint": fingerprint(finished, corpora.store(finished).key), "files": {}}
    write_run(record, folder)
    same = PlannedRun(tone_config("fold=1"), ())
    assert unfinished_runs([PlannedRun(finished, ()), same], corpora) == [same]
    other = PlannedRun(tone_config("protocol.folds=4", "fold=3"), ())
    with pytest.raises(RunError, match=r"protocol.folds: 3 there, 4 now"):
        unfinished_runs([other], corpora)
    again = PlannedRun(tone_config("protocol.folds=4", "fold=3", "overwrite=true"), ())
    assert unfinished_runs([again], corpora) == [again]
