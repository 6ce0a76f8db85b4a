"""What is no table of results, for LaTeX: the Methods, and checklists over several pages."""

from collections.abc import Sequence

from dysarthria_lightning.reporting.display import TextTable
from dysarthria_lightning.reporting.manuscript.citations import CITED
from dysarthria_lightning.reporting.manuscript.paper_parts import PaperParts
from dysarthria_lightning.reporting.render.latex_and_terminal import latex_text


def latex_methods(parts: PaperParts, caveats: Sequence[str]) -> str:
    r"""Write the Methods and the results as text for ``\input``, with citations.

    Args:
        parts: What the report gives.
        caveats: Stand above it as comments.
    """
    lines = [
        *(f"% {' '.join(caveat.split())}" for caveat in caveats),
        "% Letters of other scripts than Latin and Greek need XeLaTeX or LuaLaTeX.",
        "% Cites references.bib: \\bibliography{references} at the document's end.",
    ]
    paragraphs = [(it.heading, it.text) for it in parts.paragraphs]
    if parts.results:
        paragraphs.append(("Results", " ".join(parts.results)))
    for heading, text in paragraphs:
        lines += ["", f"\\subsection*{{{latex_text(heading)}}}", _with_citations(text)]
    return "\n".join([*lines, ""])


def latex_checklist(table: TextTable, note: str) -> str:
    """Write a checklist as a table over several pages.

    Args:
        table: Of three columns.
        note: Stands in the caption.
    """
    names = " & ".join(map(latex_text, table.header))
    heading = ["  \\toprule", f"  {names} \\\\", "  \\midrule"]
    rows = [
        f"  {latex_text(name)} & {' & '.join(latex_text(text.value) for text in texts)} \\\\"
        for name, texts in table.rows
    ]
    return "\n".join(
        [
            "% Needs \\usepackage{booktabs,longtable}.",
            "{\\small",
            "\\begin{longtable}{lp{0.32\\textwidth}p{0.52\\textwidth}}",
            f"  \\caption{{{latex_text(f'{table.title}. {note}')}}}",
            f"  \\label{{tab:{table.name}}} \\\\",
            *(*heading, "  \\endfirsthead"),
            *(*heading, "  \\endhead"),
            *rows,
            "  \\bottomrule",
            "\\end{longtable}}",
            "",
        ]
    )


def _with_citations(text: str) -> str:
    parts = CITED.split(text)
    # Texts and keys take turns.
    return "".join(
        f"~\\cite{{{part}}}" if place % 2 else latex_text(part) for place, part in enumerate(parts)
    )
