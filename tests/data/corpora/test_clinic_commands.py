"""A clinic's spreadsheet goes through three commands as it was saved."""

from pathlib import Path

import processes
import pytest
from small_tables import speakers

GERMAN = {
    "header": ["Datei", "Patient", "Gruppe", "Alter", "Geschlecht", "Bemerkung"],
    "groups": ("Kontrolle", "Dysarthrie"),
    "genders": {"f": "w", "m": "m"},
}
ENGLISH = {
    "header": ["File name", "Subject ID", "Diagnosis", "Age (years)", "Sex", "Comment"],
    "groups": ("Healthy Control", "Dysarthria"),
    "genders": {"f": "F", "m": "M"},
}


def spreadsheet(folder: Path, language: dict) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(language["header"])
    for file, name, label, age, gender in speakers(folder):
        row = [file, name, language["groups"][label], age, language["genders"][gender], "ok"]
        book.active.append(row)
    book.save(folder / "clinic.xlsx")
    return folder / "clinic.xlsx"


@pytest.mark.slow
@pytest.mark.parametrize("language", [GERMAN, ENGLISH], ids=["German", "English"])
def test_a_clinic_s_spreadsheet_needs_no_edit(tmp_path, language):
    corpus = ["data=manifest", f"data.manifest={spreadsheet(tmp_path, language).name}"]
    quick = [*corpus, "model=functionals", "protocol.folds=3"]
    printed = processes.run("prepare", *corpus, cwd=tmp_path)
    assert "No problems found." in printed
    assert "train data=manifest data.manifest=clinic.xlsx" in printed.replace("\n", " ")
    one_job = "hydra.launcher.n_jobs=1"
    processes.run("train", *quick, "-m", "fold=all", one_job, cwd=tmp_path)
    printed = processes.run("report", *quick, cwd=tmp_path, before=processes.leave_figures_out)
    assert "24 test speakers" in printed
