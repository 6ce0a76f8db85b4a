"""The report's folder as a whole."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from report_contents import build_content

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.reporting import folder as report_folder
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.folder import write_report
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.study_file import study_template

CELLS = (paper.KNOWN_CELLS[1], *paper.NOVEL_CELLS[:2])


@pytest.fixture(scope="module")
def small() -> ReportContent:
    return build_content(cells=CELLS, asked=CELLS)


@pytest.fixture(scope="module")
def report(small: ReportContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("outputs")
    return write_report(outputs / "report", replace(small, outputs_dir=outputs)).parent


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Leave out figures and page, which take the longest and are tested for themselves."""
    page = '<meta name="generator" content="dysarthria_lightning">'
    monkeypatch.setattr(report_folder, "save_figure", lambda *_: None)
    monkeypatch.setattr(report_folder.page, "render_page", lambda *_: page)
    return monkeypatch


@pytest.fixture
def bare(quick: pytest.MonkeyPatch) -> None:
    """Leave out all but how the folder is replaced."""
    quick.setattr(report_folder, "data_tables", lambda _: {})
    quick.setattr(report_folder, "paper_text_tables", lambda _: [])
    quick.setattr(report_folder, "paper_figures", lambda _: [])
    quick.setattr(report_folder, "beyond_sections", lambda _: [])
    quick.setattr(report_folder, "paper_parts", lambda *_: None)
    quick.setattr(report_folder, "write_paper_parts", lambda *_: None)


def read_files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow  # figures are drawn
def test_report_holds_page_tables_and_figures(report: Path) -> None:
    files = set(read_files(report))
    assert "index.html" in files
    assert {
        f"tables/table{n}.{kind}" for n in range(1, 4) for kind in ("html", "csv", "tex")
    } <= files
    assert {
        f"figures/figure{n}.{kind}" for n in range(2, 5) for kind in ("pdf", "svg", "png")
    } <= files
    assert {"methods.txt", "methods.tex", "references.bib", "references.txt"} <= files
    assert {
        f"tables/{it}_ai.{kind}" for it in ("tripod", "stard") for kind in ("csv", "tex")
    } <= files
    for name in ("metrics", "comparisons", "curves", "reading_length", "error_by_epoch", "runs"):
        assert f"tables/{name}.csv" in files
    assert {path.name for path in report.parent.iterdir()} == {"report"}


@pytest.mark.slow  # figures are drawn
def test_csv_files_give_back_the_tables(report: Path, small: ReportContent) -> None:
    metrics = pd.read_csv(report / "tables/metrics.csv")
    pd.testing.assert_frame_equal(metrics, small.analysis.metrics, rtol=1e-5)
    table = pd.read_csv(report / "tables/table3.csv")
    assert len(table) == 6
    assert table.loc[0, "paper"] == 0.854
    curves = pd.read_csv(report / "tables/curves.csv")
    assert len(curves) == len(CELLS) * 3 * 22
    assert list(curves.columns[:5]) == ["protocol", "subset", "features", "model", "level"]
    errors = pd.read_csv(report / "tables/error_by_epoch.csv")
    assert len(errors) == len(CELLS) * 2 * 4


@pytest.mark.slow  # figures are drawn
def test_equal_contents_give_equal_bytes(
    report: Path, small: ReportContent, tmp_path: Path
) -> None:
    again = write_report(tmp_path / "report", replace(small, outputs_dir=tmp_path)).parent
    one, other = read_files(again), read_files(report)
    # A command of the page names the folder of all outputs.
    one["index.html"] = one["index.html"].replace(bytes(tmp_path), bytes(report.parent))
    assert one == other


@pytest.mark.usefixtures("bare")
def test_a_new_report_replaces_all_of_the_old_one(small: ReportContent, tmp_path: Path) -> None:
    target = tmp_path / "report"
    write_report(target, small)
    (target / "tables" / "old.csv").touch()
    write_report(target, small)
    assert not (target / "tables" / "old.csv").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"report"}


@pytest.mark.usefixtures("bare")
def test_failure_leaves_the_old_report_as_it_was(
    quick: pytest.MonkeyPatch, small: ReportContent, tmp_path: Path
) -> None:
    target = tmp_path / "report"
    write_report(target, small)
    before = read_files(target)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    quick.setattr(report_folder.page, "render_page", fail)
    with pytest.raises(OSError, match="disk full"):
        write_report(target, small)
    assert read_files(target) == before
    assert {path.name for path in tmp_path.iterdir()} == {"report"}


@pytest.mark.usefixtures("bare")
def test_a_report_moved_aside_by_a_killed_process_comes_back(
    quick: pytest.MonkeyPatch, small: ReportContent, tmp_path: Path
) -> None:
    target = tmp_path / "report"
    write_report(target, small)
    target.rename(tmp_path / ".report.before")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    quick.setattr(report_folder.page, "render_page", fail)
    with pytest.raises(OSError, match="disk full"):
        write_report(target, small)
    assert (target / "index.html").exists()


@pytest.mark.usefixtures("bare")
def test_what_authors_have_written_is_carried_over(small: ReportContent, tmp_path: Path) -> None:
    target = tmp_path / "report"
    write_report(target, small)
    assert (target / "study.yaml").read_text() == study_template()
    (target / "study.yaml").write_text("title: Ours")
    write_report(target, small)
    assert (target / "study.yaml").read_text() == "title: Ours"


@pytest.mark.parametrize("file", ["thesis.tex", "index.html"])
def test_a_folder_of_other_files_is_refused(
    file: str, small: ReportContent, tmp_path: Path
) -> None:
    target = tmp_path / "thesis"
    target.mkdir()
    (target / file).write_text("years of work")
    with pytest.raises(RunError, match="holds files but no report; name another folder"):
        write_report(target, small)
    assert (target / file).read_text() == "years of work"


@pytest.mark.usefixtures("bare")
def test_a_folder_without_a_report_is_used(small: ReportContent, tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.mkdir()
    # Authors may have written there already what they know.
    (target / "study.yaml").write_text("title: Ours")
    assert write_report(target, small).exists()
    assert (target / "study.yaml").read_text() == "title: Ours"


@pytest.mark.usefixtures("bare")
def test_reports_written_at_once_do_not_get_in_each_others_way(
    small: ReportContent, tmp_path: Path
) -> None:
    target = tmp_path / "report"
    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(write_report, target, small) for _ in range(16)]
    assert {done.result() for done in written} == {target / "index.html"}
    assert set(read_files(target)) == {"index.html", "study.yaml", "tables.zip"}
    assert {path.name for path in tmp_path.iterdir()} == {"report"}


QUICK = "Quick profile: it shows that everything works; it is not the paper's protocol."


def test_tables_and_figures_say_themselves_what_must_be_known(
    quick: pytest.MonkeyPatch, small: ReportContent, tmp_path: Path
) -> None:
    note = "Synthetic & no evidence."
    drawn: list[list[str]] = []
    quick.setattr(report_folder, "save_figure", lambda *args: drawn.append(args[-1]))
    folder = write_report(tmp_path / "report", replace(small, profile="quick", note=note)).parent
    for number in range(1, 4):
        page = (folder / f"tables/table{number}.html").read_text()
        banners = re.findall('<p class="banner" role="note">(.*?)</p>', page)
        assert [html.unescape(banner) for banner in banners] == [QUICK, note]
        tex = (folder / f"tables/table{number}.tex").read_text()
        assert tex.startswith(f"% {QUICK}\n% {note}\n")
        assert tex.count("\\item[] Quick profile: it shows") == 1
        assert "\\item[] Synthetic \\& no evidence." in tex
    assert drawn == 4 * [[QUICK, note]]  # noisy-OR is a file of its own


def test_full_reports_of_real_recordings_have_no_warnings(
    quick: pytest.MonkeyPatch, small: ReportContent, tmp_path: Path
) -> None:
    folder = write_report(tmp_path / "report", replace(small, note=None)).parent
    assert 'class="banner"' not in (folder / "tables/table2.html").read_text()
    assert (folder / "tables/table2.tex").read_text().startswith("% Needs")
