"""``python -m dysarthria_lightning.prepare``: check a corpus and extract its features."""

import hydra
from omegaconf import DictConfig

from dysarthria_lightning.command import CONF_DIR, run_command
from dysarthria_lightning.config import check_config


@hydra.main(version_base="1.3", config_path=CONF_DIR, config_name="config")
def main(composed: DictConfig) -> None:
    """Extract the corpus's features and print its tables and every problem found."""
    config = check_config(composed)
    from rich.console import Console

    from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
    from dysarthria_lightning.reporting.tables import corpus_table, duration_table

    store = prepare_corpus(config)
    console = Console()
    console.print(corpus_table(store.recordings))
    console.print(duration_table(store.recordings))
    for line in describe_problems(store) or ["No problems found."]:
        console.print(line, markup=False, highlight=False)
    console.print(f"Features: {store.folder}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    run_command(main)
