"""What happens around ``train -m``: all is checked before the first run, and watched to the last.

Hydra would find a wrong fold only when its turn comes, perhaps hours later, and each worker would
extract the same features.
"""

import atexit
import logging
import math
import re
import sys
import traceback
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from dysarthria_lightning.cli.entry import explain_hydra_error
from dysarthria_lightning.config import Config, check_config
from dysarthria_lightning.errors import ConfigError, UserError
from dysarthria_lightning.launchers.choice import prepare_launcher
from dysarthria_lightning.sweeps.watcher import RunWatcher

log = logging.getLogger(__name__)

_MAX_RUNS = 100_000


class SweepCallback(Callback):
    """Hydra calls this at a sweep's start and end; other commands' sweeps are left alone."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every run of the sweep, prepare its corpora and watch its runs.

        Raises:
            SystemExit: Something is wrong (1), or every run is finished already (0). Hydra turns
                other exceptions of callbacks into warnings.
        """
        if config.hydra.job.name == "reproduce":
            sys.exit("error: reproduce is a sweep already; leave -m out, or see repeats=3")
        try:
            check_number_of_runs(config)
            if config.hydra.job.name != "train":
                return
            prepare_launcher(config.hydra.launcher)
            configs = expand_sweep(config)
            pending = pending_runs(configs)
        except UserError as error:
            sys.exit(f"error: {error}")
        except (HydraException, OmegaConfBaseException) as error:
            sys.exit(f"error: {explain_hydra_error(error)}")
        except Exception:
            traceback.print_exc()
            sys.exit(1)
        n_finished = len(configs) - len(pending)
        log.warning(
            f"{len(configs)} run{'s' if len(configs) > 1 else ''}: {n_finished} finished before, "
            f"{len(pending)} to train"
        )
        if not pending:
            sys.exit(0)
        _watch(pending)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Show the last runs."""
        _stop_watching()


def check_number_of_runs(config: DictConfig) -> None:
    """Refuse a sweep of more than 100 000 runs before its runs are listed, which takes memory.

    Raises:
        ConfigError: It has more.
    """
    overrides = OverridesParser.create().parse_overrides(sweep_overrides(config))
    n_runs = math.prod(
        {override.get_key_element(): _n_values(override) for override in overrides}.values()
    )
    if n_runs > _MAX_RUNS:
        raise ConfigError(f"the sweep has more than {_MAX_RUNS} runs; split it")


def _n_values(override: Override) -> int:
    """Count the values that a sweep gives a key, up to one more than it may have."""
    value = override.value()
    if isinstance(value, RangeSweep):
        if not value.step:
            raise ConfigError(f"{override.input_line}: the step of a range cannot be 0")
        return sum(1 for _ in islice(value.range(), _MAX_RUNS + 1))
    return len(value.list) if isinstance(value, ChoiceSweep) else 1


def expand_sweep(config: DictConfig) -> list[Config]:
    """Compose and check every run of a sweep.

    Args:
        config: Hydra's configuration of the sweep, with its ``hydra`` node.

    Returns:
        One configuration a run.

    Raises:
        ConfigError: A run's configuration is wrong, or two runs would share a folder.
    """
    overrides = OverridesParser.create().parse_overrides(sweep_overrides(config))
    loader = GlobalHydra.instance().config_loader()
    configs: list[Config] = []
    composed: dict[tuple[str, ...], DictConfig] = {}
    problems: list[str] = []
    for batch in BasicSweeper.split_arguments(overrides, max_batch_size=None):
        for job in batch:
            # Composing takes a tenth of a second, and folds differ in their number only.
            words, fold = _without_fold(job)
            key = tuple(words)
            if key not in composed:
                composed[key] = loader.load_sweep_config(config, words)
                with open_dict(composed[key]):
                    del composed[key]["hydra"]
            if fold is not None:
                composed[key]["fold"] = fold
            try:
                configs.append(check_config(composed[key]))
            except ConfigError as error:
                problems += [line for line in str(error).splitlines() if line not in problems]
    if problems:
        raise ConfigError("\n".join(problems) + "\nNothing was started.")
    return configs


def _without_fold(words: Sequence[str]) -> tuple[list[str], int | None]:
    """Take the number of the fold, if it is a plain one, out of a run's overrides."""
    folds = [word for word in words if re.fullmatch(r"fold=\d+", word)]
    rest = [word for word in words if word not in folds]
    return (rest, int(folds[0].removeprefix("fold="))) if len(folds) == 1 else (list(words), None)


def sweep_overrides(config: DictConfig) -> list[str]:
    """Return what a sweep varies and sets: its experiment's parameters, then the command line."""
    parameters = [f"{key}={value}" for key, value in (config.hydra.sweeper.params or {}).items()]
    return [*parameters, *config.hydra.overrides.task]


def pending_runs(configs: list[Config]) -> list[Path]:
    """Prepare the sweep's corpora, check its splits and list the folders of unfinished runs.

    Raises:
        UserError: A corpus cannot be used or split so, a finished run was made with other
            settings, or two runs would share a folder.
    """
    from dysarthria_lightning.data.preparation import (
        check_coefficients,
        describe_problems,
        prepare_corpus,
    )
    from dysarthria_lightning.data.splits import make_split
    from dysarthria_lightning.runs import layout
    from dysarthria_lightning.runs.record import is_finished
    from dysarthria_lightning.runs.replacing import clear_leftovers

    stores: dict[str, Any] = {}
    folders: set[Path] = set()
    pending = []
    for config in configs:
        corpus = repr(
            (
                config.data,
                config.features,
                config.features.n_columns(config.n_mfcc),
                config.outputs_dir,
            )
        )
        if corpus not in stores:
            stores[corpus] = prepare_corpus(config)
            for paragraph in describe_problems(stores[corpus]):
                log.warning(paragraph)
        store = stores[corpus]
        check_coefficients(store, config)
        make_split(
            store.recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
        )
        folder = layout.run_folder(config)
        if folder in folders:
            raise ConfigError(
                f"two runs of the sweep would share {folder}: sweep tag=... along with what "
                "you vary"
            )
        folders.add(folder)
        if config.overwrite or not is_finished(config, store.key):
            pending.append(folder)
        else:
            clear_leftovers(config)
    return pending


# Hydra pickles its callbacks for the workers, so the watcher cannot be one's attribute.
_watchers: list[RunWatcher] = []


def _watch(folders: list[Path]) -> None:
    watcher = RunWatcher(folders)
    _watchers.append(watcher)
    watcher.start()
    # A failed run ends the sweep without on_multirun_end.
    atexit.register(_stop_watching)


def _stop_watching() -> None:
    while _watchers:
        watcher = _watchers.pop()
        watcher.stop()
        for folder in watcher.unfinished:
            log.warning(f"not finished: {folder}")
