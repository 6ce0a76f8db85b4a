"""``python -m dysarthria_lightning.train``: train one run, or with ``-m`` a sweep of runs."""

import logging

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from dysarthria_lightning.command import CONF_DIR, run_command
from dysarthria_lightning.config import check_config

log = logging.getLogger(__name__)


@hydra.main(version_base="1.3", config_path=CONF_DIR, config_name="config")
def main(composed: DictConfig) -> None:
    """Train the run that the configuration describes, unless it is finished already."""
    config = check_config(composed)
    # Pandas and torch take seconds to import; --help and wrong settings answer before.
    from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
    from dysarthria_lightning.training import runs

    alone = HydraConfig.get().mode == RunMode.RUN
    store = prepare_corpus(config)
    with runs.claim(config) as claimed:
        if not claimed:
            log.info(f"{runs.run_folder(config)} is being trained by another process; left to it")
            return
        if not config.overwrite and runs.is_finished(config, store.key):
            if alone:
                log.info(f"{runs.run_folder(config)} is finished; overwrite=true trains it again")
            return
        if alone:
            for paragraph in describe_problems(store):
                log.info(paragraph)
        from dysarthria_lightning.training.run import train_run

        folder = train_run(config, store, show_progress=alone)
    if alone:
        log.info(runs.summarise(folder))


if __name__ == "__main__":
    run_command(main)
