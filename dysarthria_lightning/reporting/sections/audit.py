"""Whether the voice was heard, or something else: the audits of the models that are shown."""

import numpy as np

from dysarthria_lightning.auditing.audit import Audited
from dysarthria_lightning.auditing.finding import computed_cues
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.audits import audit_table, audit_texts
from dysarthria_lightning.reporting.content import ReportContent, number
from dysarthria_lightning.reporting.display import TextTable
from dysarthria_lightning.reporting.drawings import Cues, Drawing
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.section import Section


def audit_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show what the audits have found.

    Args:
        content: Of the report.
        cells: Of the setting that is shown.
    """
    audited = {cell: content.audits[cell] for cell in cells if cell in content.audits}
    tables: list[TextTable] = []
    charts: list[Drawing] = []
    for cell, found in audited.items():
        title = f"{paper.model_name(cell.model)} and the corpus"
        table = audit_table(title, found, name=f"audit-{cell.model}")
        notes = [*table.footnotes, *(("", text) for text in audit_texts(found)[1:])]
        tables.append(TextTable(table.name, title, table.header, table.rows, notes))
        chart = _chart(cell, found)
        charts += [chart] if chart else []
    return Section(
        "audit",
        "Is it the voice?",
        "What else could tell the classes apart: how files were made, age and sex, silence, level "
        "and channel, and what is heard where nobody speaks. Green never says that there is no "
        "shortcut: only that none of these was found.",
        (),
        tables[:1],
        charts[:1],
        folded_title="Other models",
        folded_tables=tables[1:],
        folded_charts=charts[1:],
        reading="Of each of these, a logistic regression judges speakers as the model does, by "
        "cross-validation, and again with permuted labels.",
    )


def _chart(cell: Cell, audited: Audited) -> Cues | None:
    cues = computed_cues(audited.findings)
    if not cues:
        return None
    return Cues(
        f"cues-{cell.model}",
        f"Cues beside {paper.model_name(cell.model)}",
        [finding.name for finding in cues],
        [finding.light.value for finding in cues],
        np.array([number(finding.auroc) for finding in cues]),
        np.array([number(finding.chance) for finding in cues]),
        np.array([number(finding.chance_high) for finding in cues]),
        number(audited.model_auroc),
    )
