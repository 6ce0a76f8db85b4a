"""Everything a report says of a reproduction, computed from its finished runs."""

import logging
from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from dysarthria_lightning.config import Reproduction
from dysarthria_lightning.data.flow import corpus_flow
from dysarthria_lightning.gathering import content as gathering
from dysarthria_lightning.gathering.collect import usable_runs
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.estimands import ENOUGH_REPEATS
from dysarthria_lightning.reporting.study_file import read_study
from dysarthria_lightning.reproduction import describe
from dysarthria_lightning.sweeps.plan import Corpora

log = logging.getLogger(__name__)


def gather_content(
    reproduction: Reproduction,
    planned: list[StudyRun],
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
    usable, mismatches = usable_runs(planned, lambda it: corpora.store(it).key, failed)
    for mismatch in mismatches:
        log.warning(mismatch)
    store = corpora.store(planned[0].config)
    content = gathering.gather_content(
        planned,
        usable,
        store.recordings,
        lambda it: corpora.store(it).key,
        repeats=reproduction.repeats,
        command=describe.repeating_command(command_line),
        prevalences=reproduction.report.prevalences,
        notes=[*notes, *mismatches],
        flow=corpus_flow(store),
    )
    few = reproduction.repeats < ENOUGH_REPEATS
    return replace(
        content,
        profile=reproduction.profile,
        described=described,
        study_file=reproduction.report.study or "",
        changed=describe.changed_settings(reproduction, command_line),
        command_for_repeats=(
            describe.repeating_command(command_line, repeats=ENOUGH_REPEATS) if few else ""
        ),
    )
