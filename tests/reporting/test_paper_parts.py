"""References, checklists and files of "For a paper"."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from report_contents import build_content

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.manuscript.paper_parts import PaperParts, paper_parts
from dysarthria_lightning.reporting.manuscript.references import REFERENCES
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.render.paper_files import keep_study_file, write_paper_parts
from dysarthria_lightning.reporting.sections.beyond import beyond_sections
from dysarthria_lightning.reporting.study_file import StudyDescription, study_template

CELLS = paper.NOVEL_CELLS[:2]


@pytest.fixture(scope="module")
def small() -> ReportContent:
    return build_content(cells=CELLS, asked=CELLS)


@pytest.fixture(scope="module")
def parts(small: ReportContent) -> PaperParts:
    return paper_parts(small, beyond_sections(small))


def where(parts: PaperParts, name: str) -> dict[str, str]:
    table = next(it for it in parts.checklists if it.name == name)
    return {number: texts[1].value for number, texts in table.rows}


def test_checklists_have_the_published_items(parts: PaperParts) -> None:
    tripod, stard = where(parts, "tripod_ai"), where(parts, "stard_ai")
    assert [len(tripod), len(stard)] == [52, 48]
    main = [
        list(dict.fromkeys(int(re.sub(r"\D", "", it)) for it in its)) for its in (tripod, stard)
    ]
    assert main == [list(range(1, 28)), list(range(1, 41))]
    split = {re.sub(r"\D", "", it) for it in stard if it[-1].isalpha()}
    assert split == {"15", "16", "17", "26", "40"}


def test_items_say_where_they_are_or_that_authors_must_write_them(small: ReportContent) -> None:
    described = StudyDescription(ethics="Board X.", objective="To see")
    content = replace(small, described=described)
    tripod = where(paper_parts(content, beyond_sections(content)), "tripod_ai")
    assert tripod["18a"] == "To be written by the authors (study.yaml: funding)"
    assert tripod["17"] == (
        "study.yaml: Board X. The rest is to be written by the authors (study.yaml: consent)"
    )
    assert tripod["25"] == "To be written by the authors"
    assert tripod["4"].endswith("study.yaml: To see")
    assert tripod["12c"] == "Methods, Models. Methods, Division of speakers"
    assert tripod["10"].startswith("8 speakers, 4 dysarthric and 4 healthy")
    assert tripod["10"].endswith("to be written by the authors (study.yaml: sample_size)")


def test_only_what_is_used_is_cited(parts: PaperParts, small: ReportContent) -> None:
    keys = {it.key for it in parts.references}
    assert {"mayle2019", "efron1987", "collins2024", "sounderajah2025", "yadan2019"} <= keys
    assert "vickers2006" in keys  # of decision curves, which nothing below has
    nothing = build_content(cells=())
    assert {it.key for it in paper_parts(nothing, []).references} == {
        *("collins2024", "sounderajah2025", "ansel2024", "yang2022", "yadan2019"),
    }
    cite = "Kim H, Watkin K, Frame S. Speech. Interspeech 2008, 1741. doi:10.21437/IS.2008-480"
    published = replace(small, origin={"Published as": "UA", "Classes": "c", "Cite": cite})
    found = {it.key: it for it in paper_parts(published, []).references}["corpustones"]
    assert (found.short, found.doi) == ("Kim et al., 2008", "10.21437/IS.2008-480")


def test_what_only_authors_can_cite_stays_as_they_wrote_it(small: ReportContent) -> None:
    described = StudyDescription(raters="As before [@mine2020]", funding="[@x]")
    text = paper_parts(replace(small, described=described), []).methods_text
    assert "Raters: As before [@mine2020]." in text


def test_every_citation_has_its_entry(parts: PaperParts) -> None:
    entries = set(re.findall(r"^@\w+\{(\w+),$", parts.bibtex, re.MULTILINE))
    assert entries == {it.key for it in parts.references}
    assert "[@" not in parts.methods_text
    assert "(Hochreiter & Schmidhuber, 1997)" in parts.methods_text
    for reference in REFERENCES.values():
        assert re.fullmatch(r"(10\.\d{4,}/\S+)?", reference.doi)
        assert reference.as_bibtex().count("{") == reference.as_bibtex().count("}")


def test_files_are_written_and_agree(
    small: ReportContent, parts: PaperParts, tmp_path: Path
) -> None:
    (tmp_path / "tables").mkdir()
    write_paper_parts(tmp_path, small, parts, ["Made up."])
    assert (tmp_path / "methods.txt").read_text() == f"Made up.\n\n{parts.methods_text}"
    tex = (tmp_path / "methods.tex").read_text()
    assert tex.startswith("% Made up.\n")
    cited = set(re.findall(r"\\cite\{(\w+)\}", tex))
    assert "mayle2019" in cited
    assert all(f"{{{key},\n" in (tmp_path / "references.bib").read_text() for key in cited)
    assert "7.5 \\%" in tex
    table = pd.read_csv(tmp_path / "tables/stard_ai.csv")
    assert list(table.columns) == ["item", "topic", "where"]
    assert len(table) == 48
    page = (tmp_path / "tables/tripod_ai.html").read_text()
    assert "doi:10.1136/bmj-2023-078378" in page
    assert "interval and the paper" not in page  # it has no values
    assert (tmp_path / "tables/tripod_ai.tex").read_text().count(" \\\\\n") == 52 + 3


def test_authors_file_outlives_reports(tmp_path: Path) -> None:
    old, new, newer = (tmp_path / name for name in ("old", "new", "newer"))
    for folder in (old, new, newer):
        folder.mkdir()
    keep_study_file(old, new)
    assert (new / "study.yaml").read_text() == study_template()
    (new / "study.yaml").write_bytes(b"title: mine\r\n")
    keep_study_file(new, newer)
    assert (newer / "study.yaml").read_bytes() == b"title: mine\r\n"
