"""``python -m dysarthria_lightning.reproduce``: run the paper's experiments and report on them."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dysarthria_lightning.cli.command import command
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.errors import UserError
from dysarthria_lightning.reproduction import VARIED

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from dysarthria_lightning.reporting.content import ReportContent

log = logging.getLogger(__name__)


def refuse_sweep(master: "DictConfig") -> None:
    """Refuse ``-m``.

    Raises:
        UserError: Always.
    """
    raise UserError("reproduce is a sweep already; leave -m out, or see repeats=3")


@command("reproduce", sweep=refuse_sweep, settled=VARIED)
def main(composed: "DictConfig") -> None:
    """Train what is not finished yet of the paper's experiments, and report on all of them.

    Raises:
        SystemExit: Runs have failed (1).
    """
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig

    from dysarthria_lightning.cli.typed_words import words_as_given
    from dysarthria_lightning.config import check_reproduction
    from dysarthria_lightning.launchers.choice import prepare_launcher
    from dysarthria_lightning.reproduction.plan import (
        compose_master,
        plan_reproduction,
        possible_runs,
        shared_words,
    )
    from dysarthria_lightning.sweeps.plan import Corpora, check_splits, unfinished_runs

    reproduction = check_reproduction(composed)
    prepare_launcher(HydraConfig.get().launcher)
    loader = GlobalHydra.instance().config_loader()
    words = words_as_given(HydraConfig.get().overrides.task)
    shared = shared_words(reproduction, words)
    planned = plan_reproduction(loader, reproduction, shared)
    corpora = Corpora()
    # The run that needs the most columns has the store of all.
    largest = max(
        (run.config for run in planned), key=lambda c: c.features.n_columns(c.n_mfcc) or 0
    )
    planned, notes = possible_runs(planned, corpora.store(largest, may_lack=True))
    for note in notes:
        log.warning(note)
    check_splits(planned, corpora)
    failed = {}
    if reproduction.train:
        from dysarthria_lightning.sweeps.launch import make_launch, train_watched
        from dysarthria_lightning.train import train

        hydra_words = words_as_given(HydraConfig.get().overrides.hydra)
        master = compose_master(loader, reproduction.experiments[0], shared, hydra_words)
        pending = unfinished_runs(planned, corpora)
        failed = train_watched(pending, make_launch(master, train), corpora)
    from dysarthria_lightning.reproduction.content import gather_content

    content = gather_content(reproduction, planned, corpora, failed, notes, words)
    if _report(content, Path(reproduction.report_dir)):
        sys.exit(1)


def _report(content: "ReportContent", report_dir: Path) -> int:
    """Write the report, print its summary and what failed; return how many runs failed."""
    from rich.console import Console

    from dysarthria_lightning.reporting.folder import write_report
    from dysarthria_lightning.reporting.notices import closing_notices
    from dysarthria_lightning.reporting.render.latex_and_terminal import summary_tables
    from dysarthria_lightning.reporting.render.page import caveats

    console = Console()
    for caveat in caveats(content):
        console.print(caveat, markup=False)
    for table in summary_tables(content):
        console.print(table)
    for notice in closing_notices(content):
        console.print(notice, markup=False, highlight=False, soft_wrap=True)
    page = write_report(report_dir, content)
    states = content.runs["state"].value_counts()
    for row in content.runs[content.runs["state"] == "failed"].itertuples():
        log.error(f"failed: {row.folder}, see {content.outputs_dir / str(row.log)}")
    if states.get("missing", 0):
        log.warning(
            f"{states['missing']} of {len(content.runs)} runs are missing; the report lists them"
        )
    console.print(f"Report: {page}", markup=False, highlight=False, soft_wrap=True)
    return int(states.get("failed", 0))


if __name__ == "__main__":
    run_command(main)
