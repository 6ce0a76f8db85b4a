"""What a sweep is to train, and what is checked and prepared before its first run starts.

Otherwise a wrong fold would be found only when its turn comes, perhaps hours later, and each
worker would extract the same features.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dysarthria_lightning.cli.one_model import look_up_epochs
from dysarthria_lightning.cli.shell import shell_command
from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import flatten
from dysarthria_lightning.data.protocols import ALL_SPEAKERS
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.schema.base import FOLDER_NAME

if TYPE_CHECKING:
    from dysarthria_lightning.data.store import FeatureStore

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PlannedRun:
    """One run of a sweep.

    Attributes:
        config: Its checked configuration.
        overrides: The command line that describes it.
    """

    config: Config
    overrides: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return layout.run_folder(self.config)

    @property
    def command(self) -> str:
        """The command that trains it."""
        return shell_command("train", list(self.overrides))


AnyRun = TypeVar("AnyRun", bound=PlannedRun)


def distinct_runs(planned: Iterable[AnyRun]) -> list[AnyRun]:
    """Keep each run once, in the order of the plan.

    Raises:
        ConfigError: Two runs of one folder differ in their settings.
    """
    distinct: dict[Path, AnyRun] = {}
    for run in planned:
        other = distinct.setdefault(run.folder, run)
        if other.config != run.config:
            raise ConfigError(_describe_clash(other, run))
    return list(distinct.values())


def _describe_clash(one: PlannedRun, other: PlannedRun) -> str:
    settings, others = (
        flatten(run.config.values() | {"logger": run.config.logger.model_dump(mode="json")})
        for run in (one, other)
    )
    keys = [
        key
        for key in sorted(settings.keys() | others.keys())
        if settings.get(key, ...) != others.get(key, ...)
    ]
    # Two choices of a group have two names, unless one name is given to both.
    swept = {word.split("=")[0] for word in {*one.overrides} ^ {*other.overrides}}
    shared = {f"{group}.name" for group in swept}
    names = [word for word in one.overrides if word.split("=")[0].lstrip("+") in shared]
    nameable = [key for key in keys if all(_can_name(each.get(key)) for each in (settings, others))]
    if names:
        advice = f"Leave out {' and '.join(names)}"
    elif nameable:
        key = nameable[0]
        advice = f"Give each a tag of its own: 'tag={key.split('.')[-1]}${{{key}}}'"
    else:
        advice = "Give the sweeps one at a time, each with a tag=NAME of its own"
    return "\n".join(
        [
            f"two runs would share {one.folder}, though they differ:",
            *(
                f"  {key}: {settings.get(key, 'absent')} and {others.get(key, 'absent')}"
                for key in keys
            ),
            advice,
        ]
    )


def _can_name(value: Any) -> bool:
    """Whether a setting's value can be part of a folder's name."""
    return isinstance(value, bool | int | float | str) and bool(
        re.fullmatch(FOLDER_NAME, str(value))
    )


class Corpora:
    """The feature stores of a sweep's runs, each prepared when it is first asked for."""

    def __init__(self) -> None:
        self._stores: dict[str, FeatureStore] = {}

    def store(self, config: Config, may_lack: bool = False) -> "FeatureStore":
        """Return the store of a run's corpus, and say once what is odd in it.

        Args:
            config: The run's.
            may_lack: Whether matrices may have fewer columns than the run asks for.

        Raises:
            UserError: The corpus cannot be used, or has fewer coefficients than the run asks for.
        """
        from dysarthria_lightning.data.preparation import (
            check_coefficients,
            describe_problems,
            prepare_corpus,
        )

        n_columns = config.features.n_columns(config.n_mfcc)
        corpus = repr((config.data, config.features, n_columns, config.outputs_dir))
        if corpus not in self._stores:
            self._stores[corpus] = prepare_corpus(config, may_lack=may_lack)
            for paragraph in describe_problems(self._stores[corpus]):
                log.warning(paragraph)
        if not may_lack:
            check_coefficients(self._stores[corpus], config)
        return self._stores[corpus]


def check_splits(planned: Iterable[PlannedRun], corpora: Corpora) -> None:
    """Prepare the corpora of a sweep and split them as its runs will.

    Raises:
        UserError: A corpus cannot be used or split so, or lacks what a model needs.
    """
    from dysarthria_lightning.data.same_people import check_people_apart
    from dysarthria_lightning.data.splits import make_split

    for config in (run.config for run in planned):
        store = corpora.store(config)
        recordings = store.recordings
        config.model.check_corpus(recordings)
        check_people_apart(config.protocol, store.corpora_with_shared_people)
        make_split(
            recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
        )


def unfinished_runs(planned: Sequence[AnyRun], corpora: Corpora) -> list[AnyRun]:
    """List the runs that are still to be trained, and clear what the others have left over.

    Those of one model of all speakers know then for how many epochs.

    Raises:
        RunError: One is finished, but with other settings, or would join finished folds that were
            made with others.
    """
    from dysarthria_lightning.runs.crossvalidation import check_siblings
    from dysarthria_lightning.runs.record import is_finished
    from dysarthria_lightning.runs.replacing import clear_leftovers

    unfinished: list[AnyRun] = []
    crossvalidations: set[Path] = set()
    for run in planned:
        key = corpora.store(run.config).key
        config = look_up_epochs(run.config, key, run.overrides)
        run = replace(run, config=config) if config is not run.config else run
        if not run.config.overwrite and is_finished(run.config, key):
            clear_leftovers(run.config)
            continue
        unfinished.append(run)
        if run.config.fold != ALL_SPEAKERS and run.folder.parent not in crossvalidations:
            check_siblings(run.config, key)
            crossvalidations.add(run.folder.parent)
    log.warning(
        f"{len(planned)} run{'s' if len(planned) > 1 else ''}: "
        f"{len(planned) - len(unfinished)} finished before, {len(unfinished)} to train"
    )
    return unfinished
