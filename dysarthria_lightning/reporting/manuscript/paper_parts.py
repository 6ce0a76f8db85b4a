"""Everything under "For a paper": texts, references and checklists, and the files they become."""

from dataclasses import dataclass

import pandas as pd

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import TextTable
from dysarthria_lightning.reporting.manuscript.checklist import filled
from dysarthria_lightning.reporting.manuscript.citations import (
    Reference,
    as_plain_text,
    corpus_references,
    references_of,
)
from dysarthria_lightning.reporting.manuscript.methods import Paragraph, methods, results
from dysarthria_lightning.reporting.manuscript.places import places
from dysarthria_lightning.reporting.manuscript.references import REFERENCES
from dysarthria_lightning.reporting.manuscript.stard_ai import STARD_AI
from dysarthria_lightning.reporting.manuscript.tripod_ai import TRIPOD_AI
from dysarthria_lightning.reporting.sections.section import Section

CHECKLISTS = (TRIPOD_AI, STARD_AI)


@dataclass(frozen=True)
class PaperParts:
    """What a paper needs beside tables and figures.

    Attributes:
        paragraphs: Of the Methods; ``[@key]`` cites.
        results: A sentence each.
        references: That are cited.
        checklists: Filled as far as the report and the authors have said.
    """

    paragraphs: list[Paragraph]
    results: list[str]
    references: list[Reference]
    checklists: list[TextTable]

    @property
    def methods_text(self) -> str:
        """The Methods and the results as plain text."""
        known = {it.key: it for it in self.references}
        parts = [f"{it.heading}. {as_plain_text(it.text, known)}" for it in self.paragraphs]
        if self.results:
            parts.append(f"Results. {' '.join(self.results)}")
        return "\n\n".join(parts) + "\n"

    @property
    def bibtex(self) -> str:
        """The references as a BibTeX file."""
        return "\n".join(it.as_bibtex() for it in self.references)


def paper_parts(content: ReportContent, sections: list[Section]) -> PaperParts:
    """Gather what a paper about a report needs.

    Args:
        content: Of the report.
        sections: Those of its page.
    """
    paragraphs = methods(content)
    there = places(content, paragraphs, {it.name: it.title for it in sections})
    checklists = [filled(it, content, there) for it in CHECKLISTS]
    cited = [paragraph.text for paragraph in paragraphs]
    cited += [f"[@{it.reference}]" for it in CHECKLISTS]
    cited += [f"[@{it.key}]" for it in corpus_references(content)]
    return PaperParts(
        paragraphs, results(content), references_of(content, cited, REFERENCES), checklists
    )


def checklist_data(table: TextTable) -> pd.DataFrame:
    """Return a checklist as a table of data: ``item``, ``topic``, ``where``.

    Args:
        table: As it is shown.
    """
    rows = [(number, *(text.value for text in texts)) for number, texts in table.rows]
    return pd.DataFrame(rows, columns=["item", "topic", "where"])


def describe_checklist(table: TextTable) -> str:
    """Say what a checklist is and whose.

    Args:
        table: As it is shown.
    """
    reference = REFERENCES[next(it.reference for it in CHECKLISTS if it.name == table.name)]
    return (
        f"Numbers are those of the published checklist, topics are in our words: the checklist "
        f"itself is {reference.as_text()}. “study.yaml” is what the authors wrote there."
    )
