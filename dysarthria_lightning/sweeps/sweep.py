"""``train -m``: planned and checked as a whole, then trained."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from dysarthria_lightning.cli.following import about_folds, after_training
from dysarthria_lightning.cli.typed_words import words_as_given
from dysarthria_lightning.config import Config
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.launchers.choice import prepare_launcher
from dysarthria_lightning.runs import layout
from dysarthria_lightning.sweeps.expand import Words, combine, plan_runs, swept_parameters
from dysarthria_lightning.sweeps.launch import Train, make_launch, train_watched
from dysarthria_lightning.sweeps.plan import (
    Corpora,
    PlannedRun,
    check_splits,
    distinct_runs,
    unfinished_runs,
)

log = logging.getLogger(__name__)


def plan_sweep(master: DictConfig) -> list[PlannedRun]:
    """List the runs of a sweep.

    Args:
        master: Hydra's configuration of it, with its ``hydra`` node.

    Raises:
        UserError: A run's configuration is wrong, or two runs would share a folder.
    """
    compose = partial(GlobalHydra.instance().config_loader().load_sweep_config, master)
    combinations = combine(
        [*swept_parameters(master), *words_as_given(master.hydra.overrides.task)]
    )
    return distinct_runs(plan_runs(combinations, compose))


def train_sweep(master: DictConfig, train: Train) -> None:
    """Check every run of a sweep, prepare its corpora and train what is not finished.

    Args:
        master: Hydra's configuration of the sweep, with its ``hydra`` node.
        train: Trains one run, given its configuration.

    Raises:
        UserError: Something is wrong and nothing was started, or runs have failed.
    """
    prepare_launcher(master.hydra.launcher)
    planned = plan_sweep(master)
    train_planned(planned, master, train)
    log.warning(after_training(planned[0].config, planned[0].overrides))


def train_planned(planned: Sequence[PlannedRun], master: DictConfig, train: Train) -> None:
    """Check runs, prepare their corpora and train what is not finished.

    Args:
        planned: The runs.
        master: Hydra's configuration of a sweep, whose launcher is used.
        train: Trains one run, given its configuration.

    Raises:
        UserError: Something is wrong and nothing was started, or runs have failed.
    """
    for logger in dict.fromkeys(run.config.logger for run in planned):
        logger.check_ready()
    given = [word for run in planned for word in run.overrides]
    if said := about_folds([run.config.protocol for run in planned], given):
        log.warning(said)
    corpora = Corpora()
    check_splits(planned, corpora)
    pending = unfinished_runs(planned, corpora)
    failures = train_watched(pending, make_launch(master, train), corpora)
    if failures:
        raise RunError(
            f"{len(failures)} of {len(pending)} runs failed; the same command trains them again:\n"
            + "\n".join(f"  {folder}: {reason}" for folder, reason in failures.items())
        )


def train_combinations(combinations: Sequence[Words], train: Train) -> list[Config]:
    """Train runs from within another command, with the launcher that its words name.

    Args:
        combinations: The overrides of each; ``fold=all`` stands for all folds.
        train: Trains one run, given its configuration.

    Returns:
        The configuration of the first fold of each cross-validation, in order.

    Raises:
        UserError: Something is wrong and nothing was started, or runs have failed.
    """
    loader = GlobalHydra.instance().config_loader()
    compose = partial(loader.load_configuration, "config", run_mode=RunMode.RUN)
    planned = plan_runs(combinations, compose)
    hydra_words = words_as_given(HydraConfig.get().overrides.hydra)
    without_fold = [word for word in combinations[0] if word != "fold=all"]
    words = [*hydra_words, "hydra.mode=MULTIRUN", *without_fold]
    master = loader.load_configuration("config", words, RunMode.MULTIRUN)
    prepare_launcher(master.hydra.launcher)
    train_planned(planned, master, train)
    configs: dict[Path, Config] = {}
    for run in planned:
        configs.setdefault(layout.fold_folder(run.config, 0), run.config)
    return [*configs.values()]
