"""``python -m dysarthria_lightning.reproduce``: the paper's experiments, and a report beside it."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from dysarthria_lightning.cli.entry import command, run_command
from dysarthria_lightning.config import Reproduction, check_reproduction
from dysarthria_lightning.launchers.choice import prepare_launcher

if TYPE_CHECKING:
    from dysarthria_lightning.data.store import FeatureStore
    from dysarthria_lightning.reporting.content import ReportContent
    from dysarthria_lightning.reproduction.plan import ReproductionRun

log = logging.getLogger(__name__)


@command("reproduce")
def main(composed: DictConfig) -> None:
    """Train what is not finished yet of the paper's experiments, and report on all of them.

    Raises:
        SystemExit: Runs have failed (1).
    """
    reproduction = check_reproduction(composed)
    prepare_launcher(HydraConfig.get().launcher)
    from dysarthria_lightning.reproduction.plan import job_overrides, plan_runs

    overrides = HydraConfig.get().overrides
    loader = GlobalHydra.instance().config_loader()
    common = job_overrides(reproduction, list(overrides.task))
    planned = plan_runs(loader, reproduction, common)
    store, planned, notes = _prepare(planned)
    failed: set[Path] = set()
    if reproduction.train:
        failed = _train(planned, store, loader, list(overrides.hydra))
    content = _gather(reproduction, planned, store, failed, notes, list(overrides.task))
    if _report(content, Path(reproduction.report_dir)):
        sys.exit(1)


def _prepare(
    planned: "list[ReproductionRun]",
) -> "tuple[FeatureStore, list[ReproductionRun], list[str]]":
    """Prepare the corpus and leave out, with notes, what it cannot give."""
    from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
    from dysarthria_lightning.data.splits import make_split
    from dysarthria_lightning.reproduction.plan import possible_runs

    # The run that needs the most columns has the store of all.
    store = prepare_corpus(
        max((run.config for run in planned), key=lambda c: c.features.n_columns(c.n_mfcc) or 0)
    )
    for paragraph in describe_problems(store):
        log.warning(paragraph)
    planned, notes = possible_runs(planned, store)
    for note in notes:
        log.warning(note)
    for config in (run.config for run in planned):
        make_split(
            store.recordings, config.protocol, config.subset.exclude, config.fold, config.split_seed
        )
    return store, planned, notes


def _train(
    planned: "list[ReproductionRun]",
    store: "FeatureStore",
    loader: ConfigLoader,
    hydra_words: list[str],
) -> set[Path]:
    """Train what is not finished; return the folders of runs that failed."""
    from dysarthria_lightning.reproduction.collect import unfinished_runs
    from dysarthria_lightning.sweeps.launch import make_launch, train_runs
    from dysarthria_lightning.sweeps.watcher import RunWatcher
    from dysarthria_lightning.train import train

    pending = unfinished_runs(planned, store.key)
    log.info(
        f"{len(planned)} runs: {len(planned) - len(pending)} finished before, "
        f"{len(pending)} to train"
    )
    if not pending:
        return set()
    watcher = RunWatcher([run.folder for run in pending])
    watcher.start()
    try:
        return train_runs(pending, make_launch(loader, hydra_words, train))
    except KeyboardInterrupt:
        without = " without overwrite=true" if pending[0].config.overwrite else ""
        log.warning(f"Stopped. The same command{without} goes on where this one was.")
        raise
    finally:
        watcher.stop()


def _report(content: "ReportContent", report_dir: Path) -> int:
    """Write the report, print its summary and what failed; return how many runs failed."""
    from rich.console import Console

    from dysarthria_lightning.reporting.folder import write_report
    from dysarthria_lightning.reporting.render.latex_and_terminal import summary_tables
    from dysarthria_lightning.reporting.render.page import caveats

    console = Console()
    for caveat in caveats(content):
        console.print(caveat, markup=False)
    for table in summary_tables(content):
        console.print(table)
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


def _gather(
    reproduction: Reproduction,
    planned: "list[ReproductionRun]",
    store: "FeatureStore",
    failed: set[Path],
    notes: list[str],
    command_line: list[str],
) -> "ReportContent":
    """Read the finished runs and compute everything the report says."""
    from dysarthria_lightning.evaluation.analysis import analyse
    from dysarthria_lightning.files.progress import progress_bar
    from dysarthria_lightning.reporting.content import ReportContent
    from dysarthria_lightning.reproduction import describe
    from dysarthria_lightning.reproduction.collect import collect_study, list_runs, usable_runs

    usable, mismatches = usable_runs(planned, store.key, failed)
    for mismatch in mismatches:
        log.warning(mismatch)
    study = collect_study(planned, store, usable)
    with progress_bar() as bar:
        task = bar.add_task("statistics, results", total=None)
        analysis = analyse(
            study,
            rng_seed=0,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    config = planned[0].config
    return ReportContent(
        study,
        analysis,
        list_runs(planned, usable),
        corpus=config.data.corpus,
        corpus_key=store.key,
        note=f"{disclaimer.capitalize()}." if (disclaimer := config.data.disclaimer) else None,
        profile=reproduction.profile,
        repeats=reproduction.repeats,
        command=describe.repeating_command(command_line),
        outputs_dir=Path(config.outputs_dir),
        settings=describe.describe_settings(planned),
        changed=describe.changed_settings(reproduction, command_line),
        notes=[*notes, *mismatches],
    )


if __name__ == "__main__":
    run_command(main)
