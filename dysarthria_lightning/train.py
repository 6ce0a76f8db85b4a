"""``python -m dysarthria_lightning.train``: train one run, or with -m many."""

import logging
from typing import TYPE_CHECKING

from dysarthria_lightning.cli.command import command
from dysarthria_lightning.cli.ending import describe_stop
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.cli.imports import imported_for_good
from dysarthria_lightning.errors import ConfigError, RunError

if TYPE_CHECKING:
    from omegaconf import DictConfig

log = logging.getLogger(__name__)


def train(composed: "DictConfig") -> bool:
    """Train the run that the configuration describes, unless it is finished already.

    Returns:
        Whether it is finished now; if not, another process is training it.

    Raises:
        UserError: It cannot be trained so, or another process has taken it over, which a sweep
            leaves to that process instead.
        Exception: Training failed; the run's folder holds a log.
    """
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    from dysarthria_lightning.cli.following import about_folds, after_training
    from dysarthria_lightning.cli.one_model import look_up_epochs
    from dysarthria_lightning.cli.typed_words import words_as_given
    from dysarthria_lightning.config import check_config

    config = check_config(composed)
    config.logger.check_ready()
    alone = HydraConfig.get().mode == RunMode.RUN
    if alone and "experiment" in HydraConfig.get().runtime.choices:
        raise ConfigError("an experiment is a sweep of many runs; add -m to train them")
    launcher = HydraConfig.get().runtime.choices["hydra/launcher"]
    if alone and launcher != "local":
        raise ConfigError(f"hydra/launcher={launcher} is for sweeps; add -m, even for one run")
    words = words_as_given(HydraConfig.get().overrides.task)
    if alone:
        if said := about_folds([config.protocol], words):
            log.warning(said)
        log.info("Checking the recordings")
    # Pandas and torch take seconds to import; --help and wrong settings answer before.
    from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
    from dysarthria_lightning.data.protocols import ALL_SPEAKERS
    from dysarthria_lightning.files.locks import claim
    from dysarthria_lightning.runs import layout
    from dysarthria_lightning.runs.crossvalidation import check_siblings
    from dysarthria_lightning.runs.record import is_finished, record_failure, summarise

    # A sweep has read the frames through before its first run.
    store = prepare_corpus(config, check_frames=alone)
    config = look_up_epochs(config, store.key, words)
    folder = layout.run_folder(config)
    with claim(layout.claim_file(config)) as claimed:
        if not claimed:
            if alone:
                log.info(f"{folder} is being trained by another process; left to it")
            return False
        if not config.overwrite and is_finished(config, store.key):
            if alone:
                log.info(f"{folder} is finished; overwrite=true trains it again")
                log.info(after_training(config, words))
            # What a process has left that was killed as it finished the run.
            (folder / layout.RESUME_POINT).unlink(missing_ok=True)
            return True
        if alone:
            if config.fold != ALL_SPEAKERS:
                check_siblings(config, store.key)
            for paragraph in describe_problems(store):
                log.info(paragraph)
            log.info("Loading PyTorch")
        with imported_for_good("dysarthria_lightning.training.run"):
            from dysarthria_lightning.training.run import train_run
        try:
            train_run(config, store, show_progress=alone, check=claimed.check)
        except KeyboardInterrupt:
            if alone:
                log.warning(describe_stop(config.overwrite))
            raise
        except Exception as error:
            if not claimed.is_lost:
                record_failure(folder, error)
                raise
            if alone:
                raise RunError(
                    f"another process has taken over {folder} while this one was suspended or "
                    "could not reach the disk; left to it"
                ) from None
            return False
    if alone:
        log.info(summarise(folder))
        log.info(after_training(config, words))
    return True


def sweep(master: "DictConfig") -> None:
    """Train every run of a sweep that is not finished."""
    from dysarthria_lightning.sweeps.sweep import train_sweep

    train_sweep(master, train)


main = command("config", sweep)(train)


if __name__ == "__main__":
    run_command(main)
