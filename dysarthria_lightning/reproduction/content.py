"""Everything a report says of a reproduction, computed from its finished runs."""

import logging
from collections.abc import Container
from pathlib import Path

from dysarthria_lightning.auditing.audit import Audited
from dysarthria_lightning.auditing.record import read_audit
from dysarthria_lightning.config import Reproduction
from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.flow import corpus_flow
from dysarthria_lightning.evaluation.analysis import analyse
from dysarthria_lightning.evaluation.study import Cell, Study
from dysarthria_lightning.files.progress import progress_bar
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import capitalised
from dysarthria_lightning.reporting.estimands import ENOUGH_REPEATS
from dysarthria_lightning.reporting.study_file import read_study
from dysarthria_lightning.reproduction import describe
from dysarthria_lightning.reproduction.collect import (
    collect_study,
    find_hardly_trained,
    list_runs,
    usable_runs,
)
from dysarthria_lightning.reproduction.plan import ReproductionRun
from dysarthria_lightning.runs.corpus_matrix import CorpusMatrix, gather_matrix
from dysarthria_lightning.sweeps.plan import Corpora

log = logging.getLogger(__name__)


def gather_content(
    reproduction: Reproduction,
    planned: list[ReproductionRun],
    corpora: Corpora,
    failed: Container[Path],
    notes: list[str],
    command_line: list[str],
) -> ReportContent:
    """Read the finished runs and compute everything the report says.

    Args:
        reproduction: Its profile, repeats and what the report is told.
        planned: Its runs, finished or not.
        corpora: The feature stores of the runs.
        failed: Folders of runs that failed just now.
        notes: What the corpus could not give.
        command_line: The overrides given to ``reproduce``.
    """
    # First, so that a mistake in it is named before minutes are spent.
    described = read_study(Path(reproduction.report_dir), reproduction.report.study)
    usable, mismatches = usable_runs(planned, corpora, failed)
    for mismatch in mismatches:
        log.warning(mismatch)
    config = planned[0].config
    store = corpora.store(config)
    study = collect_study(planned, store, usable)
    with progress_bar() as bar:
        task = bar.add_task("statistics, results", total=None)
        analysis = analyse(
            study,
            rng_seed=0,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            prevalences=reproduction.report.prevalences,
        )
    return ReportContent(
        study,
        analysis,
        list_runs(planned, usable),
        corpus=config.data.corpus,
        corpus_key=store.key,
        note=_what_to_know(config.data),
        origin=config.data.origin(),
        profile=reproduction.profile,
        repeats=reproduction.repeats,
        command=describe.repeating_command(command_line),
        outputs_dir=Path(config.outputs_dir),
        settings=describe.describe_settings(planned),
        changed=describe.changed_settings(reproduction, command_line),
        notes=[*notes, *mismatches],
        hardly_trained=find_hardly_trained(planned, usable),
        command_for_repeats=(
            describe.repeating_command(command_line, repeats=ENOUGH_REPEATS)
            if reproduction.repeats < ENOUGH_REPEATS
            else ""
        ),
        audits=_audits(planned, store.key, study),
        audit_commands=describe.audit_commands(planned),
        matrices=_matrices(planned, corpora),
        matrix_commands=describe.matrix_commands(planned),
        configs={run.cell: run.config for run in planned},
        flow=corpus_flow(store),
        described=described,
        study_file=reproduction.report.study or "",
    )


def _matrices(planned: list[ReproductionRun], corpora: Corpora) -> list[CorpusMatrix]:
    """Gather what each model reaches from one corpus to another, as far as that is finished."""
    configs = {(run.cell.model, run.cell.features, run.cell.subset): run.config for run in planned}
    found = [gather_matrix(config, corpora.store(config).key) for config in configs.values()]
    return [matrix for matrix in found if matrix is not None and len(matrix.table)]


def _what_to_know(corpus: CorpusSection) -> str | None:
    """Say that a corpus is synthetic, and whom a published one takes for dysarthric."""
    said = [f"{capitalised(corpus.disclaimer)}."] if corpus.disclaimer else []
    said += [f"{corpus.title}: {corpus.classes}."] if corpus.classes else []
    return " ".join(said) or None


def _audits(planned: list[ReproductionRun], store_key: str, study: Study) -> dict[Cell, Audited]:
    """Read the audits that were made of the cells as they are."""
    configs = {run.cell: run.config for run in planned}
    found = {
        cell: read_audit(configs[cell], store_key, [repeat.test for repeat in repeats])
        for cell, repeats in study.crossvalidations.items()
    }
    return {cell: audited for cell, audited in found.items() if audited is not None}
