"""Any terminal and any locale will do: what cannot be shown is replaced, files are in UTF-8."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_commands import QUICK

C_LOCALE = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}


def run_with(environment: dict[str, str], command: str, *words: str, cwd: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-m", f"dysarthria_lightning.{command}", *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env={**os.environ, "COLUMNS": "120", **environment},
    )
    assert result.returncode == 0, result.stdout
    return result.stdout.decode("ascii")


@pytest.mark.slow
def test_a_terminal_that_knows_ascii_only_will_do(tone_corpus: Path, tmp_path: Path) -> None:
    words = ["data=manifest", f"data.manifest={tone_corpus}"]
    for environment in ({"PYTHONIOENCODING": "ascii"}, C_LOCALE):
        printed = run_with(environment, "prepare", *words, cwd=tmp_path)
        assert "Dysarthric" in printed
        assert "?" in printed  # ±


@pytest.mark.slow
def test_files_are_in_utf_8_whatever_the_locale(tone_corpus: Path, tmp_path: Path) -> None:
    # The speakers' names are what is not ASCII here, and the report's texts.
    table = tone_corpus.read_text(encoding="utf-8").replace(",S", ",Sprecherin Zoë ")
    table = table.replace("\nS", f"\n{tone_corpus.parent}/S")
    (tmp_path / "mine.csv").write_text(table, encoding="utf-8")
    words = ["data=manifest", "data.manifest=mine.csv", *QUICK, "experiments=[table2]"]
    run_with(C_LOCALE, "reproduce", *words, cwd=tmp_path)
    texts = {
        path.name: path.read_text(encoding="utf-8")
        for path in (tmp_path / "outputs").rglob("*")
        if path.suffix in (".json", ".yaml", ".csv", ".html", ".tex", ".svg", ".log")
    }
    assert "Zoë" in texts["split.json"]
    assert "–" in texts["index.html"]
