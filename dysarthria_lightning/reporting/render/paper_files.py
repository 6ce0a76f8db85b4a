"""The files of "For a paper", and the authors' ``study.yaml``, which outlives every report."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.manuscript.paper_parts import (
    PaperParts,
    checklist_data,
    describe_checklist,
)
from dysarthria_lightning.reporting.render import page
from dysarthria_lightning.reporting.render.latex_texts import latex_checklist, latex_methods
from dysarthria_lightning.reporting.study_file import STUDY_FILE, study_template


def write_paper_parts(
    folder: Path, content: ReportContent, parts: PaperParts, caveats: Sequence[str]
) -> None:
    """Write Methods, references and checklists.

    Args:
        folder: Of the report; it has ``tables``.
        content: Of the report.
        parts: What the report gives.
        caveats: What must be said beside everything that leaves the page.
    """
    said = "".join(f"{caveat}\n\n" for caveat in caveats)
    files = {
        "methods.txt": said + parts.methods_text,
        "methods.tex": latex_methods(parts, caveats),
        "references.bib": parts.bibtex,
        "references.txt": "".join(f"{it.as_text()}\n" for it in parts.references),
    }
    for table in parts.checklists:
        stem = f"tables/{table.name}"
        files[f"{stem}.html"] = page.render_checklist(content, table)
        files[f"{stem}.tex"] = latex_checklist(table, describe_checklist(table))
        files[f"{stem}.csv"] = checklist_data(table).to_csv(index=False, lineterminator="\n")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def keep_study_file(old: Path, new: Path) -> None:
    """Carry the authors' file over to a new report, as it is now; the first report has a template.

    Args:
        old: The folder that is replaced, if there is one.
        new: What replaces it.
    """
    # A link stays one, also where what it points to is not there just now.
    if os.path.lexists(old / STUDY_FILE):
        shutil.copy2(old / STUDY_FILE, new / STUDY_FILE, follow_symlinks=False)
    else:
        (new / STUDY_FILE).write_text(study_template(), encoding="utf-8")
