"""Tables for LaTeX and for the terminal."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_contents import build_content
from rich.console import Console

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import Text, TextTable, decimal, percent
from dysarthria_lightning.reporting.manuscript.paper_parts import paper_parts
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.texts import paper_text_tables
from dysarthria_lightning.reporting.render.latex_and_terminal import (
    latex_table,
    latex_text,
    summary_tables,
    terminal_table,
)
from dysarthria_lightning.reporting.render.latex_texts import latex_checklist, latex_methods
from dysarthria_lightning.reporting.sections.beyond import beyond_sections

TABLE = TextTable(
    "table9",
    "Table IX. 100 % of & things",
    ["Model", "All", "No ‘cv’"],
    [
        (
            "LSTM_1",
            [
                Text(
                    "62.5", "57.5–67.5", paper="85.4", difference="−22.9 (−27.9 to −17.9)", mark="a"
                ),
                Text(""),
            ],
        ),
        ("x", [Text("–", note="0 of 2 runs finished"), Text("[1]", spread="1.0–2.0")]),
        (
            "y",
            [
                Text(
                    "62.5",
                    chance="36.0–64.0",
                    pooled="59.6",
                    pooled_interval="54.6–64.6",
                    paper="60.0",
                ),
                Text("63.0", pooled="60.1", pooled_interval="too few speakers"),
            ],
        ),
    ],
    [("a", "A note_with 5 %.")],
)


def test_latex_has_our_values_over_the_papers() -> None:
    assert latex_table(TABLE, []).splitlines() == [
        "% Needs \\usepackage{booktabs,threeparttable}.",
        "\\begin{table}",
        "  \\centering",
        "  \\begin{threeparttable}",
        "  \\caption{100 \\% of \\& things}",
        "  \\label{tab:table9}",
        "  \\small",
        "  \\begin{tabular}{lrr}",
        "    \\toprule",
        "    Model & All & No `cv' \\\\",
        "    \\midrule",
        "    LSTM\\_1 & 62.5 &  \\\\",
        "    \\quad 95\\,\\% interval & 57.5--67.5 &  \\\\",
        "    \\quad paper & 85.4\\tnote{a} &  \\\\",
        "    \\quad ours minus the paper's & $-$22.9 ($-$27.9 to $-$17.9) &  \\\\",
        "    x & -- & {[}1] \\\\",
        "    \\quad smallest to largest repeat &  & 1.0--2.0 \\\\",
        "    y & 62.5 & 63.0 \\\\",
        "    \\quad chance & 36.0--64.0 &  \\\\",
        "    \\quad pooled & 59.6 & 60.1 \\\\",
        "    \\quad pooled, 95\\,\\% interval & 54.6--64.6 & too few speakers \\\\",
        "    \\quad paper & 60.0 &  \\\\",
        "    \\bottomrule",
        "  \\end{tabular}",
        "  \\begin{tablenotes}",
        "    \\footnotesize",
        "    \\item[a] A note\\_with 5 \\%.",
        "  \\end{tablenotes}",
        "  \\end{threeparttable}",
        "\\end{table}",
    ]


def test_latex_says_what_must_be_known_in_its_source_and_in_print() -> None:
    plain = latex_table(TABLE, []).splitlines()
    lines = latex_table(TABLE, ["Not 5 %\nof it.", "Made up."]).splitlines()
    assert lines[:2] == ["% Not 5 % of it.", "% Made up."]
    assert lines[2:-5] == plain[:-3]
    assert lines[-5:-3] == ["    \\item[] Not 5 \\% of it.", "    \\item[] Made up."]


def test_latex_has_no_remarks_and_no_verdicts(content: ReportContent) -> None:
    for table in paper_text_tables(content)[1:]:
        lines = latex_table(table, []).splitlines()
        printed = "\n".join(line for line in lines if not line.startswith("%"))
        assert not re.search("inside|outside|biased|labels are dealt", printed)
        remarks = [note for mark, note in table.footnotes if not mark]
        assert all(f"% {note}" in lines for note in remarks)
    untitled = latex_table(replace(TABLE, title="Speakers"), [])
    assert "\\caption{Speakers}" in untitled
    assert "tablenotes" not in latex_table(replace(TABLE, footnotes=[]), [])


def test_latex_text_has_no_character_that_means_something() -> None:
    escaped = latex_text("a\\b{c}$d$#e~f^g<h>")
    assert escaped == (
        "a\\textbackslash{}b\\{c\\}\\$d\\$\\#e\\textasciitilde{}f\\textasciicircum{}g"
        "\\textless{}h\\textgreater{}"
    )


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
@pytest.mark.slow
def test_latex_compiles(tmp_path: Path) -> None:
    content = build_content(cells=paper.CELLS[:9], repeats=3)
    tables = [*paper_text_tables(content), TABLE]
    parts = paper_parts(content, beyond_sections(content))
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}"
        "\\usepackage{booktabs,threeparttable,longtable}\\begin{document}\n"
        + "".join(latex_table(table, ["Quick & note_1."]) for table in tables)
        + latex_methods(parts, ["Quick & note_1."])
        + "".join(latex_checklist(table, "A & note.") for table in parts.checklists)
        + "\\end{document}\n"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def printed(content: ReportContent) -> list[str]:
    console = Console(width=80)
    texts = []
    for table in summary_tables(content):
        with console.capture() as captured:
            console.print(table)
        texts.append(captured.get())
    return texts


@pytest.mark.parametrize("repeats", [1, 3])
def test_terminal_tables_fit_80_columns_with_every_value_whole(repeats: int) -> None:
    texts = printed(build_content(cells=paper.CELLS[:12], repeats=repeats))
    assert [text.split(".")[0] for text in texts] == [
        f"Table {n}" for n in ("II", "III", "IV", "V")
    ]
    for text in texts:
        assert max(map(len, text.splitlines())) <= 80
        assert "…" not in text
    # All LSTM-1 of Table II on one line, then the intervals, (spread,) paper.
    lines = texts[0].splitlines()
    at = next(n for n, line in enumerate(lines) if line.strip().startswith("LSTM-1"))
    assert re.findall(r"\d+\.\d", lines[at]) == ["50.6", "50.7", "50.7", "50.8"]
    assert len(re.findall(r"\d\d\.\d–\d\d\.\d", lines[at + 1])) == 4
    assert ("[49.6–52.6]" in lines[at + 2]) == (repeats > 1)
    assert re.findall(r"paper \S+", lines[at + 1 + repeats // 3 + 1]) == [
        "paper 88.7",
        "paper 88.5",
        "paper 81.2",
        "paper 84.7",
    ]


def test_terminal_has_the_difference_from_the_paper_and_says_what_is_missing() -> None:
    iii, iv = printed(build_content(cells=paper.CELLS[:12]))[1:3]
    assert "paper 62.1" in iv
    # LSTM-1 without consonant-/a/ has 62.6 (57.6-67.6) pooled.
    assert re.search(r"\+0\.5 \(−4\.5 to\s", iv)
    assert "0 of 2" in iv
    assert "paper 65.9(b)" in iii
    assert "(b) The paper's Table III gives 65.9, its text 69.5." in iii
    assert "leaves out how uncertain" in " ".join(iv.split())


def test_a_value_without_an_interval_says_why(content: ReportContent) -> None:
    metrics = content.analysis.metrics.assign(low=np.nan, high=np.nan)
    content = replace(content, analysis=replace(content.analysis, metrics=metrics))
    entry = paper_text_tables(content)[3].rows[0][1][0]
    assert (entry.value, entry.interval, entry.difference) == ("62.5", "too few speakers", "−25.8")
    nothing = paper_text_tables(build_content(cells=()))[3].rows[0][1][0]
    assert (nothing.value, nothing.interval) == ("–", "")
    for text in printed(content):
        assert not re.search(r"\bnan\b", text)


def test_tables_in_the_terminal_hold_what_they_are_given() -> None:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(terminal_table(TABLE))
        console.print(terminal_table(replace(TABLE, rows=[], footnotes=[])))
    lines = captured.get().splitlines()
    assert lines[0].strip() == "Table IX. 100 % of & things"
    row = next(n for n, line in enumerate(lines) if "LSTM_1" in line)
    assert [line.split() for line in lines[row : row + 4]] == [
        ["LSTM_1", "62.5"],
        ["57.5–67.5"],
        ["paper", "85.4(a)"],
        ["−22.9", "(−27.9", "to", "−17.9)"],
    ]
    assert any("[1]" in line for line in lines)
    row = next(n for n, line in enumerate(lines) if line.split()[:1] == ["y"])
    assert [re.split(r"\s{2,}", line.strip()) for line in lines[row : row + 5]] == [
        ["y", "62.5", "63.0"],
        ["chance 36.0–64.0", "pooled 60.1"],
        ["pooled 59.6", "too few speakers"],
        ["54.6–64.6"],
        ["paper 60.0"],
    ]
    assert any("(a) A note_with 5 %." in line for line in lines)
    assert " ".join(" ".join(lines[row + 5 :]).split()).startswith(
        "Below each value: its 95 % interval; in brackets the smallest and the largest repeat; "
        "what chance gives; the pooled AUROC and its interval; the paper's value; ours "
        "minus the paper's."
    )
    plain = replace(TABLE, rows=[("x", [Text("1"), Text("2")])], footnotes=[])
    with console.capture() as captured:
        console.print(terminal_table(plain))
    assert "Below each value" not in captured.get()


def test_numbers_that_round_to_nothing_have_no_sign() -> None:
    assert [percent(x) for x in (-0.0004, -0.0, -0.0006, 0.0004)] == ["0.0", "0.0", "−0.1", "0.0"]
    assert [decimal(x) for x in (-0.0004, -0.0006)] == ["0.000", "−0.001"]
