"""Everything a report says of a study, computed from its finished runs."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from dysarthria_lightning.auditing.audit import Audited
from dysarthria_lightning.auditing.record import read_audit
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.evaluation.analysis import analyse
from dysarthria_lightning.evaluation.study import Cell, Study
from dysarthria_lightning.files.progress import progress_bar
from dysarthria_lightning.gathering import describe
from dysarthria_lightning.gathering.collect import collect_study, find_hardly_trained, list_runs
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import capitalised
from dysarthria_lightning.runs.corpus_matrix import CorpusMatrix, gather_matrix

log = logging.getLogger(__name__)


def gather_content(
    planned: list[StudyRun],
    usable: set[Path],
    recordings: pd.DataFrame,
    key_of: Callable[[Config], str],
    *,
    repeats: int,
    command: str,
    prevalences: Sequence[float],
    notes: Sequence[str] = (),
    flow: pd.DataFrame | None = None,
) -> ReportContent:
    """Read the finished runs and compute everything the report says.

    Args:
        planned: The study's runs, finished or not.
        usable: Folders of the finished ones that count.
        recordings: What is known of the corpus's.
        key_of: Returns the key of the feature store that a run was trained on.
        repeats: How many of each cross-validation were asked for.
        command: Makes the report again.
        prevalences: For predictive values.
        notes: What was left out, and why.
        flow: What :func:`flow.corpus_flow` counted, if the features are there.
    """
    config = planned[0].config
    study = collect_study(planned, recordings, usable)
    with progress_bar() as bar:
        task = bar.add_task("statistics, results", total=None)
        analysis = analyse(
            study,
            rng_seed=0,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            prevalences=prevalences,
        )
    return ReportContent(
        study,
        analysis,
        list_runs(planned, usable),
        corpus=config.data.corpus,
        corpus_key=key_of(config),
        note=_what_to_know(config.data),
        origin=config.data.origin(),
        profile="full",
        repeats=repeats,
        command=command,
        outputs_dir=Path(config.outputs_dir),
        settings=describe.describe_settings(planned),
        notes=[*notes],
        hardly_trained=find_hardly_trained(planned, usable),
        audits=_audits(planned, key_of(config), study),
        audit_commands=describe.audit_commands(planned),
        matrices=_matrices(planned, key_of),
        matrix_commands=describe.matrix_commands(planned),
        configs={run.cell: run.config for run in planned},
        flow=flow,
        sample_rates=_sample_rates(recordings),
        beside_paper=config.data.papers_protocol,
    )


def _matrices(planned: list[StudyRun], key_of: Callable[[Config], str]) -> list[CorpusMatrix]:
    """Gather what each model reaches from one corpus to another, as far as that is finished."""
    configs = {(run.cell.model, run.cell.features, run.cell.subset): run.config for run in planned}
    found = [gather_matrix(config, key_of(config)) for config in configs.values()]
    return [matrix for matrix in found if matrix is not None and len(matrix.table)]


def _sample_rates(recordings: pd.DataFrame) -> tuple[int, ...]:
    """List the sample rates that a feature store knows of files."""
    rates = recordings.get("sample_rate_hz")
    return () if rates is None else tuple(sorted(map(int, rates.unique())))


def _what_to_know(corpus: CorpusSection) -> str | None:
    """Say that a corpus is synthetic, and whom a published one takes for dysarthric."""
    said = [f"{capitalised(corpus.disclaimer)}."] if corpus.disclaimer else []
    said += [f"{corpus.title}: {corpus.classes}."] if corpus.classes else []
    return " ".join(said) or None


def _audits(planned: list[StudyRun], store_key: str, study: Study) -> dict[Cell, Audited]:
    """Read the audits that were made of the cells as they are."""
    configs = {run.cell: run.config for run in planned}
    found = {
        cell: read_audit(configs[cell], store_key, [repeat.test for repeat in repeats])
        for cell, repeats in study.crossvalidations.items()
    }
    return {cell: audited for cell, audited in found.items() if audited is not None}
