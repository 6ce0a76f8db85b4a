"""What models reach on one corpus that were trained on another."""

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.matrix import matrix_heat_map, matrix_table
from dysarthria_lightning.reporting.sections.section import Section

#: Under ``tables/``.
MATRIX_FILE = "across_corpora.csv"


def across_section(content: ReportContent, cells: list[Cell]) -> Section:
    """Show the matrices of all models of which a cell is finished.

    Args:
        content: Of the report.
        cells: Of the setting that is shown; of matrices all are.
    """
    first, others = content.matrices[:1], content.matrices[1:]
    commands = content.matrix_commands
    return Section(
        "across-corpora",
        "From one corpus to another",
        "Rows are trained on, columns are tested; on the diagonal stands what a cross-validation "
        "within the corpus reaches. A model that has learnt the microphone of a corpus and no "
        "speech does well on the diagonal alone.",
        (MATRIX_FILE,),
        [matrix_table(it, commands.get(it.model)) for it in first],
        [matrix_heat_map(it) for it in first],
        folded_title="Other models",
        folded_tables=[matrix_table(it, commands.get(it.model)) for it in others],
        folded_charts=[matrix_heat_map(it) for it in others],
    )
