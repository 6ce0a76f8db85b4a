"""One table of results for each setting: its models, by level."""

import pandas as pd

from dysarthria_lightning.evaluation.levels import NOISY_OR, RECORDING, SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.cells import ordered_cells, settings_of
from dysarthria_lightning.reporting.paper.tables import (
    auroc_entry,
    entries_table,
    entry,
    row_name,
)

Setting = tuple[str, str, str]
_PROTOCOLS = {"known_speakers": "known speakers", "novel_speakers": "new speakers"}


def results_table(content: ReportContent, setting: Setting) -> pd.DataFrame:
    """Judge the models of one setting.

    Args:
        content: Of the report.
        setting: Protocol, subset and features.

    Returns:
        One row per entry, with :data:`tables.ENTRY_COLUMNS`: of new speakers the AUROC of whole
        speakers (soft majority) and of single recordings, and how many speakers are called
        rightly at probability 0.5; of known ones the paper's metrics of single recordings.
    """
    single, entries = RECORDING.describe(content.noun.plural), []
    for cell in _cells(content, setting):
        if cell.protocol == "known_speakers":
            row = row_name(content, cell, paper.MODELS)
            entries += [
                entry(content, row, name, cell, RECORDING.key, metric)
                for metric, name in paper.TABLE_II_METRICS.items()
            ]
            continue
        row = row_name(content, cell, paper.LSTM_MODELS)
        speakers = "AUROC, whole speakers"
        accuracy = "Accuracy, whole speakers"
        entries += [
            auroc_entry(content, row, speakers, cell, SOFT_MAJORITY.key),
            auroc_entry(content, row, f"AUROC, {single}", cell, RECORDING.key),
            entry(content, row, accuracy, cell, SOFT_MAJORITY.key, "accuracy"),
        ]
    return entries_table(entries)


def noisy_or_table(content: ReportContent, setting: Setting) -> pd.DataFrame:
    """Judge the models of one setting by noisy-OR; nothing of known speakers.

    Args:
        content: Of the report.
        setting: Protocol, subset and features.

    Returns:
        One row per entry, with :data:`tables.ENTRY_COLUMNS`.
    """
    return entries_table(
        [
            auroc_entry(
                content,
                row_name(content, cell, paper.LSTM_MODELS),
                "AUROC, whole speakers",
                cell,
                NOISY_OR.key,
            )
            for cell in _cells(content, setting)
            if cell.protocol != "known_speakers"
        ]
    )


def results_name(content: ReportContent, setting: Setting) -> str:
    """Name a setting's table: its id, and the stem of its files."""
    several = len(settings_of(content)) > 1
    return "-".join(["results", *setting]) if several else "results"


def results_title(content: ReportContent, setting: Setting) -> str:
    """Say what a setting's table is about, as in "Results: new speakers"."""
    protocol, subset, features = setting
    title = f"Results: {_PROTOCOLS.get(protocol, protocol.replace('_', ' '))}"
    if len(settings_of(content)) == 1:
        return title
    said = paper.describe_features(features), paper.describe_subset(subset, content.noun)
    return f"{title}, {', '.join(said)}"


def _cells(content: ReportContent, setting: Setting) -> list[Cell]:
    return [
        cell
        for cell in ordered_cells(content)
        if (cell.protocol, cell.subset, cell.features) == setting
    ]
