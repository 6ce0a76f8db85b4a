"""What happens around ``train -m``: all is checked before the first run, and watched to the last.

Hydra would find a wrong fold only when its turn comes, perhaps hours later, and each worker would
extract the same features.
"""

import atexit
import logging
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from dysarthria_lightning.command import explain_hydra_error
from dysarthria_lightning.config import Config, check_config
from dysarthria_lightning.errors import ConfigError, UserError

log = logging.getLogger(__name__)


class SweepCallback(Callback):
    """Hydra calls this at a sweep's start and end; other commands' sweeps are left alone."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Check every run of the sweep, prepare its corpora and watch its runs.

        Raises:
            SystemExit: Something is wrong (1), or every run is finished already (0). Hydra turns
                other exceptions of callbacks into warnings.
        """
        if config.hydra.job.name != "train":
            return
        try:
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


def expand_sweep(config: DictConfig) -> list[Config]:
    """Compose and check every run of a sweep.

    Args:
        config: Hydra's configuration of the sweep, with its ``hydra`` node.

    Returns:
        One configuration a run.

    Raises:
        ConfigError: A run's configuration is wrong, or two runs would share a folder.
    """
    overrides = OverridesParser.create().parse_overrides(
        OmegaConf.to_container(config.hydra.overrides.task)  # type: ignore[arg-type]
    )
    loader = GlobalHydra.instance().config_loader()
    configs: list[Config] = []
    problems: list[str] = []
    for batch in BasicSweeper.split_arguments(overrides, max_batch_size=None):
        for job in batch:
            composed = loader.load_sweep_config(config, job)
            with open_dict(composed):
                del composed["hydra"]
            try:
                configs.append(check_config(composed))
            except ConfigError as error:
                problems += [line for line in str(error).splitlines() if line not in problems]
    if problems:
        raise ConfigError("\n".join(problems) + "\nNothing was started.")
    return configs


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
    from dysarthria_lightning.training import runs

    stores: dict[str, Any] = {}
    folders: set[Path] = set()
    pending = []
    for config in configs:
        corpus = repr((config.data, config.features, config.n_stored, config.outputs_dir))
        if corpus not in stores:
            stores[corpus] = prepare_corpus(config)
            for paragraph in describe_problems(stores[corpus]):
                log.warning(paragraph)
        store = stores[corpus]
        check_coefficients(store, config)
        make_split(
            store.recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
        )
        folder = runs.run_folder(config)
        if folder in folders:
            raise ConfigError(
                f"two runs of the sweep would share {folder}: sweep tag=... along with what "
                "you vary"
            )
        folders.add(folder)
        if config.overwrite or not runs.is_finished(config, store.key):
            pending.append(folder)
    return pending


class _Watcher(threading.Thread):
    """Shows a bar over a sweep's runs, whichever processes train them."""

    def __init__(self, folders: list[Path]) -> None:
        super().__init__(daemon=True)
        from dysarthria_lightning.progress import progress_bar

        self.waiting = {folder: _stamp(folder) for folder in folders}
        self.done = threading.Event()
        self.bar = progress_bar()
        self.task = self.bar.add_task("runs", total=len(folders))

    def run(self) -> None:
        with self.bar:
            while not self.done.wait(0.5):
                self.look()
            self.look()

    def look(self) -> None:
        from dysarthria_lightning.training import runs

        for folder in [f for f, before in self.waiting.items() if _stamp(f) not in (0, before)]:
            del self.waiting[folder]
            self.bar.console.print(
                runs.summarise(folder), markup=False, highlight=False, soft_wrap=True
            )
            self.bar.advance(self.task)


def _stamp(folder: Path) -> int:
    """Return when a run was finished, 0 where it is not."""
    from dysarthria_lightning.training.runs import RUN

    try:
        return (folder / RUN).stat().st_mtime_ns
    except OSError:
        return 0


# Hydra pickles its callbacks for the workers, so the watcher cannot be one's attribute.
_watchers: list[_Watcher] = []


def _watch(folders: list[Path]) -> None:
    watcher = _Watcher(folders)
    _watchers.append(watcher)
    watcher.start()
    # A failed run ends the sweep without on_multirun_end.
    atexit.register(_stop_watching)


def _stop_watching() -> None:
    while _watchers:
        watcher = _watchers.pop()
        watcher.done.set()
        watcher.join()
        for folder in watcher.waiting:
            log.warning(f"not finished: {folder}")
