"""The report's folder: page, tables and figures, written beside the old one and swapped in."""

import shutil
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.files.atomic import swap_folder, undo_half_swap
from dysarthria_lightning.files.locks import claim, wait_for_claim
from dysarthria_lightning.reporting.content import CELL_COLUMNS, ReportContent
from dysarthria_lightning.reporting.manuscript.paper_parts import paper_parts
from dysarthria_lightning.reporting.matrix import matrix_data
from dysarthria_lightning.reporting.paper.error_figure import error_by_epoch
from dysarthria_lightning.reporting.paper.figures import paper_figures
from dysarthria_lightning.reporting.paper.texts import paper_text_tables, results_data
from dysarthria_lightning.reporting.people import people_tables
from dysarthria_lightning.reporting.render import page
from dysarthria_lightning.reporting.render.latex_and_terminal import latex_table
from dysarthria_lightning.reporting.render.matplotlib import save_figure
from dysarthria_lightning.reporting.render.paper_files import keep_study_file, write_paper_parts
from dysarthria_lightning.reporting.render.styles import styles_of
from dysarthria_lightning.reporting.sections.across import MATRIX_FILE
from dysarthria_lightning.reporting.sections.beyond import beyond_sections
from dysarthria_lightning.reporting.study_file import STUDY_FILE

PAGE = "index.html"
_MARK = b'<meta name="generator" content="dysarthria_lightning'


def write_report(report_dir: Path, content: ReportContent) -> Path:
    """Write the report; an older one stays as it was until the new one is complete.

    Args:
        report_dir: Its folder; what is in it is replaced, but ``study.yaml``, which authors fill.
        content: What it is made of.

    Returns:
        The page.

    Raises:
        RunError: The folder holds something else than a report.
    """
    with _replacing(report_dir) as new:
        (new / "tables").mkdir()
        (new / "figures").mkdir()
        for name, frame in data_tables(content).items():
            frame.to_csv(
                new / "tables" / name, index=False, float_format="%.6g", lineterminator="\n"
            )
        tables, caveats = paper_text_tables(content), page.caveats(content)
        for table in tables:
            files = {"html": page.render_table(content, table), "tex": latex_table(table, caveats)}
            for kind, text in files.items():
                (new / "tables" / f"{table.name}.{kind}").write_text(text, encoding="utf-8")
        sections = beyond_sections(content)
        parts = paper_parts(content, sections)
        write_paper_parts(new, content, parts, caveats)
        _zip_tables(new)
        figures, styles = paper_figures(content), styles_of(content)
        for part in (part for figure in figures for part in figure.parts):
            save_figure(part, new / "figures", styles, caveats)
        text = page.render_page(content, tables, figures, sections, parts, new, report_dir)
        (new / PAGE).write_text(text, encoding="utf-8")
    return report_dir / PAGE


def data_tables(content: ReportContent) -> dict[str, pd.DataFrame]:
    """Gather everything the report shows as tables of data, by file name.

    Args:
        content: Of the report.
    """
    analysis, study = content.analysis, content.study
    curves = [
        table.assign(**cell.__dict__, level=level)[[*CELL_COLUMNS, "level", *table.columns]]
        for (cell, level), table in analysis.curves.items()
    ]
    errors = [
        error_by_epoch(repeats).assign(**cell.__dict__)[
            [*CELL_COLUMNS, "side", "epoch", "mean", "smallest", "largest", "runs"]
        ]
        for cell, repeats in study.crossvalidations.items()
    ]
    return {
        **{f"{name}.csv": table for name, table in results_data(content).items()},
        page.CURVES: pd.concat(curves) if curves else pd.DataFrame(),
        "error_by_epoch.csv": pd.concat(errors) if errors else pd.DataFrame(),
        "runs.csv": content.runs,
        **people_tables(content),
        **({MATRIX_FILE: matrix_data(content.matrices)} if content.matrices else {}),
        **{
            f"{name}.csv": value
            for name, value in vars(analysis).items()
            if isinstance(value, pd.DataFrame)
        },
    }


def _zip_tables(folder: Path) -> None:
    """Pack all tables of a report into one file, whose bytes are those of its tables alone."""
    with zipfile.ZipFile(folder / page.ALL_TABLES, "w") as archive:
        for file in sorted((folder / "tables").iterdir()):
            # Dated 1980 by default.
            member = zipfile.ZipInfo(f"tables/{file.name}")
            member.external_attr = 0o644 << 16
            archive.writestr(member, file.read_bytes(), zipfile.ZIP_DEFLATED)


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Make a folder beside another one and put it in its place at the end.

    Several processes may do so at once: the last to end wins.

    Yields:
        The new, empty folder.
    """
    new = folder.with_name(f".{folder.name}.new-{uuid.uuid4().hex}")
    aside = folder.with_name(f".{folder.name}.before")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Held while folders are moved and not while the new one is filled, which takes long.
    claim_file = folder.with_name(f".{folder.name}.claim")
    with wait_for_claim(claim_file):
        _check(folder, aside)
        _clear_leftovers(folder)
    with claim(new.with_name(f"{new.name}.claim")):
        new.mkdir()
        try:
            yield new
            with wait_for_claim(claim_file):
                _check(folder, aside)
                keep_study_file(folder, new)
                swap_folder(new, folder, aside)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _clear_leftovers(folder: Path) -> None:
    """Remove what processes that were killed had begun to write."""
    for owner in folder.parent.glob(f".{folder.name}.new-*.claim"):
        with claim(owner) as held:
            if held:
                shutil.rmtree(owner.with_suffix(""), ignore_errors=True)


def _check(folder: Path, aside: Path) -> None:
    """Undo half a move, and refuse a folder that holds something else than a report."""
    undo_half_swap(folder, aside)
    # Authors may write what they know before there is a report.
    if (
        folder.exists()
        and {it.name for it in folder.iterdir()} - {STUDY_FILE}
        and not (_is_report(folder))
    ):
        raise RunError(f"{folder} holds files but no report; name another folder")


def _is_report(folder: Path) -> bool:
    try:
        with (folder / PAGE).open("rb") as file:
            return _MARK in file.read(2000)
    except OSError:
        return False
