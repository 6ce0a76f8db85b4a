"""A table of texts for LaTeX and for the terminal."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import Text, TextTable
from dysarthria_lightning.reporting.paper.texts import paper_text_tables

_LATEX = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "−": "$-$",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    # After a line's end a bracket would be read as its optional argument.
    "[": "{[}",
    # So would a star.
    "*": "{*}",
    "|": r"\textbar{}",
    "×": r"$\times$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "≈": r"$\approx$",
    "→": r"$\rightarrow$",
    "∞": r"$\infty$",
    **{
        letter: f"$\\{unicodedata.name(letter).rpartition(' ')[2].lower()}$"
        for letter in "αβγδεζηθικμνξπρστφχψω"
    },
}
TERMINAL_WIDTH = 80
# LaTeX numbers tables itself.
_NUMBER = re.compile(r"^Table \S+\. ")


def latex_text(text: str) -> str:
    """Escape a text for LaTeX."""
    return "".join(_LATEX.get(character, character) for character in text)


def latex_table(table: TextTable, caveats: Sequence[str]) -> str:
    """Write a ``table`` environment for booktabs and threeparttable, the paper's values under ours.

    How to read the values is for the paper's own text: it stands above the table as comments. Below
    the table stand only notes that an entry points to, and caveats.

    Args:
        table: Of texts.
        caveats: Stand above it as comments, too.
    """
    marked = [(mark, note) for mark, note in table.footnotes if mark]
    remarks = [note for mark, note in table.footnotes if not mark]
    notes = [*marked, *(("", caveat) for caveat in caveats)]
    lines = [
        *(f"% {' '.join(said.split())}" for said in caveats),
        "% Needs \\usepackage{booktabs,threeparttable}.",
        *(f"% {' '.join(said.split())}" for said in remarks),
        "\\begin{table}",
        "  \\centering",
        "  \\begin{threeparttable}",
        f"  \\caption{{{latex_text(_NUMBER.sub('', table.title))}}}",
        f"  \\label{{tab:{table.name}}}",
        "  \\small",
        f"  \\begin{{tabular}}{{l{'r' * (len(table.header) - 1)}}}",
        "    \\toprule",
        _latex_row([latex_text(name) for name in table.header]),
        "    \\midrule",
    ]
    for name, texts in table.rows:
        lines.append(_latex_row([latex_text(name), *(latex_text(text.value) for text in texts)]))
        for label, of_text in _LATEX_ROWS.items():
            below = [of_text(text) for text in texts]
            if any(below):
                lines.append(_latex_row([f"\\quad {label}", *below]))
    lines += ["    \\bottomrule", "  \\end{tabular}"]
    if notes:
        lines += ["  \\begin{tablenotes}", "    \\footnotesize"]
        lines += [
            f"    \\item[{mark}] {latex_text(' '.join(note.split()))}" for mark, note in notes
        ]
        lines.append("  \\end{tablenotes}")
    return "\n".join([*lines, "  \\end{threeparttable}", "\\end{table}", ""])


def summary_tables(content: ReportContent) -> list[Table]:
    """Show Tables II to V in a terminal of 80 columns.

    Args:
        content: Of the report.
    """
    return [terminal_table(table, TERMINAL_WIDTH) for table in paper_text_tables(content)[1:]]


def terminal_table(texts: TextTable, width: int | None = None) -> Table:
    """Show a table in the terminal.

    Args:
        texts: Its texts.
        width: In columns; None leaves it to the texts.
    """
    table = Table(
        title=escape(texts.title),
        title_justify="left",
        caption=escape(_caption(texts)) or None,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        width=width,
        padding=(0, 1),
        # Rows of several lines stand apart.
        leading=int(any(text.interval for _, row in texts.rows for text in row)),
    )
    words = [word for name, _ in texts.rows for word in name.split()]
    longest_word = max(map(len, words), default=0)
    table.add_column(escape(texts.header[0]), min_width=longest_word)
    for name in texts.header[1:]:
        table.add_column(escape(name), justify="right")
    for name, row in texts.rows:
        table.add_row(escape(name), *(escape(_terminal_text(text)) for text in row))
    return table


def _caption(texts: TextTable) -> str:
    entries = [text for _, row in texts.rows for text in row]
    has_pooled = any(text.pooled for text in entries)
    below = {
        "its 95 % interval": any(text.interval for text in entries),
        "in brackets the smallest and the largest repeat": any(text.spread for text in entries),
        "what chance gives": any(text.chance for text in entries),
        "the pooled AUROC and its interval": has_pooled,
        "the paper's value": any(text.paper for text in entries),
        "ours minus the paper's": any(text.difference for text in entries),
    }
    said = "; ".join(what for what, is_there in below.items() if is_there)
    lines = [f"Below each value: {said}."] if said else []
    lines += [f"{f'({mark}) ' if mark else ''}{note}" for mark, note in texts.footnotes]
    return "\n".join(lines)


def _terminal_text(text: Text) -> str:
    mark = f"({text.mark})" if text.mark else ""
    theirs = f"paper {text.paper}{mark}" if text.paper else ""
    spread = f"[{text.spread}]" if text.spread else ""
    chance = f"chance {text.chance}" if text.chance else ""
    pooled = f"pooled {text.pooled}" if text.pooled else ""
    lines = [text.value, text.interval, spread, text.note, chance]
    lines += [pooled, text.pooled_interval, theirs, text.difference]
    return "\n".join(line for line in lines if line)


def _latex_row(texts: list[str]) -> str:
    return f"    {' & '.join(texts)} \\\\"


def _latex_paper(text: Text) -> str:
    mark = f"\\tnote{{{text.mark}}}" if text.mark else ""
    return f"{latex_text(text.paper)}{mark}" if text.paper else ""


_LATEX_ROWS: dict[str, Callable[[Text], str]] = {
    "95\\,\\% interval": lambda text: latex_text(text.interval),
    "smallest to largest repeat": lambda text: latex_text(text.spread),
    "chance": lambda text: latex_text(text.chance),
    "pooled": lambda text: latex_text(text.pooled),
    "pooled, 95\\,\\% interval": lambda text: latex_text(text.pooled_interval),
    "paper": _latex_paper,
    "ours minus the paper's": lambda text: latex_text(text.difference),
}
